// OpenGL's buffers as CUDA's memory: a picture that was made on the GPU is shown without passing
// through the host. Part of a CUDA module only if OpenGL's headers are present when it is built.
#pragma once

#include <memory>

#include "kernels/device.h"

namespace reverie {

/// See Device::share_buffer; `device` is CUDA's index.
std::unique_ptr<SharedBuffer> share_with_cuda(int device, uint32_t gl_buffer);

}  // namespace reverie
