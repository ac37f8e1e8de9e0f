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
    struct FreeContext {
        void operator()(SwrContext* p) const { swr_free(&p); }
    };
    bool fits(const AVFrame& frame) const;
    void open(const AVFrame& frame);

    int channels_;
    std::unique_ptr<SwrContext, FreeContext> context_;
    int rate_ = 0, format_ = -1, in_channels_ = 0;
};

}  // namespace reverie::libav
