#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "src/bench/bench.h"
#include "src/net/execution_plan.h"

namespace reverie {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Times of `run` in ms, sorted: at least 5 of them, for about `seconds`, after two that are not
/// counted.
template <class Run>
std::vector<double> sorted_times_ms(const BenchRuntime& runtime, double seconds, Run run) {
    const std::unique_ptr<StreamTimer> timer = runtime.device.make_timer();
    constexpr size_t kFewest = 5, kMost = 1000;
    run();
    run();
    runtime.stream.synchronize();
    std::vector<double> times;
    const Clock::time_point start = Clock::now();
    while (times.size() < kFewest || (seconds_since(start) < seconds && times.size() < kMost)) {
        timer->begin(runtime.stream);
        run();
        timer->end(runtime.stream);
        times.push_back(timer->ms());
    }
    std::sort(times.begin(), times.end());
    return times;
}

/// GFLOP/s of a square convolution of kernel 1 or 3.
double convolution_gflop_per_s(const BenchRuntime& runtime, int channels, int side, int kernel) {
    const std::unique_ptr<ConvEngine> engine =
        runtime.device.make_conv_engine(runtime.network.type(), runtime.network.kind());
    ConvSpec spec;
    spec.in_channels = spec.out_channels = channels;
    spec.in_height = spec.in_width = spec.out_height = spec.out_width = side;
    spec.kernel_height = spec.kernel_width = kernel;
    spec.pad_top = spec.pad_left = kernel / 2;
    const std::vector<float> weights(static_cast<size_t>(channels) * channels * kernel * kernel,
                                     0.01F);
    ConvAlone conv(runtime.device,
                   engine->make(spec, "roof", weights, std::vector<float>(channels, 0.0F)));
    const size_t bytes = static_cast<size_t>(channels) * side * side * bytes_of(engine->type());
    const Buffer<char> in(runtime.device, bytes), out(runtime.device, bytes);
    runtime.device.clear(runtime.stream, in.data(), bytes);
    const std::vector<double> times =
        sorted_times_ms(runtime, 0.3, [&] { conv.run(runtime.stream, in.data(), out.data()); });
    const double gflop = 2.0 * channels * channels * kernel * kernel * side * side / 1e9;
    return gflop / times.front() * 1e3;
}

/// A gray picture with a gentle ramp, so that no step computes on constants only.
Image test_picture(const BenchRuntime& runtime, Size size) {
    Image picture(runtime.device, size.width, size.height, 3);
    std::vector<float> values(static_cast<size_t>(size.width) * size.height * 3);
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = 96.0F + static_cast<float>((i * 7919) % 64);
    runtime.device.upload(runtime.stream, picture.view().data, values.data(),
                          values.size() * sizeof(float));
    runtime.stream.synchronize();
    return picture;
}

}  // namespace

double quantile_of(const std::vector<double>& sorted, double share) {
    return sorted[std::min(sorted.size() - 1,
                           static_cast<size_t>(share * static_cast<double>(sorted.size())))];
}

Roofline measure_roofline(const BenchRuntime& runtime) {
    const bool gpu = runtime.device.info().kind == DeviceKind::cuda;
    Roofline roof;
    // 3×3, 256 to 256 channels, suits every device; a GPU is filled by a larger matrix only.
    roof.gflop_per_s = convolution_gflop_per_s(runtime, 256, gpu ? 112 : 56, 3);
    if (gpu && runtime.network.kind() == ConvKind::fast)
        roof.gflop_per_s =
            std::max(roof.gflop_per_s, convolution_gflop_per_s(runtime, 4096, 64, 1));
    const size_t bytes = (gpu ? size_t{512} : size_t{64}) << 20U;
    const Buffer<char> from(runtime.device, bytes), to(runtime.device, bytes);
    runtime.device.clear(runtime.stream, from.data(), bytes);
    const std::vector<double> times = sorted_times_ms(
        runtime, 0.2, [&] { runtime.device.copy(runtime.stream, to.data(), from.data(), bytes); });
    roof.gigabyte_per_s = 2 * static_cast<double>(bytes) / 1e6 / times.front();
    return roof;
}

StepBench measure_step(const BenchRuntime& runtime, const std::string& layer, Size size,
                       double seconds, bool each_step) {
    const std::vector<Tap> taps{runtime.network.tap(layer, -1, 1)};
    const Image picture = test_picture(runtime, size);
    const Image gradient(runtime.device, size.width, size.height, 3);
    ExecutionPlan& plan = runtime.network.plan(size.width, size.height, taps);
    plan.set_taps(runtime.stream, taps);
    const std::vector<double> times = sorted_times_ms(
        runtime, seconds, [&] { plan.gradient(runtime.stream, picture, 3, 5, gradient); });
    StepBench bench;
    if (each_step) {
        bench.step_ms = plan.profile(runtime.stream, picture, gradient);
        bench.step_names = plan.description();
    }
    bench.network = runtime.network.weights().graph.architecture;
    bench.layer = runtime.network.find(layer).name;
    bench.precision = precision_name(runtime.network);
    bench.width = size.width;
    bench.height = size.height;
    bench.device = runtime.device.info();
    bench.ms_median = quantile_of(times, 0.5);
    bench.ms_p95 = quantile_of(times, 0.95);
    bench.gflop = plan.flop() / 1e9;
    bench.memory_mb = static_cast<double>(plan.memory_bytes()) / 1e6;
    return bench;
}

nlohmann::ordered_json as_json(const StepBench& b) {
    const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
    return {{"network", b.network},
            {"layer", b.layer},
            {"width", b.width},
            {"height", b.height},
            {"device", b.device.name},
            {"precision", b.precision},
            {"threads", b.device.threads},
            {"ms_median", rounded(b.ms_median)},
            {"ms_p95", rounded(b.ms_p95)},
            {"gflop", rounded(b.gflop)},
            {"roofline_share", rounded(b.roofline_share())},
            {"memory_mb", rounded(b.memory_mb)},
            {"roof_gflop_s", rounded(b.roofline.gflop_per_s)},
            {"roof_gb_s", rounded(b.roofline.gigabyte_per_s)}};
}

std::vector<std::string> usual_layers(const Network& network) {
    if (network.weights().graph.architecture.starts_with("inception_v3"))
        return {"mixed_2", "mixed_5"};
    return {"conv2", "inception_3b", "inception_4c", "inception_4d"};
}

}  // namespace reverie
