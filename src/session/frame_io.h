// Uploads the host's video frames as pictures on the device, at the working size.
#pragma once

#include "kernels/ops_color.h"
#include "src/dream/resizer.h"
#include "src/media/frames/device_frame.h"
#include "src/session/runtime.h"
#include "src/util/size.h"

namespace reverie {

/// Uploads frames of any one size to the device as RGB 0 … 255 of the working size. A frame that
/// already has that size is only converted; one with alpha is laid over black.
class FrameUpload {
  public:
    /// `stream`: of the upload; null: the runtime's.
    FrameUpload(Runtime& runtime, Size size, Stream* stream = nullptr);
    /// Valid until the next call.
    Pixels<const float> to_rgb(const VideoFrame& frame);
    /// Had the last frame an alpha?
    bool has_alpha() const { return over_black_.alpha.data != nullptr; }
    /// The last frame's, 0 … 255, in each of 3 channels; null where it had none. As long valid.
    Pixels<const float> alpha() const { return over_black_.alpha; }
    /// What a dream of the last frame, which had one, is laid on. As long valid.
    DreamOverBlack with(Pixels<const float> dream, const PixelFormat& output) const;

  private:
    /// `picture` at the working size: itself, or in `sized`.
    Pixels<const float> resized(Pixels<const float> picture, Image& sized);

    Runtime& runtime_;
    Stream* stream_;
    Size size_;
    DeviceFrame upload_;
    Resizer resizer_;
    Image native_, sized_;
    Image native_alpha_, sized_alpha_, native_over_black_;
    DreamOverBlack over_black_;  ///< of the last frame; without data where it had no alpha
};

}  // namespace reverie
