#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "kernels/ops.h"
#include "src/bench/bench.h"
#include "src/dream/pipeline.h"
#include "src/media/frames/device_frame.h"
#include "src/media/pattern.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using Clock = std::chrono::steady_clock;

/// Times of one stage, in ms.
class StageTimes {
  public:
    explicit StageTimes(const BenchRuntime& runtime)
        : stream_(runtime.stream), timer_(runtime.device.make_timer()) {}

    /// By the device's clock.
    template <class Run>
    void measure(Run run) {
        timer_->begin(stream_);
        run();
        timer_->end(stream_);
        ms_.push_back(timer_->ms());
    }
    /// By the host's, until the device is done.
    template <class Run>
    void measure_waiting(Run run) {
        const Clock::time_point start = Clock::now();
        run();
        stream_.synchronize();
        ms_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    /// Leaves out the first two, in which memory and plans are made.
    double quantile(double share) const {
        std::vector<double> sorted(
            ms_.begin() + std::min<ptrdiff_t>(2, static_cast<ptrdiff_t>(ms_.size()) - 1),
            ms_.end());
        std::sort(sorted.begin(), sorted.end());
        return quantile_of(sorted, share);
    }

  private:
    Stream& stream_;
    std::unique_ptr<StreamTimer> timer_;
    std::vector<double> ms_;
};

/// The dream of one octave by itself.
struct OctaveBench {
    OctaveBench(const BenchRuntime& runtime, Extent extent, const Params& params)
        : size(extent),
          dreamer(runtime.network, runtime.memory_bytes),
          frame(runtime.device, extent.width, extent.height, 3),
          residual(runtime.device, extent.width, extent.height, 3),
          alone(params),
          times(runtime) {
        alone.octaves = 1;
        for (const Image* image : {&frame, &residual}) {
            runtime.device.clear(runtime.stream, image->view().data,
                                 static_cast<size_t>(image->view().size()) * sizeof(float));
        }
    }
    void measure(const BenchRuntime& runtime, uint32_t index) {
        times.measure(
            [&] { dreamer.dream(runtime.stream, frame.cview(), alone, index, residual.view()); });
    }

    Extent size;
    Dreamer dreamer;
    Image frame, residual;
    Params alone;
    StageTimes times;
};

/// What is known about a frame's measurement besides its times.
nlohmann::ordered_json described(const BenchRuntime& runtime, Size size, const Params& params) {
    const DeviceInfo& device = runtime.device.info();
    return {{"network", runtime.network.weights().graph.architecture},
            {"objective", to_text(params.objective)},
            {"width", size.width},
            {"height", size.height},
            {"octaves", params.octaves},
            {"iterations", params.iterations},
            {"device", device.name},
            {"precision", precision_name(runtime.network)},
            {"threads", device.threads}};
}

/// A pattern's first ones.
std::vector<VideoFrame> moving_pictures(Size size, int count, double frame_s) {
    SourceOptions options;
    options.width = size.width;
    options.height = size.height;
    options.duration_s = frame_s * count;
    const std::unique_ptr<Source> source = open_pattern("clouds", options);
    std::vector<VideoFrame> pictures;
    while (std::optional<VideoFrame> frame = source->next()) pictures.push_back(*frame);
    require(pictures.size() > 1, "a steady run needs a pattern that moves");
    return pictures;
}

/// What a frame passes through, to the device and back.
struct Way {
    Way(Device& device, Stream* leaving, const VideoFrame& like)
        : up(device),
          back(device, leaving),
          rgb(device, like.width(), like.height(), 3),
          out(make_frame(like.format(), like.width(), like.height())) {}
    DeviceFrame up, back;
    Image rgb;
    VideoFrame out;
};

}  // namespace

