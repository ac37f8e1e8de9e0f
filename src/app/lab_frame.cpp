#include "src/app/lab_frame.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "kernels/ops.h"
#include "src/dream/pipeline.h"
#include "src/media/device_frame.h"
#include "src/media/source.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using Clock = std::chrono::steady_clock;

/// Times of one stage, in ms.
class StageTimes {
  public:
    explicit StageTimes(Stream& stream) : stream_(stream) {}

    template <class Run>
    void measure(Run run) {
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
        return sorted[std::min(sorted.size() - 1,
                               static_cast<size_t>(share * static_cast<double>(sorted.size())))];
    }

  private:
    Stream& stream_;
    std::vector<double> ms_;
};

}  // namespace

nlohmann::ordered_json measure_frame(Machine& machine, SizeRequest size, const Params& params,
                                     int frames) {
    Device& device = *machine.device;
    Stream& stream = *machine.stream;
    SourceOptions options;
    options.width = size.width;
    options.height = size.height;
    options.duration_s = 0.04 * frames;
    const std::unique_ptr<Source> source = open_source("pattern:clouds", options);
    Pipeline pipeline(device, *machine.network, machine.memory_bytes);
    Dreamer dreamer(*machine.network, machine.memory_bytes);
    Motion motion(device);
    DeviceFrame up(device), back(device);
    Image rgb(device, size.width, size.height, 3), residual(device, size.width, size.height, 3);
    Image carried(device, size.width, size.height, 3);
    device.clear(stream, residual.view().data,
                 static_cast<size_t>(residual.view().size()) * sizeof(float));
    StageTimes whole(stream), to_rgb(stream), find_motion(stream), carry(stream), dream(stream),
        from_rgb(stream);
    uint32_t index = 0;
    while (const std::optional<VideoFrame> frame = source->next()) {
        VideoFrame out = make_frame(frame->format(), size.width, size.height);
        whole.measure([&] {
            up.to_rgb(stream, *frame, rgb);
            const double time_s =
                static_cast<double>(frame->pts) * source->info().time_base.value();
            back.from_rgb(stream, pipeline.next(stream, rgb, time_s, params), out);
        });
        to_rgb.measure([&] { up.to_rgb(stream, *frame, rgb); });
        find_motion.measure([&] { motion.update(stream, rgb); });
        carry.measure([&] {
            device.ops().carry_residual(stream, residual, motion.flow_backward(),
                                        motion.confidence(), 0.97F, carried);
        });
        dream.measure([&] { dreamer.dream(stream, rgb, params, index, residual); });
        from_rgb.measure([&] { back.from_rgb(stream, rgb, out); });
        ++index;
    }
    require(index > 2, "too few frames to measure");
    return {{"network", machine.network->weights().graph.architecture},
            {"objective", to_text(params.objective)},
            {"width", size.width},
            {"height", size.height},
            {"octaves", params.octaves},
            {"iterations", params.iterations},
            {"device", device.info().name},
            {"precision", precision_name(*machine.network)},
            {"threads", device.info().threads},
            {"ms_median", whole.quantile(0.5)},
            {"ms_p95", whole.quantile(0.95)},
            {"stages_ms",
             {{"to_rgb", to_rgb.quantile(0.5)},
              {"motion", find_motion.quantile(0.5)},
              {"carry", carry.quantile(0.5)},
              {"dream", dream.quantile(0.5)},
              {"from_rgb", from_rgb.quantile(0.5)}}}};
}

}  // namespace reverie
