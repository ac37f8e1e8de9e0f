// reverie still IMAGE -o OUTPUT: one picture, dreamed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "src/cli/commands.h"
#include "src/media/source_kind.h"
#include "src/render/open_job.h"
#include "src/session/session_options.h"

namespace reverie {
namespace {

/// A picture has no other frames that would dream on: more octaves and steps do it at once.
Params still_defaults() {
    Params params;
    params.octaves = 4;
    params.iterations = 10;
    params.half_life = 0;
    params.flow = false;
    return params;
}

void run_still(const GlobalOptions& globals, const JobOptions& options) {
    OpenJob open = open_picture_job(globals, options, still_defaults());
    RenderJob job;
    job.size = open.size;
    bool done = false;
    job.next = [&]() -> std::optional<DreamInput> {
        if (std::exchange(done, true)) return std::nullopt;
        return DreamInput{&open.picture.frame, 0, 0};
    };
    job.single_picture = true;
    job.time_base = open.to.time_base;
    job.output = options.output.path;
    announce(open.runtime, globals, fmt::format("{}x{}", job.size.width, job.size.height));
    run_render_job(job, open.schedule, open.runtime, *open.sink, globals.quiet);
}

}  // namespace

void add_still(CLI::App& app, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<JobOptions>();
    CLI::App* command = app.add_subcommand("still", "Dream one picture");
    command->fallthrough();
    command->add_option("input", options->input, source_help(SourceUse::still))->required();
    command->add_option("--size", options->size, "WxH, Wx or xH; the picture's own by default")
        ->group("Input");
    command->add_option("--start", options->start, "the frame of a video at this time")
        ->group("Input");
    add_interlaced_option(*command, options->keep_interlaced);
    add_background_option(*command, options->background);
    add_output_options(*command, options->output);
    add_like_option(*command, options->params);
    add_param_options(*command, options->params);
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_still(globals, *options); };
    });
}

}  // namespace reverie
