#include "src/media/frames/device_frame.h"

#include <algorithm>
#include <cstdlib>

#include "src/util/error.h"

namespace reverie {
namespace {

/// Plane `p` in memory, from its first byte: its rows may be stored bottom-up.
struct PlaneMemory {
    uint8_t* first;
    size_t bytes;
};

PlaneMemory memory_of(const VideoPlanes& planes, int p) {
    const int rows = planes.format.plane_height(p, planes.height);
    const ptrdiff_t stride = planes.stride_bytes[p];
    uint8_t* first = stride < 0 ? planes.data[p] + (rows - 1) * stride : planes.data[p];
    const size_t last_row = planes.format.row_bytes(p, planes.width);
    return {first, static_cast<size_t>(std::abs(stride)) * (rows - 1) + last_row};
}

}  // namespace

/// The layout of the frame's planes in memory_, which is enlarged if necessary.
VideoPlanes DeviceFrame::stage(const VideoFrame& frame) {
    constexpr size_t kAlignment = 256;
    VideoPlanes planes = frame.planes;
    size_t offsets[4] = {};
    size_t bytes = 0;
    for (int p = 0; p < planes.format.planes; ++p) {
        offsets[p] = bytes;
        bytes += (memory_of(frame.planes, p).bytes + kAlignment - 1) / kAlignment * kAlignment;
    }
    if (bytes > memory_.size()) memory_ = Buffer<uint8_t>(*device_, bytes);
    for (int p = 0; p < planes.format.planes; ++p) {
        const PlaneMemory host = memory_of(frame.planes, p);
        planes.data[p] = memory_.data() + offsets[p] + (frame.planes.data[p] - host.first);
    }
    return planes;
}

void DeviceFrame::convert(Stream& stream, const VideoPlanes& from, Pixels<float> dst,
                          Pixels<float> alpha) {
    device_->ops().yuv_to_rgb(stream, from, dst);
    if (alpha.data != nullptr) device_->ops().yuv_to_rgb(stream, alpha_of(from), alpha);
}

/// Writes the colours first: that sets the alpha beside them to opaque.
void DeviceFrame::convert(Stream& stream, Pixels<const float> src, Pixels<const float> alpha,
                          const VideoPlanes& to) {
    device_->ops().rgb_to_yuv(stream, src, to);
    if (alpha.data != nullptr) device_->ops().rgb_to_yuv(stream, alpha, alpha_of(to));
}

void DeviceFrame::to_rgb(Stream& stream, const VideoFrame& frame, Pixels<float> dst,
                         Pixels<float> alpha) {
    require(alpha.data == nullptr || frame.format().has_alpha, "a frame has no alpha");
    if (device_->info().kind == DeviceKind::cpu) return convert(stream, frame.planes, dst, alpha);
    const VideoPlanes planes = stage(frame);
    for (int p = 0; p < planes.format.planes; ++p) {
        const PlaneMemory host = memory_of(frame.planes, p);
        device_->upload(stream, memory_of(planes, p).first, host.first, host.bytes);
    }
    convert(stream, planes, dst, alpha);
}

DeviceFrame::~DeviceFrame() {
    try {
        finish();
    } catch (const Error&) {  // nobody waits for this frame any more
        return;
    }
}

void DeviceFrame::from_rgb(Stream& stream, Pixels<const float> src, VideoFrame& frame,
                           Pixels<const float> alpha) {
    begin_from_rgb(stream, src, frame, alpha);
    finish();
}

void DeviceFrame::begin_from_rgb(Stream& stream, Pixels<const float> src, const VideoFrame& frame,
                                 Pixels<const float> alpha) {
    require((alpha.data != nullptr) == frame.format().has_alpha,
            "a frame with alpha needs one, and no other takes one");
    finish();
    if (device_->info().kind == DeviceKind::cpu) return convert(stream, src, alpha, frame.planes);
    begun_ = std::make_unique<VideoFrame>(frame);
    const VideoPlanes planes = stage(frame);
    convert(stream, src, alpha, planes);
    Stream& leaving = leaving_ != nullptr ? *leaving_ : stream;
    if (leaving_ != nullptr) {
        written_->record(stream);
        leaving.wait_on(*written_);
    }
    for (int p = 0; p < planes.format.planes; ++p) {
        const PlaneMemory host = memory_of(frame.planes, p);
        device_->download_async(leaving, host.first, memory_of(planes, p).first, host.bytes);
    }
    done_->record(leaving);
}

void DeviceFrame::finish() {
    const std::unique_ptr<VideoFrame> frame = std::move(begun_);
    if (frame != nullptr) done_->synchronize();
}

}  // namespace reverie
