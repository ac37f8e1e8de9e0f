// reverie lab bench: how long one gradient step takes, and how near that is to what the device's
// convolutions can do.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "src/app/lab.h"
#include "src/app/lab_frame.h"
#include "src/app/machine.h"
#include "src/app/picture_file.h"
#include "src/app/weights.h"
#include "src/net/plan.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using Clock = std::chrono::steady_clock;

struct BenchOptions {
    std::string network;
    std::string layer;
    std::string size;
    double seconds = 1.5;  ///< spent on each measurement
    bool json = false;
    bool steps = false;
    bool frame = false;
};

struct BenchResult {
    std::string network, layer, precision;
    int width = 0, height = 0;
    DeviceInfo device;
    double ms_median = 0, ms_p95 = 0, gflop = 0, roofline_share = 0, memory_mb = 0;
};

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Times of `run` in ms, sorted: at least 5 of them, for about `seconds`, after two that are not
/// counted.
template <class Run>
std::vector<double> sorted_times_ms(double seconds, Run run) {
    run();
    run();
    std::vector<double> times;
    const Clock::time_point start = Clock::now();
    while (times.size() < 5 || (ms_since(start) < seconds * 1e3 && times.size() < 1000)) {
        const Clock::time_point before = Clock::now();
        run();
        times.push_back(ms_since(before));
    }
    std::sort(times.begin(), times.end());
    return times;
}

double quantile(const std::vector<double>& sorted, double share) {
    return sorted[std::min(sorted.size() - 1,
                           static_cast<size_t>(share * static_cast<double>(sorted.size())))];
}

/// What a convolution that suits the device well (3×3, 256 to 256 channels) reaches, in GFLOP/s:
/// the roof.
double best_gflop_per_s(Machine& machine) {
    constexpr int kChannels = 256, kSide = 56;
    const std::unique_ptr<ConvEngine> engine =
        machine.device->make_conv_engine(machine.network->type(), machine.network->kind());
    ConvSpec spec;
    spec.in_channels = spec.out_channels = kChannels;
    spec.in_height = spec.in_width = spec.out_height = spec.out_width = kSide;
    spec.kernel_height = spec.kernel_width = 3;
    spec.pad_top = spec.pad_left = 1;
    const std::vector<float> weights(size_t{kChannels} * kChannels * 9, 0.01F);
    const std::unique_ptr<Conv> conv =
        engine->make(spec, "roof", weights, std::vector<float>(kChannels, 0.0F));
    const size_t bytes = size_t{kChannels} * kSide * kSide * bytes_of(engine->type());
    Buffer<char> in(*machine.device, bytes), out(*machine.device, bytes);
    machine.device->clear(*machine.stream, in.data(), bytes);
    const std::vector<double> times = sorted_times_ms(0.3, [&] {
        conv->run(*machine.stream, in.data(), out.data());
        machine.stream->synchronize();
    });
    const double gflop = 2.0 * kChannels * kChannels * 9 * kSide * kSide / 1e9;
    return gflop / times.front() * 1e3;
}

/// A gray picture with a gentle ramp, so that no step computes on constants only.
Image test_picture(Machine& machine, int width, int height) {
    Image picture(*machine.device, width, height, 3);
    std::vector<float> values(static_cast<size_t>(width) * height * 3);
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = 96.0F + static_cast<float>((i * 7919) % 64);
    machine.device->upload(*machine.stream, picture.view().data, values.data(),
                           values.size() * sizeof(float));
    machine.stream->synchronize();
    return picture;
}

BenchResult measure(Machine& machine, const std::string& layer, SizeRequest size, double roof,
                    const BenchOptions& options) {
    const std::vector<Tap> taps{machine.network->tap(layer, -1, 1)};
    const Image picture = test_picture(machine, size.width, size.height);
    Image gradient(*machine.device, size.width, size.height, 3);
    Plan& plan = machine.network->plan(size.width, size.height, taps);
    plan.set_taps(*machine.stream, taps);
    const std::vector<double> times = sorted_times_ms(options.seconds, [&] {
        plan.gradient(*machine.stream, picture, 3, 5, gradient);
        machine.stream->synchronize();
    });
    if (options.steps) {
        const std::vector<double> step_ms = plan.profile(*machine.stream, picture, gradient);
        const std::vector<std::string> names = plan.description();
        for (size_t i = 0; i < names.size(); ++i)
            fmt::print(stderr, "{:8.3f} ms  {}\n", step_ms.at(i), names[i]);
    }
    BenchResult result;
    result.network = machine.network->weights().graph.architecture;
    result.layer = machine.network->find(layer).name;
    result.precision = precision_name(*machine.network);
    result.width = size.width;
    result.height = size.height;
    result.device = machine.device->info();
    result.ms_median = quantile(times, 0.5);
    result.ms_p95 = quantile(times, 0.95);
    result.gflop = plan.flop() / 1e9;
    result.roofline_share = result.gflop / result.ms_median * 1e3 / roof;
    result.memory_mb = static_cast<double>(plan.memory_bytes()) / 1e6;
    return result;
}

