// reverie lab flow A B -o OUT.flo: where each pixel of A is in B, as a Middlebury file.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "src/cli/lab.h"
#include "src/dream/motion/motion.h"
#include "src/session/picture_file.h"
#include "src/session/runtime.h"
#include "src/session/session_options.h"
#include "src/util/console.h"
#include "src/util/error.h"

namespace reverie {
namespace {

struct FlowCommandOptions {
    std::string first, second, output;
    bool fast = false;
};

FlowFile interleaved(const std::vector<float>& planes, int width, int height) {
    FlowFile flow{width, height, std::vector<float>(planes.size())};
    const size_t count = planes.size() / 2;
    for (size_t i = 0; i < count; ++i) {
        flow.values[2 * i] = planes[i];
        flow.values[2 * i + 1] = planes[count + i];
    }
    return flow;
}

void run_flow(const GlobalOptions& globals, const FlowCommandOptions& options) {
    Runtime runtime = open_device_only(globals);
    const Picture a = load_picture(*runtime.device, *runtime.stream, options.first);
    const Picture b = load_picture(*runtime.device, *runtime.stream, options.second);
    const int width = a.rgb.width();
    const int height = a.rgb.height();
    if (width != b.rgb.width() || height != b.rgb.height()) {
        throw Error(fmt::format("{} is {}x{} and {} is {}x{}: flow is between pictures of one size",
                                options.first, width, height, options.second, b.rgb.width(),
                                b.rgb.height()));
    }
    Image flow(*runtime.device, width, height, 2);
    estimate_flow(*runtime.device, *runtime.stream, a.rgb, b.rgb, flow,
                  options.fast ? FlowOptions::fast() : FlowOptions::fine());
    const FlowFile file =
        interleaved(download_picture(*runtime.device, *runtime.stream, flow), width, height);
    if (!options.output.empty()) write_flo(options.output, file);
    double sum = 0;
    for (size_t i = 0; i < file.values.size(); i += 2)
        sum += std::hypot(file.values[i], file.values[i + 1]);
    const nlohmann::ordered_json result{
        {"width", width},
        {"height", height},
        {"mean_length_px", 2 * sum / static_cast<double>(file.values.size())}};
    print_out("{}\n", result.dump(2));
}

}  // namespace

void add_lab_flow(CLI::App& lab, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<FlowCommandOptions>();
    CLI::App* command = lab.add_subcommand("flow", "The optical flow from one picture to another");
    command->fallthrough();
    command->add_option("first", options->first, "a picture")->required();
    command->add_option("second", options->second, "a picture of the same size")->required();
    command->add_option("-o,--output", options->output, "write a Middlebury .flo file");
    command->add_flag("--fast", options->fast, "as fast as for video, not as accurate as possible");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_flow(globals, *options); };
    });
}

}  // namespace reverie
