// All ops on a GPU: every functor of the project is compiled for CUDA here.
#include <memory>

#include "kernels/exec_cuda.cuh"
#include "kernels/ops_impl.h"

namespace reverie {

std::unique_ptr<Ops> make_cuda_ops();

std::unique_ptr<Ops> make_cuda_ops() { return std::make_unique<OpsOn<ExecCuda>>(); }

}  // namespace reverie
