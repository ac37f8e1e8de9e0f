// Gradient ascent on the CPU, compiled once for each instruction set; the loader picks the module.
#include "kernels/cpu/exec_cpu.h"
#include "kernels/functors/ascent_impl.h"
#include "kernels/ops_parts.h"

namespace reverie {

template <>
std::unique_ptr<AscentOps> make_part<AscentOps>() {
    return std::make_unique<AscentOn<ExecCpu>>();
}

}  // namespace reverie
