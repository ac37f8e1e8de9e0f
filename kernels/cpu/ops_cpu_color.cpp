// Conversion between video frames and RGB on the CPU, compiled once for each instruction set; the
// loader picks the module.
#include "kernels/cpu/exec_cpu.h"
#include "kernels/functors/color_impl.h"
#include "kernels/ops_parts.h"

namespace reverie {

template <>
std::unique_ptr<ColorOps> make_part<ColorOps>() {
    return std::make_unique<ColorOn<ExecCpu>>();
}

}  // namespace reverie
