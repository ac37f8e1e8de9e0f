// Converts the frames of a stream that changes midway to one size, pixel shape and format.
#pragma once

#include "src/media/libav.h"

namespace reverie::libav {

/// The size, format and pixel shape that every frame gets.
struct FrameForm {
    int width = 0, height = 0;
    AVPixelFormat format = AV_PIX_FMT_NONE;
    AVRational sample_aspect{0, 1};  ///< 0: not known
};

/// Thread-safety: used by one thread at a time.
class FrameFitter {
  public:
    void set_form(const FrameForm& form) { form_ = form; }
    /// Has `frame` another size or shape of pixels than the form?
    bool differs(const AVFrame& frame) const;
    /// The frame itself if it has the form, else a conversion, which is valid until the next call.
    /// Palettes, byte orders and the like are converted without loss; another size or shape gets
    /// bars, so that nothing is distorted. Throws Error.
    const AVFrame& fit(const AVFrame& frame);

  private:
    struct Place {
        int x = 0, y = 0, width = 0, height = 0;
    };
    Place place_of(const AVFrame& frame) const;
    FramePtr make_frame(int width, int height) const;
    FramePtr with_bars(const AVFrame& picture, const Place& place, AVColorRange range) const;

    FrameForm form_;
    ScalerPtr scaler_;
    FramePtr fitted_;
};

}  // namespace reverie::libav
