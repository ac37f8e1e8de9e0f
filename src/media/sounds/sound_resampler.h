// Decoded sound in the rate, the channels and the format of the program. What a stream says of its
// rate and channels may change on the way.
// Internal: no header that others include may include this one.
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

/// What a resampler is made for.
struct SoundShape {
    int rate = 0, format = -1, channels = 0;
    bool operator==(const SoundShape&) const = default;
};
SoundShape shape_of(const AVFrame& frame);

/// From sound in the shape of `frame`; not initialised yet. Null where libav has no memory.
ResamplerPtr make_resampler(const AVFrame& frame, AVChannelLayout& to, AVSampleFormat format,
                            int rate);

/// To floats at kSoundRate.
class SoundResampler {
  public:
    /// `channels`: of the result, 1 or 2.
    explicit SoundResampler(int channels) : channels_(channels) {}

    /// Adds the samples of `frame`, or, where it is null, what is still on its way, to `samples`.
    /// Returns how many (of each channel). Throws Error where it cannot be converted.
    int convert(const AVFrame* frame, std::vector<float>& samples);
    /// How much of what went in is still on its way, in samples of the result.
    int64_t delay() const;
    /// The next second is to be longer by so many samples.
    void stretch(int samples);

  private:
    void open(const AVFrame& frame);

    int channels_;
    ResamplerPtr context_;
    SoundShape from_;
};

}  // namespace reverie::libav
