// Frames between the host's videos and the device's pictures, at the size that a run works at.
#pragma once

#include "src/dream/resizer.h"
#include "src/media/device_frame.h"
#include "src/session/machine.h"
#include "src/util/size.h"

namespace reverie {

/// Brings frames of any one size onto the device as RGB 0 … 255 of the working size. A frame that
/// has that size already is converted only.
class FrameUpload {
  public:
    /// `stream`: that they come on; null: the machine's.
    FrameUpload(Machine& machine, SizeRequest size, Stream* stream = nullptr);
    /// Valid until the next call.
    Pixels<const float> to_rgb(const VideoFrame& frame);

  private:
    Machine& machine_;
    Stream* stream_;
    SizeRequest size_;
    DeviceFrame upload_;
    Resizer resizer_;
    Image native_, sized_;
};

}  // namespace reverie
