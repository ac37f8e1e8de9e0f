// Converts a frame to another format or size, by swscale. Internal: the kernels convert frames to
// and from the network; this is for frames that only pass through.
#pragma once

#include "src/media/libav.h"

namespace reverie::libav {

class FrameConverter {
  public:
    /// Fills `to`, which has its format and size. Throws Error if swscale does not support one of
    /// the formats.
    void convert(const VideoFrame& from, VideoFrame& to);

  private:
    ScalerPtr scaler_;
    PixelFormat from_format_, to_format_;
};

}  // namespace reverie::libav
