// Uploads the host's video frames as pictures on the device, at the working size.
#pragma once

#include "src/dream/resizer.h"
#include "src/media/device_frame.h"
#include "src/session/runtime.h"
#include "src/util/size.h"

namespace reverie {

/// Uploads frames of any one size to the device as RGB 0 … 255 of the working size. A frame that
/// already has that size is only converted.
class FrameUpload {
  public:
    /// `stream`: of the upload; null: the runtime's.
    FrameUpload(Runtime& runtime, Size size, Stream* stream = nullptr);
    /// Valid until the next call.
    Pixels<const float> to_rgb(const VideoFrame& frame);

  private:
    Runtime& runtime_;
    Stream* stream_;
    Size size_;
    DeviceFrame upload_;
    Resizer resizer_;
    Image native_, sized_;
};

}  // namespace reverie
