// Optical flow on the CPU, compiled once for each instruction set; the loader picks the module.
#include "kernels/cpu/exec_cpu.h"
#include "kernels/functors/flow_impl.h"
#include "kernels/ops_parts.h"

namespace reverie {

template <>
std::unique_ptr<FlowOps> make_part<FlowOps>() {
    return std::make_unique<FlowOn<ExecCpu>>();
}

}  // namespace reverie
