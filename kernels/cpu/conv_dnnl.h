// Convolution by oneDNN, or, where the build has none (conv_no_dnnl.cpp), by the functors. See
// conv.h.
#pragma once

#include <memory>
#include <string>

#include "kernels/conv.h"

namespace reverie {

/// The instruction set that oneDNN uses here: "avx512", "avx2", …
std::string dnnl_instruction_set();
bool dnnl_has_native_bf16();
/// Whether bf16 is faster than f32.
bool dnnl_prefers_bf16();
/// The channel block of its fastest layout here: 16 with AVX-512, else 8.
int dnnl_channel_block();
/// Makes an engine on the CPU `device`, which must outlive it. Throws Error for a type that this
/// processor would have to emulate.
std::unique_ptr<ConvEngine> make_dnnl_engine(Device& device, DType type);

}  // namespace reverie
