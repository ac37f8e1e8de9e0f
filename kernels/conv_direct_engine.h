// The functors' convolution (conv_direct.h) as a ConvEngine, on any device.
#pragma once

#include <memory>

#include "kernels/conv.h"

namespace reverie {

/// `block`: channels of a tensor slice stand side by side in blocks of this many (nChw8c, nChw16c).
/// The device must outlive the engine. Throws Error for a storage type without a functor.
std::unique_ptr<ConvEngine> make_direct_engine(Device& device, DType type, int block);

/// A slice of channels in the blocked layout of batch 1: contiguous, whatever its parent.
inline TensorRef blocked_slice(void* data, int block, int first_channel, int channels, int height,
                               int width, DType type) {
    const int64_t plane = static_cast<int64_t>(height) * width;
    auto* bytes =
        static_cast<char*>(data) + first_channel * plane * static_cast<int64_t>(bytes_of(type));
    return {{bytes, channels / block, block, height, width, plane * block, block}, type};
}

}  // namespace reverie
