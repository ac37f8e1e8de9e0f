// A key's first work is run as it is, so that all that is made lazily is there; its second is
// captured into a graph, which is run from then on. Where something cannot be captured, nothing
// more is tried: work is queued as it comes, and only the launches cost more.
#include "kernels/replay_cuda.h"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <list>

#include "kernels/cuda_check.h"
#include "kernels/stream_cuda.h"

namespace reverie {
namespace {

// Pictures change places from frame to frame, and a budget deals the steps out in portions.
constexpr size_t kGraphsKept = 32;
constexpr const char* kSetting = "REVERIE_CUDA_GRAPHS";  // 0: none

/// An executable graph, or null where the key was seen once.
class Recorded {
  public:
    explicit Recorded(std::string key) : key_(std::move(key)) {}
    Recorded(const Recorded&) = delete;
    Recorded& operator=(const Recorded&) = delete;
    ~Recorded() {
        if (graph_ != nullptr) cudaGraphExecDestroy(graph_);
    }
    const std::string& key() const { return key_; }
    cudaGraphExec_t graph() const { return graph_; }

    /// False where the work cannot be captured; nothing of it has been queued then.
    bool capture(cudaStream_t stream, const std::function<void()>& work) {
        if (cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal) != cudaSuccess)
            return give_up();
        bool queued = true;
        try {
            work();
        } catch (...) {  // a stream must not be left capturing; what it was comes again below
            queued = false;
        }
        cudaGraph_t captured = nullptr;
        const cudaError_t ended = cudaStreamEndCapture(stream, &captured);
        const bool made = queued && ended == cudaSuccess && captured != nullptr &&
                          cudaGraphInstantiate(&graph_, captured, 0) == cudaSuccess;
        if (captured != nullptr) cudaGraphDestroy(captured);
        return made || give_up();
    }

  private:
    bool give_up() {
        graph_ = nullptr;
        cudaGetLastError();  // else the next launch would report it again
        return false;
    }

    std::string key_;
    cudaGraphExec_t graph_ = nullptr;
};

class CudaReplay : public Replay {
  public:
    CudaReplay() {
        const char* setting = std::getenv(kSetting);
        capturing_ = setting == nullptr || std::strcmp(setting, "0") != 0;
    }
    void run(Stream& stream, const std::string& key, const std::function<void()>& work) override {
        if (!capturing_) return work();
        const auto& on = static_cast<CudaStream&>(stream);
        on.make_current();
        const auto known = std::find_if(recorded_.begin(), recorded_.end(),
                                        [&](const Recorded& r) { return r.key() == key; });
        if (known == recorded_.end()) {
            recorded_.emplace_front(key);
            if (recorded_.size() > kGraphsKept) recorded_.pop_back();
            return work();
        }
        recorded_.splice(recorded_.begin(), recorded_, known);
        Recorded& recorded = recorded_.front();
        if (recorded.graph() == nullptr && !recorded.capture(on.handle(), work)) {
            capturing_ = false;
            recorded_.clear();
            return work();
        }
        cuda_check(cudaGraphLaunch(recorded.graph(), on.handle()), "running a recorded dream");
        ++replayed_;
    }
    int64_t replayed() const override { return replayed_; }

  private:
    bool capturing_ = true;
    std::list<Recorded> recorded_;  ///< the last used one first
    int64_t replayed_ = 0;
};

}  // namespace

std::unique_ptr<Replay> make_cuda_replay() { return std::make_unique<CudaReplay>(); }

}  // namespace reverie
