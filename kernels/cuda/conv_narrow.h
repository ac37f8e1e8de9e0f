// Convolutions of stride 1 with few channels on one side, on tensor cores: the first layer, which
// reads the picture, and its gradient. cuDNN's engines are made for many channels; here they take
// several times as long as the memory traffic alone would. Half precision, NHWC.
#pragma once

#include <functional>

#include "kernels/conv.h"

namespace reverie {

/// As ConvSpec describes it, forward.
struct NarrowConvolution {
    ConvSpec spec;
    DType type = DType::f16;
    DType to_type = DType::f16;     ///< `type`, or f32
    const void* filters = nullptr;  ///< device memory: OHWI, as `type`
    const float* bias = nullptr;    ///< device memory, or null
};

/// Queues the convolution; both tensors are aligned to 16 bytes.
using QueueNarrow = std::function<void(Stream& stream, const void* in, void* out)>;

/// Whether these kernels support the convolution, on a GPU that runs them (see prepare_narrow).
inline bool is_narrow(const ConvSpec& s, TensorLayout layout, DType type) {
    const auto is = [&](int in, int out) { return s.in_channels == in && s.out_channels == out; };
    const auto aligned = [](int parent) { return parent % 8 == 0; };
    constexpr int kLargest = 7;
    return layout.nhwc() && type != DType::f32 && s.direction == ConvDirection::forward &&
           s.stride == 1 && !s.accumulate && !s.picture_input &&
           (is(16, 64) || is(16, 32) || is(64, 16) || is(32, 16)) &&
           aligned(s.in_parent_channels) && aligned(s.out_parent_channels) &&
           s.kernel_height <= kLargest && s.kernel_width <= kLargest;
}

/// Null if the current GPU has no products of this type or too little shared memory.
QueueNarrow prepare_narrow(const NarrowConvolution& convolution);

}  // namespace reverie