nlohmann::ordered_json as_json(const BenchResult& r) {
    const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
    return {{"network", r.network},
            {"layer", r.layer},
            {"width", r.width},
            {"height", r.height},
            {"device", r.device.name},
            {"precision", r.precision},
            {"threads", r.device.threads},
            {"ms_median", rounded(r.ms_median)},
            {"ms_p95", rounded(r.ms_p95)},
            {"gflop", rounded(r.gflop)},
            {"roofline_share", rounded(r.roofline_share)},
            {"memory_mb", rounded(r.memory_mb)}};
}

void print_table(const std::vector<BenchResult>& results) {
    fmt::print("{:<13} {:<14} {:>10} {:>5} {:>9} {:>9} {:>7} {:>5} {:>9}\n", "network", "layer",
               "size", "type", "ms median", "ms p95", "GFLOP", "roof", "memory MB");
    for (const BenchResult& r : results) {
        fmt::print("{:<13} {:<14} {:>10} {:>5} {:>9.2f} {:>9.2f} {:>7.2f} {:>4.0f}% {:>9.0f}\n",
                   r.network, r.layer, fmt::format("{}x{}", r.width, r.height), r.precision,
                   r.ms_median, r.ms_p95, r.gflop, 100 * r.roofline_share, r.memory_mb);
    }
}

std::vector<std::string> usual_layers(const Network& network) {
    if (network.weights().graph.architecture.starts_with("inception_v3"))
        return {"mixed_2", "mixed_5"};
    return {"conv2", "inception_3b", "inception_4c", "inception_4d"};
}

/// The whole frame, at the defaults of a video, for one size or the usual ones.
void run_frames(const GlobalOptions& globals, const BenchOptions& options,
                const std::vector<SizeRequest>& sizes) {
    Machine machine = open_machine(globals);
    Params params;
    if (!options.layer.empty()) set_param(params, "objective", options.layer);
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const SizeRequest& size : sizes) {
        constexpr int kFrames = 14;
        list.push_back(measure_frame(machine, size, params, kFrames));
    }
    fmt::print("{}\n", list.dump(2));
}

void run_bench(const GlobalOptions& globals, const BenchOptions& options) {
    GlobalOptions chosen = globals;
    if (!options.network.empty()) chosen.weights = options.network;
    std::vector<SizeRequest> sizes{{320, 180}, {640, 360}, {1280, 720}};
    if (!options.size.empty()) sizes = {choose_size(parse_size(options.size), 16, 9)};
    if (options.frame) return run_frames(chosen, options, sizes);
    std::vector<std::string> precisions{globals.precision};
    if (globals.precision == "auto") precisions = {"f32", "bf16"};
    std::vector<BenchResult> results;
    for (const std::string& precision : precisions) {
        chosen.precision = precision;
        if (precision == "bf16" && globals.precision == "auto" &&
            !open_device_only(chosen).device->info().native_bf16)
            continue;
        Machine machine = open_machine(chosen);
        const double roof = best_gflop_per_s(machine);
        const std::vector<std::string> layers = options.layer.empty()
                                                    ? usual_layers(*machine.network)
                                                    : std::vector<std::string>{options.layer};
        for (const std::string& layer : layers) {
            for (const SizeRequest& size : sizes)
                results.push_back(measure(machine, layer, size, roof, options));
        }
    }
    if (!options.json) return print_table(results);
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const BenchResult& result : results) list.push_back(as_json(result));
    fmt::print("{}\n", list.dump(2));
}

}  // namespace

void add_lab_bench(CLI::App& lab, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<BenchOptions>();
    CLI::App* command = lab.add_subcommand(
        "bench", "The time of one gradient step, for the usual layers and sizes or one");
    command->fallthrough();
    command->add_option("--network", options->network, "as --weights");
    command->add_option("--layer", options->layer, "one of `reverie list layers`");
    command->add_option("--size", options->size, "WxH");
    command->add_option("--seconds", options->seconds, "spent on each measurement")
        ->check(CLI::Range(0.0, 600.0))
        ->capture_default_str();
    command->add_flag("--json", options->json, "a list of objects instead of a table");
    command->add_flag("--frame", options->frame,
                      "the whole frame of a video and its stages instead (JSON)");
    command->add_flag("--steps", options->steps, "each step's time and algorithm too, on stderr");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_bench(globals, *options); };
    });
}

}  // namespace reverie
