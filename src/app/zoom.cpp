// reverie zoom IMAGE -o OUTPUT: an endless fall into a picture, which is dreamed on and on.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>

#include "src/app/commands.h"
#include "src/app/interrupt.h"
#include "src/app/picture_file.h"
#include "src/app/render_job.h"
#include "src/util/error.h"

namespace reverie {
namespace {

struct ZoomOptions {
    std::string input, size, fps = "25", duration = "20";
    OutputOptions output;
    ParamOptions params;
};

Params zoom_defaults() {
    Params params;
    params.zoom = 1.3F;
    params.rotation = 4;
    params.homeostasis = 1;
    params.flow = false;
    return params;
}

void run_zoom(const GlobalOptions& globals, const ZoomOptions& options) {
    ParamPlan plan(options.params, zoom_defaults());
    const Rational fps = parse_rate(options.fps);
    const double duration_s = parse_seconds(options.duration, "--duration");
    const auto frames = static_cast<int64_t>(std::lround(duration_s * fps.value()));
    if (frames < 1)
        throw UsageError(
            fmt::format("--duration {}: not one frame at {} fps", options.duration, options.fps));
    const SizeRequest request = options.size.empty() ? SizeRequest{} : parse_size(options.size);
    SourceOptions from;
    const SizeRequest drawn = choose_size(request, 16, 9);
    if (!options.size.empty()) {
        from.width = drawn.width;
        from.height = drawn.height;
    }
    from.stop = &stop_flag();
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
    to.time_base = {fps.den, fps.num};
    to.frame_rate = fps;
    apply_output_options(to, options.output);
    const std::unique_ptr<Sink> sink = open_sink(options.output.path, to);

    RenderJob job;
    job.size = size;
    int64_t frame = 0;
    job.next = [&]() -> std::optional<DreamInput> {
        if (frame == frames) return std::nullopt;
        return DreamInput{frame == 0 ? &picture.frame : nullptr, frame++, 1};
    };
    job.time_base = to.time_base;
    job.duration_s = duration_s;
    job.feedback = true;
    job.output = options.output.path;
    announce(machine, globals, fmt::format("{}x{} {}", size.width, size.height, sink->encoder()));
    run_render_job(job, plan, machine, *sink, globals.quiet);
}

}  // namespace

void add_zoom(CLI::App& app, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<ZoomOptions>();
    CLI::App* command = app.add_subcommand(
        "zoom", "Fall into a picture without end; --set zoom=, rotation=, pan_x=, pan_y=");
    command->fallthrough();
    command
        ->add_option("input", options->input,
                     "a picture, a video (its first frame), or pattern:clouds|inkblot|noise")
        ->required();
    command->add_option("--size", options->size, "WxH, Wx or xH; the picture's own by default")
        ->group("Input");
    command->add_option("--fps", options->fps, "of the video")
        ->capture_default_str()
        ->group("Input");
    command->add_option("--duration", options->duration, "of the video: 20, 1:30")
        ->capture_default_str()
        ->group("Input");
    add_output_options(*command, options->output);
    add_param_options(*command, options->params);
    command
        ->add_option("--score", options->params.score,
                     "a timeline: a name of `reverie list scores`, or a .toml file")
        ->group("Dream");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_zoom(globals, *options); };
    });
}

}  // namespace reverie
