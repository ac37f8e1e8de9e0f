// The memory layout of a convolution engine's tensors, and views of slices of their channels.
#pragma once

#include "kernels/view.h"

namespace reverie {

struct TensorLayout {
    /// Channels stored next to each other: 16 and 8 are blocked layouts, 1 is NCHW, kNhwc one block
    /// of all channels.
    int block_channels = 16;
    static constexpr int kNhwc = 0;
    /// Channels of the network's input, zero from the fourth on; planar if it is 3.
    int picture_channels = 3;
    bool nhwc() const { return block_channels == kNhwc; }
    /// Whether a first convolution with that stride reads the network's input in phases. That makes
    /// it a convolution of stride 1, with a kernel half as large, and turns three channels into
    /// twelve.
    bool reads_phases(int stride) const { return nhwc() && stride == 2; }
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
    return {{begin, channels / layout.block_channels, layout.block_channels, height, width,
             plane * layout.block_channels, layout.block_channels},
            type};
}

/// The network's input: planar, or with all channels side by side, those beyond its own zero. Pixel
/// (x, y) of colour c stands at channel 3·(stride·(y mod stride) + x mod stride) + c of the
/// tensor's pixel (x / stride, y / stride); above stride 1 that is called phases.
struct PictureRef {
    TensorRef tensor;
    int height = 0, width = 0;  ///< of the picture; what the tensor has beyond is zero
    int stride = 1;
};

constexpr int kPhaseChannels = 16;  ///< 3·2·2, and zeros

/// The network's input at `data`, for a first convolution with that stride.
inline PictureRef picture_of(TensorLayout layout, void* data, DType type, int height, int width,
                             int stride) {
    constexpr int kPlanes = 3;
    const auto side_by_side = [&](int channels, int h, int w) {
        return slice_of({TensorLayout::kNhwc}, data, type, channels, 0, channels, h, w);
    };
    if (layout.reads_phases(stride))
        return {side_by_side(kPhaseChannels, (height + 1) / 2, (width + 1) / 2), height, width, 2};
    if (layout.picture_channels != kPlanes)
        return {side_by_side(layout.picture_channels, height, width), height, width};
    const int64_t plane = static_cast<int64_t>(height) * width;
    return {{{data, kPlanes, 1, height, width, plane, 1}, type}, height, width};
}

}  // namespace reverie
