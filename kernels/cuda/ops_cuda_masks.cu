// Masks on a GPU.
#include "kernels/cuda/exec_cuda.cuh"
#include "kernels/functors/masks_impl.h"
#include "kernels/ops_parts.h"

namespace reverie {

template <>
std::unique_ptr<MaskOps> make_part<MaskOps>() {
    return std::make_unique<MaskOn<ExecCuda>>();
}

}  // namespace reverie
