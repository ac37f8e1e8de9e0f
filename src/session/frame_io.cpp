#include "src/session/frame_io.h"

namespace reverie {

FrameUpload::FrameUpload(Machine& machine, SizeRequest size, Stream* stream)
    : machine_(machine),
      stream_(stream != nullptr ? stream : machine.stream.get()),
      size_(size),
      upload_(*machine.device),
      resizer_(*machine.device) {}

Pixels<const float> FrameUpload::to_rgb(const VideoFrame& frame) {
    native_.resize(*machine_.device, frame.width(), frame.height(), 3);
    upload_.to_rgb(*stream_, frame, native_);
    if (frame.width() == size_.width && frame.height() == size_.height) return native_;
    sized_.resize(*machine_.device, size_.width, size_.height, 3);
    resizer_.resize(*stream_, native_, sized_);
    return sized_;
}

}  // namespace reverie
