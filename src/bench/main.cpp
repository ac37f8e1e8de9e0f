// reverie_bench: the benchmark of the core alone, for machines that have no more than a driver and
// a compiler. Prints one JSON object: the device, the roofline of each precision, steps and frames.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "src/bench/bench.h"
#include "src/util/error.h"
#include "src/util/number_text.h"

namespace reverie {
namespace {

constexpr const char* kUsage =
    "usage: reverie_bench --weights FILE [--device auto|cpu|cuda[:N]] [--precision "
    "auto|f32|bf16|f16]"
    " [--layer LAYER] [--size WxH] [--seconds S] [--frames N] [--steady N] [--steps]";

struct Options {
    std::string weights, layer = "inception_4c", size = "1920x1080";
    std::string device = "auto", precision = "auto";
    double seconds = 1;
    int frames = 30;  ///< of the whole frame, with its stages; 0: none
    int steady = 0;   ///< of a render, see measure_steady()
    bool steps = false;
};

/// An option's number, which has to be one.
template <class T>
T number(std::string_view option, std::optional<T> parsed) {
    if (!parsed) throw UsageError(std::string(option) + ": expected a number of at least 0");
    return *parsed;
}

Options parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--steps") {
            options.steps = true;
            continue;
        }
        if (i + 1 == argc) throw UsageError(kUsage);
        const char* value = argv[++i];
        if (name == "--weights")
            options.weights = value;
        else if (name == "--layer")
            options.layer = value;
        else if (name == "--size")
            options.size = value;
        else if (name == "--device")
            options.device = value;
        else if (name == "--precision")
            options.precision = value;
        else if (name == "--seconds")
            options.seconds = number(name, parse_decimal(value));
        else if (name == "--frames")
            options.frames = number(name, parse_whole(value));
        else if (name == "--steady")
            options.steady = number(name, parse_whole(value));
        else
            throw UsageError(kUsage);
    }
    if (options.weights.empty()) throw UsageError(kUsage);
    return options;
}

Size parse_bench_size(const std::string& text) {
    Size size;
    char end = 0;
    if (std::sscanf(text.c_str(), "%dx%d%c", &size.width, &size.height, &end) != 2 ||
        size.width <= 0 || size.height <= 0)
        throw UsageError("--size " + text + ": expected WIDTHxHEIGHT, as in 1920x1080");
    return size;
}

void run(const Options& options) {
    const Size size = parse_bench_size(options.size);
    std::vector<std::string> notes;
    const std::unique_ptr<Device> device = open_device({options.device, 0}, &notes);
    for (const std::string& note : notes) std::fprintf(stderr, "%s\n", note.c_str());
    const std::unique_ptr<Stream> stream = device->make_urgent_stream();
    const Precision precision = choose_precision(options.precision, device->info());
    Network network(*device, options.weights, precision.type, precision.kind);
    const BenchRuntime runtime{*device, *stream, network};
    StepBench step = measure_step(runtime, options.layer, size, options.seconds, options.steps);
    step.roofline = measure_roofline(runtime);
    nlohmann::ordered_json json{{"instructions", device->info().instructions},
                                {"step", as_json(step)}};
    for (size_t i = 0; i < step.step_names.size(); ++i)
        json["actions_ms"][fmt::format("{:02} {}", i, step.step_names[i])] = step.step_ms[i];
    Params params;
    set_param(params, "objective", options.layer);
    if (options.frames > 2)
        json["frame"] = measure_frame(runtime, size, params, options.frames, step.roofline);
    if (options.steady > 0) json["steady"] = measure_steady(runtime, size, params, options.steady);
    std::printf("%s\n", json.dump(2).c_str());
}

}  // namespace
}  // namespace reverie

int main(int argc, char** argv) {
    reverie::execute_with_settings(argv);
    try {
        reverie::run(reverie::parse(argc, argv));
        return 0;
    } catch (const reverie::UsageError& error) {
        std::fprintf(stderr, "reverie_bench: %s\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "reverie_bench: %s\n", error.what());
        return 1;
    }
}
