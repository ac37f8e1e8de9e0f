// Work with a new key is queued directly, so that everything that is made lazily exists. When the
// key comes a second time, the work is captured into a graph, which is launched from then on. Where
// a capture fails, the work is queued directly and captured the next time; a device on which that
// fails again and again is asked no more, and only the launches cost more.
#include "kernels/captured_graph.h"

#include <algorithm>

namespace reverie {
namespace {

// More than one, because buffers alternate from frame to frame and a budget splits the steps into
// portions of several sizes.
constexpr size_t kGraphsKept = 32;
constexpr int kFailuresInARow = 3;

}  // namespace

void CapturedGraph::run(Stream& stream, const std::function<void()>& work) {
    if (!captures_) return work();
    {
        const KeyRecorder recorder(stream, key_);
        work();
    }
    const auto known = std::find_if(known_.begin(), known_.end(),
                                    [&](const Known& each) { return each.key == key_; });
    if (known == known_.end()) {
        known_.push_front({key_, nullptr});
        if (known_.size() > kGraphsKept) known_.pop_back();
        return work();
    }
    known_.splice(known_.begin(), known_, known);
    std::unique_ptr<ExecutableGraph>& graph = known_.front().graph;
    if (graph == nullptr) graph = device_->capture(stream, work);
    if (graph == nullptr) {
        if (++failures_ == kFailuresInARow) {
            captures_ = false;
            known_.clear();
            problem_ = "the GPU refuses to record its work as a graph; it goes on, a little slower";
        }
        return work();
    }
    failures_ = 0;
    graph->launch(stream);
    ++replayed_;
}

}  // namespace reverie
