// Convolution on the matrix unit of Intel's server processors (AMX, from Sapphire Rapids on), in
// bf16: see conv_tiles.h.
#pragma once

#include <memory>

#include "kernels/conv.h"

namespace reverie {

/// Whether this processor has it, the kernel lets this process use it, and this module was compiled
/// for it.
bool has_amx();

/// `otherwise` stores bf16 in nChw16c and makes what cannot be had on tiles. Only where has_amx().
std::unique_ptr<ConvEngine> make_amx_engine(Device& device, std::unique_ptr<ConvEngine> otherwise);

}  // namespace reverie