nlohmann::ordered_json measure_frame(const BenchRuntime& runtime, Size size, const Params& params,
                                     int frames, const Roofline& roofline) {
    Device& device = runtime.device;
    Stream& stream = runtime.stream;
    SourceOptions options;
    options.width = size.width;
    options.height = size.height;
    options.duration_s = 0.04 * frames;
    const std::unique_ptr<Source> source = open_pattern("clouds", options);
    Pipeline pipeline(device, runtime.network, runtime.memory_bytes);
    Dreamer dreamer(runtime.network, runtime.memory_bytes);
    Motion motion(device);
    DeviceFrame up(device), back(device);
    Image rgb(device, size.width, size.height, 3), residual(device, size.width, size.height, 3);
    Image carried(device, size.width, size.height, 3);
    device.clear(stream, residual.view().data,
                 static_cast<size_t>(residual.view().size()) * sizeof(float));
    StageTimes whole(runtime), upload(runtime), find_motion(runtime), carry(runtime),
        dream(runtime), download(runtime);
    std::vector<std::unique_ptr<OctaveBench>> octaves;
    for (const Extent& e : Dreamer::octaves(size.width, size.height, params))
        octaves.push_back(std::make_unique<OctaveBench>(runtime, e, params));
    uint32_t index = 0;
    while (const std::optional<VideoFrame> frame = source->next()) {
        VideoFrame out = make_frame(frame->format(), size.width, size.height);
        whole.measure_waiting([&] {
            up.to_rgb(stream, *frame, rgb);
            const double time_s =
                static_cast<double>(frame->pts) * source->info().time_base.value();
            back.from_rgb(stream, pipeline.next(stream, rgb, time_s, params), out);
        });
        upload.measure([&] { up.to_rgb(stream, *frame, rgb); });
        find_motion.measure([&] { motion.update(stream, rgb); });
        carry.measure([&] {
            device.ops().carry_residual(stream, residual, motion.flow_backward(),
                                        motion.confidence(), 0.97F, carried);
        });
        dream.measure([&] { dreamer.dream(stream, rgb, params, index, residual); });
        for (const auto& octave : octaves) octave->measure(runtime, index);
        download.measure([&] { back.from_rgb(stream, rgb, out); });
        ++index;
    }
    require(index > 2, "too few frames to measure");
    nlohmann::ordered_json stages{{"upload", upload.quantile(0.5)},
                                  {"flow", find_motion.quantile(0.5)},
                                  {"warp", carry.quantile(0.5)},
                                  {"dream", dream.quantile(0.5)}};
    for (const auto& octave : octaves) {
        stages["octave_" + std::to_string(octave->size.width) + "x" +
               std::to_string(octave->size.height)] = octave->times.quantile(0.5);
    }
    stages["present"] = download.quantile(0.5);
    nlohmann::ordered_json json = described(runtime, size, params);
    json["ms_median"] = whole.quantile(0.5);
    json["ms_p95"] = whole.quantile(0.95);
    json["ms_p99"] = whole.quantile(0.99);
    json["stages_ms"] = stages;
    json["dreams_replayed"] = dreamer.replayed();
    json["roof_gflop_s"] = roofline.gflop_per_s;
    json["roof_gb_s"] = roofline.gigabyte_per_s;
    return json;
}

nlohmann::ordered_json measure_steady(const BenchRuntime& runtime, Size size, const Params& params,
                                      int frames) {
    require(frames > 0, "a steady run needs frames");
    constexpr int kPictures = 8;  // a pattern is drawn by the host: some pictures, to and fro
    constexpr int kWarmUp = 20;   // in which memory, plans and recorded work are made
    constexpr double kFrameS = 0.04;
    Device& device = runtime.device;
    Stream& stream = runtime.stream;
    const std::vector<VideoFrame> pictures = moving_pictures(size, kPictures, kFrameS);
    const auto count = static_cast<int>(pictures.size());
    Pipeline pipeline(device, runtime.network, runtime.memory_bytes);
    // As a render does it: the next frame arrives, and the last one leaves, while one is dreamed.
    const bool on_gpu = device.info().kind != DeviceKind::cpu;
    const std::unique_ptr<Stream> arriving = on_gpu ? device.make_stream() : nullptr;
    const std::unique_ptr<Stream> leaving = on_gpu ? device.make_stream() : nullptr;
    std::vector<std::unique_ptr<Way>> ways;
    for (int i = 0; i < (on_gpu ? 2 : 1); ++i)
        ways.push_back(std::make_unique<Way>(device, leaving.get(), pictures[0]));
    std::vector<double> ms;
    DeviceCounters before;
    for (int i = -kWarmUp; i < frames; ++i) {
        if (i == 0) before = device.counters();
        const int turn = (i + kWarmUp) % (2 * count - 2);
        const VideoFrame& frame = pictures[turn < count ? turn : 2 * count - 2 - turn];
        const Clock::time_point start = Clock::now();
        const size_t number = i + kWarmUp;
        Way& way = *ways[number % ways.size()];
        way.up.to_rgb(on_gpu ? *arriving : stream, frame, way.rgb);
        way.back.begin_from_rgb(
            stream, pipeline.next(stream, way.rgb, kFrameS * (i + kWarmUp), params, arriving.get()),
            way.out);
        ways[(number + 1) % ways.size()]->back.finish();  // the frame before; of a CPU, this one
        // Where the picture lies in the host's memory already, nothing has been waited for.
        if (!on_gpu) stream.synchronize();
        if (i >= 0)
            ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    const DeviceCounters after = device.counters();
    std::sort(ms.begin(), ms.end());
    const double median = quantile_of(ms, 0.5), p99 = quantile_of(ms, 0.99);
    nlohmann::ordered_json json = described(runtime, size, params);
    json["frames"] = frames;
    json["ms_median"] = median;
    json["ms_p95"] = quantile_of(ms, 0.95);
    json["ms_p99"] = p99;
    json["p99_over_median"] = p99 / median;
    json["allocations"] = after.allocations - before.allocations;
    json["waits_per_frame"] = static_cast<double>(after.waits - before.waits) / frames;
    json["memory_mb"] = static_cast<double>(after.bytes) / 1e6;
    return json;
}

}  // namespace reverie
