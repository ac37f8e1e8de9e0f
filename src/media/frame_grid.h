// Frames made small on the host, for looking at them rather than showing them: a coarse grid of
// means, and a copy to keep.
#pragma once

#include <vector>

#include "src/media/frame.h"

namespace reverie {

/// A frame's three components (Y, U, V or R, G, B) on a coarse grid, each 0 … 255, one component
/// after the other: the mean of a few samples in each cell.
std::vector<float> sample_grid(const VideoFrame& frame, int columns, int rows);

/// A copy of 8 bits in planes, at most `width` pixels wide; of four samples for each of its own.
VideoFrame shrink_frame(const VideoFrame& frame, int width);

}  // namespace reverie
