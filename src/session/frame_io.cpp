#include "src/session/frame_io.h"

#include "kernels/ops.h"

namespace reverie {

FrameUpload::FrameUpload(Runtime& runtime, Size size, Stream* stream)
    : runtime_(runtime),
      stream_(stream != nullptr ? stream : runtime.stream.get()),
      size_(size),
      upload_(*runtime.device),
      resizer_(*runtime.device) {}

Pixels<const float> FrameUpload::resized(Pixels<const float> picture, Image& sized) {
    if (picture.width == size_.width && picture.height == size_.height) return picture;
    sized.resize(*runtime_.device, size_.width, size_.height, picture.channels);
    resizer_.resize(*stream_, picture, sized);
    return sized;
}

Pixels<const float> FrameUpload::to_rgb(const VideoFrame& frame) {
    over_black_ = {};
    native_.resize(*runtime_.device, frame.width(), frame.height(), 3);
    if (!frame.format().has_alpha) {
        upload_.to_rgb(*stream_, frame, native_);
        return resized(native_, sized_);
    }
    native_alpha_.resize(*runtime_.device, frame.width(), frame.height(), 3);
    native_over_black_.resize(*runtime_.device, frame.width(), frame.height(), 3);
    upload_.to_rgb(*stream_, frame, native_, native_alpha_);
    runtime_.device->ops().lay_over_black(*stream_, native_, native_alpha_, native_over_black_);
    // Over black is multiplied by alpha, which is how pictures with transparent parts are scaled
    // without hidden colours coming in.
    over_black_.seen = resized(native_over_black_, sized_);
    over_black_.alpha = resized(native_alpha_, sized_alpha_);
    if (over_black_.seen.data == native_over_black_.cview().data) over_black_.color = native_;
    return over_black_.seen;
}

DreamOverBlack FrameUpload::with(Pixels<const float> dream, const PixelFormat& output) const {
    DreamOverBlack all = over_black_;
    all.dream = dream;
    all.least = 0.5F * 255 / static_cast<float>((1 << output.bits) - 1);
    return all;
}

}  // namespace reverie
