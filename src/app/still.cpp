// reverie still IMAGE -o OUTPUT: one picture, dreamed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "src/app/commands.h"
#include "src/app/interrupt.h"
#include "src/app/picture_file.h"
#include "src/app/render_job.h"
#include "src/util/error.h"

namespace reverie {
namespace {

struct StillOptions {
    std::string input, size, start;
    OutputOptions output;
    ParamOptions params;
};

/// A picture has no other frames that would dream on: more octaves and steps do it at once.
Params still_defaults() {
    Params params;
    params.octaves = 4;
    params.iterations = 10;
    params.half_life = 0;
    params.flow = false;
    return params;
}

void run_still(const GlobalOptions& globals, const StillOptions& options) {
    ParamPlan plan(options.params, still_defaults());
    SourceOptions from;
    if (!options.start.empty()) from.start_s = parse_seconds(options.start, "--start");
    from.stop = &stop_flag();
    const SizeRequest request = options.size.empty() ? SizeRequest{} : parse_size(options.size);
    const SizeRequest drawn = choose_size(request, 16, 9);
    if (!options.size.empty()) {
        from.width = drawn.width;
        from.height = drawn.height;
    }
    Machine machine = open_device_only(globals);
    // Before the picture is drawn or scaled to it.
    if (request.width > 0 && request.height > 0)
        check_memory(*machine.device, request, plan.base());
    const Picture picture = load_picture(*machine.device, *machine.stream, options.input, from);
    open_network(machine, globals);
    fit_objectives(plan, *machine.network);
    const SizeRequest size = choose_size(request, picture.rgb.width(), picture.rgb.height());
    check_memory(*machine.device, size, plan.base(), machine.network.get());
    SinkOptions to = sink_options_for(picture.info);
    to.width = size.width;
    to.height = size.height;
    apply_output_options(to, options.output);
    const std::unique_ptr<Sink> sink = open_sink(options.output.path, to);

    RenderJob job;
    job.size = size;
    bool done = false;
    job.next = [&]() -> std::optional<DreamInput> {
        if (std::exchange(done, true)) return std::nullopt;
        return DreamInput{&picture.frame, 0, 0};
    };
    job.single_picture = true;
    job.time_base = to.time_base;
    job.output = options.output.path;
    announce(machine, globals, fmt::format("{}x{}", size.width, size.height));
    run_render_job(job, plan, machine, *sink, globals.quiet);
}

}  // namespace

void add_still(CLI::App& app, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<StillOptions>();
    CLI::App* command = app.add_subcommand("still", "Dream one picture");
    command->fallthrough();
    command
        ->add_option("input", options->input,
                     "a picture, a video (its first frame), or pattern:clouds|inkblot|noise")
        ->required();
    command->add_option("--size", options->size, "WxH, Wx or xH; the picture's own by default")
        ->group("Input");
    command->add_option("--start", options->start, "the frame of a video at this time")
        ->group("Input");
    add_output_options(*command, options->output);
    add_param_options(*command, options->params);
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_still(globals, *options); };
    });
}

}  // namespace reverie
