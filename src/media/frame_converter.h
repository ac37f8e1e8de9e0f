// A frame in another format or size, by swscale. Internal: what goes to the network or comes from
// it is converted by the kernels; this is for frames that only pass through.
#pragma once

#include "src/media/libav.h"

namespace reverie::libav {

class FrameConverter {
  public:
    /// Fills `to`, which has its format and size. Throws Error where swscale does not know one of
    /// the formats.
    void convert(const VideoFrame& from, VideoFrame& to);

  private:
    ScalerPtr scaler_;
    PixelFormat from_format_, to_format_;
};

}  // namespace reverie::libav
