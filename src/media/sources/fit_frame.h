// Frames of one size, shape and format out of those of a stream that changes on its way.
#pragma once

#include "src/media/libav.h"

namespace reverie::libav {

/// What every frame becomes.
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
    /// The frame itself where it has the form, else a conversion that is valid until the next call:
    /// palettes, byte orders and the like without loss; another size or shape with bars, so that
    /// nothing is squeezed. Throws Error.
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
