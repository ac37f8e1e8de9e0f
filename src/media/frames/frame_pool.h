// Memory for a steady stream of frames, without an allocation for each.
#pragma once

#include <vector>

#include "src/media/frames/frame.h"

namespace reverie {

/// Frames of one size and format that are reused once nobody else holds them.
/// Thread-safety: acquire() belongs to one thread; a frame may be released on any thread.
class FramePool {
  public:
    FramePool(const PixelFormat& format, int width, int height)
        : format_(format), width_(width), height_(height) {}
    /// Contents are undefined. Throws Error as make_frame().
    VideoFrame acquire();

  private:
    PixelFormat format_;
    int width_, height_;
    std::vector<VideoFrame> frames_;
};

}  // namespace reverie
