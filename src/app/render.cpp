// reverie render INPUT -o OUTPUT: a video, dreamed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "src/app/commands.h"
#include "src/app/interrupt.h"
#include "src/app/render_job.h"
#include "src/media/source.h"
#include "src/util/error.h"

namespace reverie {
namespace {

struct RenderOptions {
    std::string input;
    std::string size, fps, start, duration;
    OutputOptions output;
    ParamOptions params;
};

SourceOptions source_options(const RenderOptions& options) {
    SourceOptions source;
    if (!options.start.empty()) source.start_s = parse_seconds(options.start, "--start");
    if (!options.duration.empty()) {
        source.duration_s = parse_seconds(options.duration, "--duration");
        if (source.duration_s <= 0) throw UsageError("--duration 0: expected a time above 0");
    }
    if (!options.fps.empty()) source.fps = parse_rate(options.fps);
    if (!options.size.empty()) {
        // Patterns are drawn at the size that is asked for; their own aspect is 16:9.
        const SizeRequest size = choose_size(parse_size(options.size), 16, 9);
        source.width = size.width;
        source.height = size.height;
    }
    source.stop = &stop_flag();
    return source;
}

std::string input_notes(const Source& source) {
    const SourceErrors errors = source.errors();
    std::string text;
    const auto add = [&](bool really, const std::string& what) {
        if (really) text += (text.empty() ? "" : ", ") + what;
    };
    const auto counted = [](int64_t n, const char* what) {
        return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
    };
    add(errors.corrupted_packets > 0,
        counted(errors.corrupted_packets, "corrupted packet") + " skipped");
    add(errors.damaged_frames > 0, counted(errors.damaged_frames, "damaged frame"));
    add(errors.truncated, "the file ends early");
    return text.empty() ? "" : fmt::format("{}: {}", source.info().name, text);
}

void run_render(const GlobalOptions& globals, const RenderOptions& options) {
    ParamPlan plan(options.params, Params());
    const SourceOptions from = source_options(options);
    const std::unique_ptr<Source> source = open_source(options.input, from);
    const SourceInfo& info = source->info();
    if (info.still) {
        throw UsageError(fmt::format(
            "{} is one picture; try reverie still, or reverie zoom for a video of it", info.name));
    }
    if (plan.needs_duration() && info.duration_s <= 0) {
        throw UsageError(
            fmt::format("the score speaks of shares of the clip, but the length of {} is not "
                        "known; try --duration",
                        info.name));
    }
    Machine machine = open_machine(globals);
    fit_objectives(plan, *machine.network);
    const SizeRequest request = options.size.empty() ? SizeRequest{} : parse_size(options.size);
    const SizeRequest size = choose_size(request, info.width, info.height);
    check_memory(*machine.device, size, plan.base(), machine.network.get());
    SinkOptions to = sink_options_for(info);
    to.width = size.width;
    to.height = size.height;
    if (info.has_companions) to.companions_from = options.input;
    to.start_s = from.start_s;
    to.duration_s = from.duration_s;
    apply_output_options(to, options.output);
    const std::unique_ptr<Sink> sink = open_sink(options.output.path, to);

    RenderJob job;
    std::optional<VideoFrame> frame;
    job.next = [&]() -> std::optional<DreamInput> {
        frame = source->next();
        if (!frame) return std::nullopt;
        return DreamInput{&*frame, frame->pts, frame->duration};
    };
    job.size = size;
    job.notes = [&] { return input_notes(*source); };
    job.time_base = info.time_base;
    job.duration_s = info.duration_s;
    job.output = options.output.path;
    announce(machine, globals, fmt::format("{}x{} {}", size.width, size.height, sink->encoder()));
    run_render_job(job, plan, machine, *sink, globals.quiet);
}

}  // namespace

void add_render(CLI::App& app, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<RenderOptions>();
    CLI::App* command =
        app.add_subcommand("render", "Dream a video; sound, subtitles and chapters are kept");
    command->fallthrough();
    command
        ->add_option("input", options->input,
                     "a file, frames/%05d.png, - (y4m), a URL, or pattern:clouds|inkblot|noise")
        ->required();
    command->add_option("--size", options->size, "WxH, Wx or xH; the source's own by default")
        ->group("Input");
    command->add_option("--fps", options->fps, "drop or repeat frames to this rate")
        ->group("Input");
    command->add_option("--start", options->start, "begin here: 12.5, 1:30")->group("Input");
    command->add_option("--duration", options->duration, "as long as this: 12.5, 1:30")
        ->group("Input");
    add_output_options(*command, options->output);
    add_param_options(*command, options->params);
    command
        ->add_option("--score", options->params.score,
                     "a timeline: a name of `reverie list scores`, or a .toml file")
        ->group("Dream");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_render(globals, *options); };
    });
}

}  // namespace reverie
