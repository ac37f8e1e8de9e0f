// Uploads a video frame to a device and downloads it. On a CPU device the planes are used in place,
// without a copy.
#pragma once

#include <memory>

#include "kernels/device.h"
#include "kernels/ops.h"
#include "src/media/frames/frame.h"

namespace reverie {

/// Staging memory for frames of one size and format on one device; grows when they do, and does not
/// allocate in a steady stream.
class DeviceFrame {
  public:
    /// `leaving`: the stream on which bytes leave the device, beside what the stream that wrote
    /// them does next; it outlives this. Null: they leave on that stream.
    explicit DeviceFrame(Device& device, Stream* leaving = nullptr)
        : device_(&device),
          leaving_(leaving),
          written_(device.make_event()),
          done_(device.make_event()) {}
    DeviceFrame(DeviceFrame&&) = default;
    DeviceFrame& operator=(DeviceFrame&&) = default;
    /// Waits for a download that was begun and not finished.
    ~DeviceFrame();
    /// dst = the frame in RGB, 0 … 255. If `alpha` has data, it becomes the frame's alpha, 0 … 255
    /// in three channels. `frame` may be released when it returns.
    void to_rgb(Stream& stream, const VideoFrame& frame, Pixels<float> dst,
                Pixels<float> alpha = {});
    /// The frame's planes = src and, if `alpha` has data, its alpha = `alpha`. The bytes are valid
    /// when it returns (the stream on which they leave is synchronised).
    void from_rgb(Stream& stream, Pixels<const float> src, VideoFrame& frame,
                  Pixels<const float> alpha = {});
    /// The same, but the bytes are valid only after finish(), so that more work can be queued
    /// before. One frame at a time.
    void begin_from_rgb(Stream& stream, Pixels<const float> src, const VideoFrame& frame,
                        Pixels<const float> alpha = {});
    void finish();

  private:
    VideoPlanes stage(const VideoFrame& frame);
    void convert(Stream& stream, const VideoPlanes& from, Pixels<float> dst, Pixels<float> alpha);
    void convert(Stream& stream, Pixels<const float> src, Pixels<const float> alpha,
                 const VideoPlanes& to);

    Device* device_;
    Stream* leaving_;
    Buffer<uint8_t> memory_;
    std::unique_ptr<Event> written_, done_;
    std::unique_ptr<VideoFrame> begun_;  ///< the frame whose planes are still to be filled
};

}  // namespace reverie
