// The network's layers on the CPU, compiled once for each instruction set; the loader picks the
// module.
#include "kernels/cpu/exec_cpu.h"
#include "kernels/functors/layers_impl.h"
#include "kernels/ops_parts.h"

namespace reverie {

template <>
std::unique_ptr<LayerOps> make_part<LayerOps>() {
    return std::make_unique<LayersOn<ExecCpu>>();
}

}  // namespace reverie
