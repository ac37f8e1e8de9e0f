// Gradient ascent on a GPU.
#include "kernels/cuda/exec_cuda.cuh"
#include "kernels/functors/ascent_impl.h"
#include "kernels/ops_parts.h"

namespace reverie {

template <>
std::unique_ptr<AscentOps> make_part<AscentOps>() {
    return std::make_unique<AscentOn<ExecCuda>>();
}

}  // namespace reverie
