// Measures how long the network and a whole frame take on a device, and the device's limits;
// printed by `lab bench` and the core's own program. Times are the device's own (events on a GPU).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "src/dream/params.h"
#include "src/net/precision.h"
#include "src/util/size.h"

namespace reverie {

/// A network on its device, and the stream used for measuring.
struct BenchRuntime {
    Device& device;
    Stream& stream;
    Network& network;
    size_t memory_bytes = 0;  ///< see Dreamer
};

/// A device's measured peak rates.
struct Roofline {
    double gflop_per_s = 0;  ///< of convolutions in the network's precision: the better of 3×3 and
                             ///< of a large 1×1, which is a matrix product
    double gigabyte_per_s = 0;  ///< read and written by a large copy
};
Roofline measure_roofline(const BenchRuntime& runtime);

/// One gradient step.
struct StepBench {
    std::string network, layer, precision;
    int width = 0, height = 0;
    DeviceInfo device;
    double ms_median = 0, ms_p95 = 0, gflop = 0, memory_mb = 0;
    Roofline roofline;
    double roofline_share() const { return gflop / ms_median * 1e3 / roofline.gflop_per_s; }
    std::vector<std::string> step_names;  ///< if they were asked for
    std::vector<double> step_ms;
};

/// The value that this share of `sorted` does not exceed.
double quantile_of(const std::vector<double>& sorted, double share);

/// Measures for about `seconds`. Throws Error: see Network::tap and plan.
StepBench measure_step(const BenchRuntime& runtime, const std::string& layer, Size size,
                       double seconds, bool each_step);
nlohmann::ordered_json as_json(const StepBench& bench);
/// The layers measured by default.
std::vector<std::string> usual_layers(const Network& network);

/// Dreams `frames` frames of a moving pattern and gives size, ms_median, ms_p95 and ms_p99 of the
/// whole frame (conversion, motion, carrying, dreaming, showing, conversion back; no decoding, no
/// encoding), stages_ms: each stage's median, measured by itself, and the roofline.
nlohmann::ordered_json measure_frame(const BenchRuntime& runtime, Size size, const Params& params,
                                     int frames, const Roofline& roofline);

/// Dreams `frames` frames of a moving pattern, after some that are not counted, one after the other
/// as a render does (on a GPU, the next one arrives meanwhile). Returns ms_median, ms_p95, ms_p99
/// and p99_over_median of the time from one frame's end to the next; allocations and
/// waits_per_frame (see DeviceCounters) over all of them; memory_mb: the device memory in use,
/// including the network's weights.
nlohmann::ordered_json measure_steady(const BenchRuntime& runtime, Size size, const Params& params,
                                      int frames);

}  // namespace reverie
