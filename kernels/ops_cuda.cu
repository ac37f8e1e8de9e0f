// All ops on a GPU: every functor of the project is compiled for CUDA, here and, so that two
// compilers can work at once, the network's layers in ops_cuda_layers.cu.
#include <memory>

#include "kernels/exec_cuda.cuh"
#include "kernels/ops_impl.h"

namespace reverie {

extern template class LayersOn<ExecCuda, Ops>;

std::unique_ptr<Ops> make_cuda_ops();

std::unique_ptr<Ops> make_cuda_ops() { return std::make_unique<OpsOn<ExecCuda>>(); }

}  // namespace reverie
