#include "kernels/cuda/graph_cuda.h"

#include <cuda_runtime_api.h>

#include <cstdlib>
#include <cstring>

#include "kernels/cuda/cuda_check.h"

namespace reverie {
namespace {

constexpr const char* kSetting = "REVERIE_CUDA_GRAPHS";

class CudaGraph : public ExecutableGraph {
  public:
    explicit CudaGraph(cudaGraphExec_t graph) : graph_(graph) {}
    CudaGraph(const CudaGraph&) = delete;
    CudaGraph& operator=(const CudaGraph&) = delete;
    ~CudaGraph() override { cudaGraphExecDestroy(graph_); }
    void launch(Stream& stream) override {
        const auto& on = static_cast<CudaStream&>(stream);
        on.make_current();
        cuda_check(cudaGraphLaunch(graph_, on.handle()), "running a captured graph");
    }

  private:
    cudaGraphExec_t graph_;
};

std::unique_ptr<ExecutableGraph> give_up() {
    cudaGetLastError();  // else the next launch would report it again
    return nullptr;
}

}  // namespace

bool cuda_graphs_wanted() {
    const char* setting = std::getenv(kSetting);
    return setting == nullptr || std::strcmp(setting, "0") != 0;
}

std::unique_ptr<ExecutableGraph> capture_cuda_graph(CudaStream& stream,
                                                    const std::function<void()>& work) {
    stream.make_current();
    if (cudaStreamBeginCapture(stream.handle(), cudaStreamCaptureModeThreadLocal) != cudaSuccess)
        return give_up();
    bool queued = true;
    try {
        work();
    } catch (...) {
        // A stream must not be left capturing. The error comes again when the work is queued.
        queued = false;
    }
    cudaGraph_t captured = nullptr;
    const cudaError_t ended = cudaStreamEndCapture(stream.handle(), &captured);
    cudaGraphExec_t graph = nullptr;
    const bool made = queued && ended == cudaSuccess && captured != nullptr &&
                      cudaGraphInstantiate(&graph, captured, 0) == cudaSuccess;
    if (captured != nullptr) cudaGraphDestroy(captured);
    return made ? std::make_unique<CudaGraph>(graph) : give_up();
}

}  // namespace reverie
