#include "src/media/sounds/spectrum.h"

extern "C" {
#include <libavutil/mem.h>
#include <libavutil/tx.h>
}

#include <algorithm>
#include <cmath>
#include <numbers>

#include "src/util/error.h"

namespace reverie {
namespace {

struct FreeBuffer {
    void operator()(float* p) const { av_free(p); }
};

std::unique_ptr<float, FreeBuffer> make_buffer(int count) {
    std::unique_ptr<float, FreeBuffer> buffer(
        static_cast<float*>(av_mallocz(static_cast<size_t>(count) * sizeof(float))));
    require(buffer != nullptr, "out of memory for a spectrum");
    return buffer;
}

}  // namespace

/// The buffers are libav's, aligned as its vector code wants them.
struct Spectrum::Transform {
    explicit Transform(int size) : in(make_buffer(size)), out(make_buffer(size + 2)) {
        const float scale = 1;
        require(av_tx_init(&context, &run, AV_TX_FLOAT_RDFT, 0, size, &scale, 0) >= 0,
                "this build of FFmpeg has no Fourier transform of this size");
    }
    ~Transform() { av_tx_uninit(&context); }
    Transform(const Transform&) = delete;
    Transform& operator=(const Transform&) = delete;

    AVTXContext* context = nullptr;
    av_tx_fn run = nullptr;
    std::unique_ptr<float, FreeBuffer> in, out;
};

Spectrum::Spectrum(int size) {
    require(size >= 32 && size <= 65536 && (size & (size - 1)) == 0,
            "the size of a spectrum is a power of two from 32 to 65536");
    transform_ = std::make_unique<Transform>(size);
    window_.resize(static_cast<size_t>(size));
    magnitudes_.resize(static_cast<size_t>(bins()));
    for (int i = 0; i < size; ++i) {
        const double turn = 2 * std::numbers::pi * (i + 0.5) / size;
        window_[i] = static_cast<float>(0.5 - 0.5 * std::cos(turn));
    }
}

Spectrum::~Spectrum() = default;

std::span<const float> Spectrum::magnitudes(std::span<const float> samples) {
    require(samples.size() == window_.size(),
            "a spectrum is of as many samples as it was made for");
    float* in = transform_->in.get();
    const float* out = transform_->out.get();
    for (size_t i = 0; i < window_.size(); ++i) in[i] = samples[i] * window_[i];
    transform_->run(transform_->context, transform_->out.get(), in, sizeof(float));
    // The window's mean is 1/2, and a sine has half of its amplitude at each of its two
    // frequencies.
    const float scale = 4 / static_cast<float>(window_.size());
    for (size_t k = 0; k < magnitudes_.size(); ++k)
        magnitudes_[k] =
            scale * std::sqrt(out[2 * k] * out[2 * k] + out[2 * k + 1] * out[2 * k + 1]);
    return magnitudes_;
}

}  // namespace reverie
