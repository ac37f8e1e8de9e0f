// Work that is queued again and again, captured once and from then on queued as one graph.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>

#include "kernels/device.h"

namespace reverie {

/// Of one stream's work, and what that work orders by events on other streams. Thread-safety: as
/// its stream.
class CapturedGraph {
  public:
    explicit CapturedGraph(Device& device) : device_(&device), captures_(device.captures()) {}
    /// Queues what `work` queues on the stream. Where a device captures, `work` is first only asked
    /// what that is (Probe): the ops that it calls and all that it passes to them are the key by
    /// which a graph is found, so that a graph that is launched queues what `work` would have. So
    /// `work` must not wait, allocate or upload, and may be called twice, or without being done; it
    /// may throw.
    void run(Stream& stream, const std::function<void()>& work);
    /// How often captured work was queued as one.
    int64_t replayed() const { return replayed_; }

  private:
    struct Known {
        GraphKey key;
        std::unique_ptr<ExecutableGraph> graph;  ///< null where the key was seen once
    };

    Device* device_;
    bool captures_;
    GraphKey key_;            ///< of the last work
    std::list<Known> known_;  ///< the last used one first
    int64_t replayed_ = 0;
};

}  // namespace reverie
