// Captured work as a CUDA graph.
#pragma once

#include <functional>
#include <memory>

#include "kernels/cuda/stream_cuda.h"

namespace reverie {

/// False if REVERIE_CUDA_GRAPHS=0 disables CUDA graphs.
bool cuda_graphs_wanted();

/// Null if the work cannot be captured; then none of it has been queued.
std::unique_ptr<ExecutableGraph> capture_cuda_graph(CudaStream& stream,
                                                    const std::function<void()>& work);

}  // namespace reverie
