// Masks on the CPU, compiled once for each instruction set; the loader picks the module.
#include "kernels/cpu/exec_cpu.h"
#include "kernels/functors/masks_impl.h"
#include "kernels/ops_parts.h"

namespace reverie {

template <>
std::unique_ptr<MaskOps> make_part<MaskOps>() {
    return std::make_unique<MaskOn<ExecCpu>>();
}

}  // namespace reverie
