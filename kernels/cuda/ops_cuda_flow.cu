// Optical flow on a GPU.
#include "kernels/cuda/exec_cuda.cuh"
#include "kernels/functors/flow_impl.h"
#include "kernels/ops_parts.h"

namespace reverie {

template <>
std::unique_ptr<FlowOps> make_part<FlowOps>() {
    return std::make_unique<FlowOn<ExecCuda>>();
}

}  // namespace reverie
