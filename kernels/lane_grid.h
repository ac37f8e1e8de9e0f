// The extent of a loop over a tensor's elements, for the executors' each_lane.
#pragma once

#include "kernels/view.h"

namespace reverie {

struct LaneGrid {
    int blocks = 0;
    int height = 0;
    int width = 0;
    int lanes = 0;
};

template <class T>
LaneGrid grid_of(const Tensor<T>& t) {
    return {t.blocks, t.height, t.width, t.lanes};
}

}  // namespace reverie
