// The extent of a loop over a tensor's elements, for the executors' each_lane.
#pragma once

#include "kernels/view.h"

namespace reverie {

struct LaneGrid {
    int blocks = 0;
    int height = 0;
    int width = 0;
    int lanes = 0;
    /// The lanes of a pixel stand beside those of the next, as Tensor::group wants it.
    bool together = true;
};

template <class T>
LaneGrid grid_of(const Tensor<T>& t) {
    return {t.blocks, t.height, t.width, t.lanes, t.pixel_stride == t.lanes};
}

}  // namespace reverie
