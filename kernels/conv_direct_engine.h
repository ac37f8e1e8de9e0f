// The functors' convolution (conv_direct.h) as a ConvEngine, on any device.
#pragma once

#include <memory>

#include "kernels/conv.h"

namespace reverie {

/// Supports any layout and any storage type. For layouts that have no block of their own, the
/// channels of every slice are a multiple of `block`. The device must outlive the engine.
std::unique_ptr<ConvEngine> make_direct_engine(Device& device, DType type, TensorLayout layout,
                                               int block);

}  // namespace reverie
