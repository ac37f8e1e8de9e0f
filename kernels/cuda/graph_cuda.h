// Captured work as a CUDA graph.
#pragma once

#include <functional>
#include <memory>

#include "kernels/cuda/stream_cuda.h"

namespace reverie {

/// False where REVERIE_CUDA_GRAPHS=0 asks for none.
bool cuda_graphs_wanted();

/// Null where the work cannot be captured; nothing of it has been queued then.
std::unique_ptr<ExecutableGraph> capture_cuda_graph(CudaStream& stream,
                                                    const std::function<void()>& work);

}  // namespace reverie
