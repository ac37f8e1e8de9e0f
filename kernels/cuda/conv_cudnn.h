// Convolution by cuDNN 9: NHWC (or NCHW, where that is faster) in fp16, bf16 or fp32, sums in fp32.
// Which of cuDNN's engines runs a convolution is measured when it is made, within a bounded time,
// and remembered from run to run. Where cuDNN has no way at all the functors' convolution stands
// in.
#pragma once

#include <memory>
#include <string>

#include "kernels/conv.h"
#include "kernels/cuda/route_cache.h"

namespace reverie {

/// "9.19.0", of the library that is loaded.
std::string cudnn_version();

/// Throws Error where the loaded library cannot work with the current device.
void require_cudnn();

/// On CUDA device `device`, which must outlive it. `identity` names all that a measured plan
/// depends on. Throws Error: see require_cudnn, and OutOfMemory.
std::unique_ptr<ConvEngine> make_cudnn_engine(Device& device, DType type,
                                              const std::string& identity);

}  // namespace reverie
