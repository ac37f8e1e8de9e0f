// The extent of a loop over a tensor's elements or over spans of pixels, for the executors'
// each_lane. Its type says which sizes of groups of lanes can occur, so that a functor is compiled
// for those alone.
#pragma once

#include "kernels/view.h"

namespace reverie {

/// One lane at a time.
struct LaneGrid {
    int blocks = 0;
    int height = 0;
    int width = 0;
    int block_channels = 0;
    /// The channels of a pixel are adjacent to those of the next, as Tensor::group requires.
    bool together = true;
};

/// Pixels of a picture in spans of kSpan (spans.h), each taken at once on a CPU.
struct SpanGrid : LaneGrid {};

/// A network tensor, whose neighbouring channels may be taken together.
struct TensorGrid : LaneGrid {
    /// Groups of kGroup lanes begin at multiples of 16 bytes. If they do in one tensor of a layer,
    /// they do in all, since slices begin at multiples of kGroup channels.
    static constexpr int kGroup = 8;
    bool aligned = false;
};

/// The same for a tensor that is stored as T.
template <class T>
struct StoredGrid : TensorGrid {};

/// The extent of a loop over pictures of one size in tiles, for the executors' each_tile.
struct LayerGrid {
    int layers = 0;
    int height = 0;
    int width = 0;
};

template <class T>
StoredGrid<std::remove_const_t<T>> grid_of(const Tensor<T>& t) {
    return {{{t.blocks, t.height, t.width, t.block_channels, t.pixel_stride == t.block_channels},
             t.template together<TensorGrid::kGroup>()}};
}

}  // namespace reverie
