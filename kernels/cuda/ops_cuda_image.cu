// Pictures resized, warped and mixed on a GPU.
#include "kernels/cuda/exec_cuda.cuh"
#include "kernels/functors/image_impl.h"
#include "kernels/ops_parts.h"

namespace reverie {

template <>
std::unique_ptr<ImageOps> make_part<ImageOps>() {
    return std::make_unique<ImageOn<ExecCuda>>();
}

}  // namespace reverie
