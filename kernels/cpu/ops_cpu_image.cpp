// Pictures resized, warped and mixed on the CPU, compiled once for each instruction set; the loader
// picks the module.
#include "kernels/cpu/exec_cpu.h"
#include "kernels/functors/image_impl.h"
#include "kernels/ops_parts.h"

namespace reverie {

template <>
std::unique_ptr<ImageOps> make_part<ImageOps>() {
    return std::make_unique<ImageOn<ExecCpu>>();
}

}  // namespace reverie
