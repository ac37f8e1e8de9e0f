// Work that is queued repeatedly: captured once, then queued as one graph.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "kernels/device.h"

namespace reverie {

/// For the work of one stream, including what it orders by events on other streams. Thread-safety:
/// as its stream.
class CapturedGraph {
  public:
    explicit CapturedGraph(Device& device) : device_(&device), captures_(device.captures()) {}
    /// Queues what `work` queues on the stream. On a device that captures, `work` is first run for
    /// its key alone (KeyRecorder): the ops that it calls and all their arguments are the key under
    /// which a graph is found, so a graph that is launched does exactly what `work` would have
    /// done. So `work` must not wait, allocate or upload, and may be called twice, or for its key
    /// alone; it may throw.
    void run(Stream& stream, const std::function<void()>& work);
    /// How often captured work was launched as one graph.
    int64_t replayed() const { return replayed_; }
    /// One line when captures have failed several times in a row, so that none is tried any more;
    /// once.
    std::optional<std::string> take_problem() { return std::exchange(problem_, std::nullopt); }

  private:
    struct Known {
        GraphKey key;
        std::unique_ptr<ExecutableGraph> graph;  ///< null until the key comes a second time
    };

    Device* device_;
    bool captures_;
    GraphKey key_;            ///< of the last work
    std::list<Known> known_;  ///< most recently used first
    int64_t replayed_ = 0;
    int failures_ = 0;  ///< captures in a row
    std::optional<std::string> problem_;
};

}  // namespace reverie
