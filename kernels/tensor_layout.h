// How a convolution engine's tensors lie in memory, and the views of slices of their channels.
#pragma once

#include "kernels/view.h"

namespace reverie {

struct TensorLayout {
    /// Channels that stand side by side: 16 and 8 are blocked layouts, 1 is NCHW, kNhwc one block
    /// of all channels.
    int lanes = 16;
    static constexpr int kNhwc = 0;
    /// Channels of the network's input, those beyond the third zero; planar where it is 3.
    int picture_channels = 3;
    bool nhwc() const { return lanes == kNhwc; }
    bool operator==(const TensorLayout&) const = default;
};

/// `channels` channels from `first_channel` on, in a tensor of `parent_channels` at `data`. Batch
/// 1: a slice is contiguous in every layout but NHWC.
inline TensorRef slice_of(TensorLayout layout, void* data, DType type, int parent_channels,
                          int first_channel, int channels, int height, int width) {
    const int64_t plane = static_cast<int64_t>(height) * width;
    const int64_t first = layout.nhwc() ? first_channel : first_channel * plane;
    void* const begin = static_cast<char*>(data) + first * static_cast<int64_t>(bytes_of(type));
    if (layout.nhwc())
        return {{begin, 1, channels, height, width, plane * parent_channels, parent_channels},
                type};
    return {{begin, channels / layout.lanes, layout.lanes, height, width, plane * layout.lanes,
             layout.lanes},
            type};
}

/// The network's input.
inline TensorRef picture_of(TensorLayout layout, void* data, DType type, int height, int width) {
    constexpr int kPlanes = 3;
    const int64_t plane = static_cast<int64_t>(height) * width;
    if (layout.picture_channels == kPlanes)
        return {{data, kPlanes, 1, height, width, plane, 1}, type};
    return slice_of({TensorLayout::kNhwc}, data, type, layout.picture_channels, 0,
                    layout.picture_channels, height, width);
}

}  // namespace reverie
