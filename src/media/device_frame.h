// A video frame's way to a device and back. On a CPU device the planes are used where they lie,
// without a copy.
#pragma once

#include "kernels/device.h"
#include "kernels/ops.h"
#include "src/media/frame.h"

namespace reverie {

/// Staging memory for frames of one size and format on one device; grows when they do, never in a
/// steady stream.
class DeviceFrame {
  public:
    explicit DeviceFrame(Device& device) : device_(&device) {}
    /// dst = frame, converted to RGB 0 … 255. `frame` may be let go when it returns.
    void to_rgb(Stream& stream, const VideoFrame& frame, Pixels<float> dst);
    /// frame's planes = src. The bytes are valid when it returns (the stream is synchronised).
    void from_rgb(Stream& stream, Pixels<const float> src, VideoFrame& frame);

  private:
    VideoPlanes stage(const VideoFrame& frame);

    Device* device_;
    Buffer<uint8_t> memory_;
};

}  // namespace reverie
