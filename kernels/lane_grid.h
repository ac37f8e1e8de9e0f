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

/// The same of a network tensor, whose neighbouring channels may be taken together.
struct TensorGrid : LaneGrid {
    /// Groups of kGroup lanes begin at multiples of 16 bytes in every tensor of the layer: in one
    /// they do so in all, since slices begin at multiples of kGroup channels.
    static constexpr int kGroup = 8;
    bool aligned = false;
};

/// The extent of a loop over pictures of one size in tiles, for the executors' each_tile.
struct LayerGrid {
    int layers = 0;
    int height = 0;
    int width = 0;
};

template <class T>
TensorGrid grid_of(const Tensor<T>& t) {
    return {{t.blocks, t.height, t.width, t.lanes, t.pixel_stride == t.lanes},
            t.template together<TensorGrid::kGroup>()};
}

}  // namespace reverie
