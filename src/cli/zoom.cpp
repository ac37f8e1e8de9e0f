// reverie zoom IMAGE -o OUTPUT: an endless fall into a picture, which is dreamed on and on.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "src/cli/commands.h"
#include "src/media/rate_text.h"
#include "src/media/source_kind.h"
#include "src/render/open_job.h"
#include "src/session/session_options.h"
#include "src/util/error.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

constexpr double kDurationS = 20;
// Before a loop begins, the fall has left the picture: so long, but no more than half of the loop.
constexpr double kLeadInS = 4;

struct ZoomOptions {
    JobOptions job;
    std::string fps = "25", duration;  ///< of the result; "": that of its sound, or kDurationS
    std::string loop;                  ///< the length of a loop; "": it is none
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
    const Rational fps = parse_rate(options.fps);
    const auto frames_in = [&](double seconds) {
        const auto frames = static_cast<int64_t>(std::lround(seconds * fps.value()));
        if (frames < 1)
            throw UsageError(fmt::format("{} {}: not one frame at {} fps",
                                         options.loop.empty() ? "--duration" : "--loop", seconds,
                                         options.fps));
        return frames;
    };
    if (!options.loop.empty() && !options.duration.empty())
        throw UsageError("--loop and --duration do not go together: a loop is as long as it says");
    double duration_s = kDurationS;
    if (!options.loop.empty()) duration_s = parse_seconds(options.loop, "--loop");
    if (!options.duration.empty()) duration_s = parse_seconds(options.duration, "--duration");
    int64_t frames = frames_in(duration_s);
    OpenJob open = open_picture_job(globals, options.job, zoom_defaults(), fps);
    if (options.duration.empty() && options.loop.empty() && open.sound.length_s() > 0) {
        duration_s = open.sound.length_s();
        frames = frames_in(duration_s);
    }
    const int64_t lead =
        options.loop.empty()
            ? 0
            : std::min(static_cast<int64_t>(std::lround(kLeadInS * fps.value())), frames / 2);
    if (open.journal != nullptr) {
        open.journal->require_same("the length", std::to_string(frames));
        open.journal->require_same("the lead-in", std::to_string(lead));
    }
    RenderJob job;
    job.size = open.size;
    int64_t frame = -lead;
    job.next = [&]() -> std::optional<DreamInput> {
        if (frame == frames) return std::nullopt;
        DreamInput input{frame == -lead ? &open.picture.frame : nullptr, frame, 1};
        if (frame < 0) input.part = LoopPart::lead_in;
        if (lead > 0 && frame >= frames - lead) input.part = LoopPart::end;
        ++frame;
        return input;
    };
    job.time_base = open.to.time_base;
    job.duration_s = duration_s;
    job.feedback = true;
    job.output = options.job.output.path;
    job.sound = &open.sound;
    job.journal = open.journal.get();
    if (const std::string note = open.schedule.note_of_loop(duration_s); lead > 0 && !note.empty())
        open.runtime.trouble.push_back(note);
    announce(open.runtime, globals,
             fmt::format("{}x{} {}", job.size.width, job.size.height, open.sink->encoder()));
    run_render_job(job, open.schedule, open.runtime, *open.sink, globals.quiet);
}

}  // namespace

void add_zoom(CLI::App& app, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<ZoomOptions>();
    CLI::App* command = app.add_subcommand(
        "zoom",
        "Fall into a picture without end; --set zoom=, rotation=, pan_x=, pan_y=, "
        "centre_x=, centre_y=");
    command->fallthrough();
    command->add_option("input", options->job.input, source_help(SourceUse::still))->required();
    command->add_option("--size", options->job.size, "WxH, Wx or xH; the picture's own by default")
        ->group("Input");
    command->add_option("--fps", options->fps, "of the video")
        ->capture_default_str()
        ->group("Input");
    command
        ->add_option("--duration", options->duration,
                     "of the video: 20, 1:30; by default that of its sound, or 20")
        ->group("Input");
    command
        ->add_option("--loop", options->loop,
                     "a loop of this length, which goes on at its end without a seam: 10, 0:20")
        ->group("Input");
    add_sound_option(*command, options->job.sound);
    add_interlaced_option(*command, options->job.keep_interlaced);
    add_background_option(*command, options->job.background);
    add_output_options(*command, options->job.output);
    add_resume_options(*command, options->job.output);
    add_preview_option(*command, options->job.output);
    add_like_option(*command, options->job.params);
    add_param_options(*command, options->job.params);
    command
        ->add_option("--score", options->job.params.score,
                     "a timeline: a name of `reverie list scores`, or a .toml file")
        ->group("Dream");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_zoom(globals, *options); };
    });
}

}  // namespace reverie
