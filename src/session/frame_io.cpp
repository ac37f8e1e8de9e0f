#include "src/session/frame_io.h"

namespace reverie {

FrameUpload::FrameUpload(Runtime& runtime, Size size, Stream* stream)
    : runtime_(runtime),
      stream_(stream != nullptr ? stream : runtime.stream.get()),
      size_(size),
      upload_(*runtime.device),
      resizer_(*runtime.device) {}

Pixels<const float> FrameUpload::to_rgb(const VideoFrame& frame) {
    native_.resize(*runtime_.device, frame.width(), frame.height(), 3);
    upload_.to_rgb(*stream_, frame, native_);
    if (frame.width() == size_.width && frame.height() == size_.height) return native_;
    sized_.resize(*runtime_.device, size_.width, size_.height, 3);
    resizer_.resize(*stream_, native_, sized_);
    return sized_;
}

}  // namespace reverie
