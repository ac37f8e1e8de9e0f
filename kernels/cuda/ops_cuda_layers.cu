// The network's layers on a GPU.
#include "kernels/cuda/exec_cuda.cuh"
#include "kernels/functors/layers_impl.h"
#include "kernels/ops_parts.h"

namespace reverie {

template <>
std::unique_ptr<LayerOps> make_part<LayerOps>() {
    return std::make_unique<LayersOn<ExecCuda>>();
}

}  // namespace reverie
