// Small versions of frames on the host, for analysis rather than display: a coarse grid of means,
// and a copy to keep.
#pragma once

#include <vector>

#include "src/media/frames/frame.h"

namespace reverie {

/// A frame's three components (Y, U, V or R, G, B) on a coarse grid, each 0 … 255, one component
/// after the other: the mean of a few samples in each cell.
std::vector<float> sample_grid(const VideoFrame& frame, int columns, int rows);

/// A planar 8-bit copy, at most `width` pixels wide; each of its samples is made of four.
VideoFrame shrink_frame(const VideoFrame& frame, int width);

}  // namespace reverie
