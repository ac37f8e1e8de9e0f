// A key's first work is run as it is, so that all that is made lazily is there; its second is
// captured into a graph, which is launched from then on. Where something cannot be captured,
// nothing more is tried: work is queued as it comes, and only the launches cost more.
#include "kernels/captured_graph.h"

#include <algorithm>

namespace reverie {
namespace {

// Pictures change places from frame to frame, and a budget deals the steps out in portions.
constexpr size_t kGraphsKept = 32;

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
        captures_ = false;
        known_.clear();
        return work();
    }
    graph->launch(stream);
    ++replayed_;
}

}  // namespace reverie
