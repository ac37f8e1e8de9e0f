// All ops on the CPU. This file is compiled once for each instruction set; the loader picks the
// module.
#include <memory>

#include "kernels/exec_cpu.h"
#include "kernels/ops_impl.h"

namespace reverie {

std::unique_ptr<Ops> make_cpu_ops();

std::unique_ptr<Ops> make_cpu_ops() { return std::make_unique<OpsOn<ExecCpu>>(); }

}  // namespace reverie
