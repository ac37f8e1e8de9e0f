// The network's layers on a GPU; see ops_cuda.cu.
#include "kernels/exec_cuda.cuh"
#include "kernels/layers_impl.h"
#include "kernels/ops.h"

namespace reverie {

template class LayersOn<ExecCuda, Ops>;

}  // namespace reverie
