// Optical flow on a GPU.
#include "kernels/exec_cuda.cuh"
#include "kernels/flow_impl.h"
#include "kernels/ops_parts.h"

namespace reverie {

template <>
std::unique_ptr<FlowOps> make_part<FlowOps>() {
    return std::make_unique<FlowOn<ExecCuda>>();
}

}  // namespace reverie
