// reverie lab bench: how long one gradient step takes, and how near that is to what the device's
// convolutions can do.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "src/bench/bench.h"
#include "src/cli/lab.h"
#include "src/session/runtime.h"
#include "src/session/session_options.h"
#include "src/util/console.h"
#include "src/util/size.h"

namespace reverie {
namespace {

struct BenchOptions {
    std::string network;
    std::string layer;
    std::string size;
    double seconds = 1.5;  ///< spent on each measurement
    bool json = false;
    bool steps = false;
    bool frame = false;
    bool hands = false;
};

void print_table(const std::vector<StepBench>& results) {
    print_out("{:<13} {:<14} {:>10} {:>5} {:>9} {:>9} {:>7} {:>5} {:>9}\n", "network", "layer",
              "size", "type", "ms median", "ms p95", "GFLOP", "roof", "memory MB");
    for (const StepBench& r : results) {
        print_out("{:<13} {:<14} {:>10} {:>5} {:>9.2f} {:>9.2f} {:>7.2f} {:>4.0f}% {:>9.0f}\n",
                  r.network, r.layer, fmt::format("{}x{}", r.width, r.height), r.precision,
                  r.ms_median, r.ms_p95, r.gflop, 100 * r.roofline_share(), r.memory_mb);
    }
}

BenchRuntime to_measure(Runtime& runtime) {
    return {*runtime.device, *runtime.stream, *runtime.network, runtime.memory_bytes};
}

/// The whole frame, at the defaults of a video, for one size or the usual ones.
void run_frames(const GlobalOptions& globals, const BenchOptions& options,
                const std::vector<Size>& sizes) {
    Runtime runtime = open_runtime(globals);
    const Roofline roofline = measure_roofline(to_measure(runtime));
    Params params;
    if (!options.layer.empty()) set_param(params, "objective", options.layer);
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Size& size : sizes) {
        constexpr int kFrames = 14;
        list.push_back(measure_frame(to_measure(runtime), size, params, kFrames, roofline));
    }
    print_out("{}\n", list.dump(2));
}

void run_bench(const GlobalOptions& globals, const BenchOptions& options) {
    if (options.hands) {
        const Runtime runtime = open_device_only(globals);
        return run_hands_bench(*runtime.device, *runtime.stream);
    }
    GlobalOptions chosen = globals;
    if (!options.network.empty()) chosen.weights = options.network;
    std::vector<Size> sizes{{320, 180}, {640, 360}, {1280, 720}};
    if (!options.size.empty()) sizes = {choose_size(parse_size(options.size), 16, 9)};
    if (options.frame) return run_frames(chosen, options, sizes);
    std::vector<std::string> precisions{globals.precision};
    if (globals.precision == "auto") {
        const DeviceInfo device = open_device_only(chosen).device->info();
        precisions = {"f32"};
        if (device.native_bf16) precisions.emplace_back("bf16");
        if (device.native_f16) precisions.emplace_back("f16");
    }
    std::vector<StepBench> results;
    for (const std::string& precision : precisions) {
        chosen.precision = precision;
        Runtime runtime = open_runtime(chosen);
        const BenchRuntime measured = to_measure(runtime);
        const Roofline roofline = measure_roofline(measured);
        const std::vector<std::string> layers = options.layer.empty()
                                                    ? usual_layers(*runtime.network)
                                                    : std::vector<std::string>{options.layer};
        for (const std::string& layer : layers) {
            for (const Size& size : sizes) {
                results.push_back(
                    measure_step(measured, layer, size, options.seconds, options.steps));
                StepBench& result = results.back();
                result.roofline = roofline;
                for (size_t i = 0; i < result.step_names.size(); ++i)
                    print_err("{:8.3f} ms  {}\n", result.step_ms[i], result.step_names[i]);
            }
        }
    }
    if (!options.json) return print_table(results);
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const StepBench& result : results) list.push_back(as_json(result));
    print_out("{}\n", list.dump(2));
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
    command->add_flag("--hands", options->hands,
                      "what a picture of a show costs beside its dream: hands, sound, movement "
                      "(JSON)");
    command->add_flag("--steps", options->steps, "each step's time and algorithm too, on stderr");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_bench(globals, *options); };
    });
}

}  // namespace reverie
