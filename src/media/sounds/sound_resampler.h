// Converts decoded sound to the rate, the channels and the format of the program. A stream's rate
// and channels may change midway. Internal: a header that other folders include must not include
// this one.
#pragma once

extern "C" {
#include <libswresample/swresample.h>
}

#include <memory>
#include <vector>

#include "src/media/libav.h"

namespace reverie::libav {

struct FreeResampler {
    void operator()(SwrContext* p) const { swr_free(&p); }
};
using ResamplerPtr = std::unique_ptr<SwrContext, FreeResampler>;

/// The sound for which a resampler is made.
struct SoundShape {
    int rate = 0, format = -1, channels = 0;
    bool operator==(const SoundShape&) const = default;
};
SoundShape shape_of(const AVFrame& frame);

/// Makes one for sound in the shape of `frame`; not initialised yet. Null if out of memory.
ResamplerPtr make_resampler(const AVFrame& frame, AVChannelLayout& to, AVSampleFormat format,
                            int rate);

/// Converts to floats at kSoundRate.
class SoundResampler {
  public:
    /// `channels`: of the result, 1 or 2.
    explicit SoundResampler(int channels) : channels_(channels) {}

    /// Appends the samples of `frame` to `samples`; if it is null, those that the resampler still
    /// holds. Returns how many (of each channel). Throws Error if they cannot be converted.
    int convert(const AVFrame* frame, std::vector<float>& samples);
    /// How much of its input the resampler still holds, in samples of the result.
    int64_t delay() const;
    /// Makes the next second longer by so many samples.
    void stretch(int samples);

  private:
    void open(const AVFrame& frame);

    int channels_;
    ResamplerPtr context_;
    SoundShape from_;
};

}  // namespace reverie::libav
