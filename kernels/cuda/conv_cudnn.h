// Convolution by cuDNN 9: NHWC (or NCHW, where that is faster) in fp16, bf16 or fp32, sums in fp32.
// Which of cuDNN's engines runs a convolution is measured when it is made, within a bounded time,
// and remembered from run to run: so is what was taken for lack of time, since another way would give
// other bits. If cuDNN supports a convolution in no way, the functors'
// convolution is used instead.
#pragma once

#include <memory>
#include <string>

#include "kernels/conv.h"
#include "kernels/cuda/route_cache.h"

namespace reverie {

/// Version of the loaded library, such as "9.19.0".
std::string cudnn_version();

/// Throws Error where the loaded library cannot work with the current device.
void require_cudnn();

/// Makes an engine on CUDA device `device`, which must outlive it, as must `choices`, of that
/// device. Throws Error (see require_cudnn) and OutOfMemory.
std::unique_ptr<ConvEngine> make_cudnn_engine(Device& device, DType type, RouteCache& choices);

}  // namespace reverie
