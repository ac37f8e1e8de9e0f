#include "src/media/frames/frame.h"

#include <atomic>
#include <cstdlib>
#include <string>

#include "src/media/frames/frame_pool.h"
#include "src/util/error.h"

namespace reverie {

VideoFrame make_frame(const PixelFormat& format, int width, int height) {
    require(width > 0 && height > 0, "a frame of " + std::to_string(width) + "x" +
                                         std::to_string(height) + " pixels cannot be made");
    constexpr size_t kAlignment = 64;
    VideoFrame frame;
    frame.planes.format = format;
    frame.planes.width = width;
    frame.planes.height = height;
    size_t offsets[4] = {};
    size_t bytes = 0;
    for (int p = 0; p < format.planes; ++p) {
        const size_t row = (format.row_bytes(p, width) + kAlignment - 1) / kAlignment * kAlignment;
        frame.planes.stride_bytes[p] = static_cast<ptrdiff_t>(row);
        offsets[p] = bytes;
        bytes += row * format.plane_height(p, height);
    }
    auto* memory = static_cast<uint8_t*>(std::aligned_alloc(kAlignment, bytes));
    require(memory != nullptr,
            "out of memory: a frame of " + std::to_string(bytes >> 20U) + " MB cannot be held");
    frame.owner = std::shared_ptr<void>(memory, [](void* p) { std::free(p); });
    for (int p = 0; p < format.planes; ++p) frame.planes.data[p] = memory + offsets[p];
    return frame;
}

VideoFrame FramePool::acquire() {
    for (const VideoFrame& frame : frames_) {
        if (frame.owner.use_count() > 1) continue;
        // The last owner, on whichever thread, has finished with it.
        std::atomic_thread_fence(std::memory_order_acquire);
        return frame;
    }
    frames_.push_back(make_frame(format_, width_, height_));
    return frames_.back();
}

}  // namespace reverie
