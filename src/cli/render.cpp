// reverie render INPUT -o OUTPUT: a video, dreamed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "src/cli/commands.h"
#include "src/media/source_kind.h"
#include "src/render/open_job.h"
#include "src/session/session_options.h"

namespace reverie {
namespace {

std::string input_notes(const Source& source, const Sink& sink) {
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
    add(errors.transparent_frames > 0 && !sink.format().has_alpha,
        counted(errors.transparent_frames, "frame") +
            " with transparent parts laid over the background");
    add(errors.resized_frames > 0,
        counted(errors.resized_frames, "frame") + " of another size or shape, fitted with bars");
    add(!errors.missing.empty(), errors.missing);
    add(errors.truncated, "the file ends early");
    for (const std::string& note : errors.notes) add(true, note);
    return text.empty() ? "" : fmt::format("{}: {}", source.info().name, text);
}

void run_render(const GlobalOptions& globals, const JobOptions& options) {
    OpenJob open = open_video_job(globals, options, Params());
    RenderJob job;
    std::optional<VideoFrame> frame;
    job.next = [&]() -> std::optional<DreamInput> {
        frame = open.source->next();
        if (!frame) return std::nullopt;
        return DreamInput{&*frame, frame->pts, frame->duration};
    };
    job.size = open.size;
    job.notes = [&] { return input_notes(*open.source, *open.sink); };
    job.time_base = open.info.time_base;
    job.duration_s = open.info.duration_s;
    job.output = options.output.path;
    job.sound = &open.sound;
    job.journal = open.journal.get();
    announce(open.runtime, globals,
             fmt::format("{}x{} {}", job.size.width, job.size.height, open.sink->encoder()));
    run_render_job(job, open.schedule, open.runtime, *open.sink, globals.quiet);
}

}  // namespace

void add_render(CLI::App& app, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<JobOptions>();
    CLI::App* command =
        app.add_subcommand("render", "Dream a video; sound, subtitles and chapters are kept");
    command->fallthrough();
    command->add_option("input", options->input, source_help(SourceUse::render))->required();
    command->add_option("--size", options->size, "WxH, Wx or xH; the source's own by default")
        ->group("Input");
    command->add_option("--fps", options->fps, "drop or repeat frames to this rate")
        ->group("Input");
    command->add_option("--start", options->start, "begin here: 12.5, 1:30")->group("Input");
    command->add_option("--duration", options->duration, "as long as this: 12.5, 1:30")
        ->group("Input");
    add_sound_option(*command, options->sound);
    add_interlaced_option(*command, options->keep_interlaced);
    add_background_option(*command, options->background);
    add_output_options(*command, options->output);
    add_resume_options(*command, options->output);
    add_preview_option(*command, options->output);
    add_like_option(*command, options->params);
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
