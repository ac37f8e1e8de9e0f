// Pictures resized, warped and mixed on a GPU.
#include "kernels/exec_cuda.cuh"
#include "kernels/image_impl.h"
#include "kernels/ops_parts.h"

namespace reverie {

template <>
std::unique_ptr<ImageOps> make_part<ImageOps>() {
    return std::make_unique<ImageOn<ExecCuda>>();
}

}  // namespace reverie
