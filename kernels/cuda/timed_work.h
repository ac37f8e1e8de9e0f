// How long work takes where it will run: inside a captured graph.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>

#include "kernels/device.h"

namespace reverie {

/// Milliseconds that one run of `work`, queued on `stream`, takes; the least of several. Where the
/// device captures, several runs are one graph: queued one by one, work of a few microseconds waits
/// for the host, the more the more launches it has. Work that cannot be captured is queued.
inline float ms_of_work(Device& device, Stream& stream, StreamTimer& timer,
                        const std::function<void()>& work) {
    constexpr int kRuns = 8, kTimes = 3;
    const auto runs = [&] {
        for (int i = 0; i < kRuns; ++i) work();
    };
    work();  // makes what is made lazily, which a capture does not allow
    stream.synchronize();
    const std::unique_ptr<ExecutableGraph> graph =
        device.captures() ? device.capture(stream, runs) : nullptr;
    const auto all = [&] { graph != nullptr ? graph->launch(stream) : runs(); };
    all();
    float least = std::numeric_limits<float>::infinity();
    for (int i = 0; i < kTimes; ++i) {
        timer.begin(stream);
        all();
        timer.end(stream);
        least = std::min(least, static_cast<float>(timer.ms()) / kRuns);
    }
    return least;
}

}  // namespace reverie
