// Conversion between video frames and RGB on a GPU.
#include "kernels/cuda/exec_cuda.cuh"
#include "kernels/functors/color_impl.h"
#include "kernels/ops_parts.h"

namespace reverie {

template <>
std::unique_ptr<ColorOps> make_part<ColorOps>() {
    return std::make_unique<ColorOn<ExecCuda>>();
}

}  // namespace reverie
