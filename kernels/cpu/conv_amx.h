// Convolution on the matrix unit of Intel's server processors (AMX, from Sapphire Rapids on), in
// bf16: see conv_tiles.h.
#pragma once

#include <memory>

#include "kernels/conv.h"

namespace reverie {

/// Whether this processor has AMX, the operating system lets this process use it, and this module
/// was compiled for it.
bool has_amx();

/// Requires has_amx(). `otherwise` stores bf16 in nChw16c; it makes the convolutions that tiles do
/// not support.
std::unique_ptr<ConvEngine> make_amx_engine(Device& device, std::unique_ptr<ConvEngine> otherwise);

}  // namespace reverie
