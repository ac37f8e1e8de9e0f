// reverie live SOURCE: the command line of a show.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "src/cli/commands.h"
#include "src/cli/installation_options.h"
#include "src/ui/live_app.h"

namespace reverie {
namespace {

void add_window_options(CLI::App& command, LiveOptions& options) {
    const char* group = "Window";
    command.add_flag("--fullscreen", options.fullscreen, "without borders")->group(group);
    command.add_option("--monitor", options.monitor, "of `reverie list monitors`, from 1")
        ->check(CLI::Range(1, 64))
        ->group(group);
    command.add_option("--zoom-ui", options.zoom, "scale the panels (useful from a distance)")
        ->check(CLI::Range(0.5, 4.0))
        ->group(group);
    command.add_flag("--hide-overlay", options.hide_overlay, "until Tab shows it")->group(group);
    command.add_flag("--headless", options.headless, "no window: for servers and tests")
        ->group(group);
    command
        .add_option("--controls", options.controls,
                    "write where the overlay's controls are to this file, as JSON, for scripts")
        ->group(group);
}

void add_live_outputs(CLI::App& command, LiveOptions& options) {
    const char* group = "Output";
    for (const OutputInfo& info : kOutputs) {
        std::string& target = options.targets[static_cast<size_t>(info.kind)];
        if (*info.only_target == '\0') {
            command.add_option(info.option, target, info.help)->group(group);
            continue;
        }
        const auto chosen = [&target, &info](int64_t /*times*/) { target = info.only_target; };
        command.add_flag(info.option, chosen, info.help)->group(group);
    }
    command
        .add_option("--sound", options.sound,
                    "of recordings and the stream: default, an input of `reverie list sounds`, a "
                    "file or a URL; off")
        ->group(group);
    command
        .add_option("--take", options.take,
                    "keep what is played in this file, to be played again by render --take, at any "
                    "size")
        ->group(group);
    command
        .add_flag("--dry", options.dry,
                  "with --take: the source's own frames, lossless, in a video beside it")
        ->group(group);
    command.add_option("--duration", options.duration, "end after this time: 90, 1:30:00")
        ->group(group);
    command.add_flag("--json", options.json, "print how it went at the end")->group(group);
}

void add_surfaces(CLI::App& command, LiveOptions& options) {
    for (const SurfaceKind* kind : surface_kinds()) {
        const auto set = [&options, kind](const std::string& value) {
            options.surfaces[kind->option] = value;
        };
        if (*kind->argument == '\0') {
            const auto chosen = [set](int64_t /*times*/) { set("on"); };
            command.add_flag(kind->option, chosen, kind->help)->group("Control");
            continue;
        }
        command.add_option_function<std::string>(kind->option, set, kind->help)
            ->type_name(kind->argument)
            ->group("Control");
    }
}

}  // namespace

void add_live(CLI::App& app, const GlobalOptions& globals, Action& action) {
    const auto options = std::make_shared<LiveOptions>();
    CLI::App* command =
        app.add_subcommand("live", "A show: camera, file or pattern, dreamed as it comes");
    command->fallthrough();
    command->add_option("source", options->source,
                        source_help(SourceUse::live) + "; the first camera by default");
    command
        ->add_option("--size", options->size,
                     "of the picture: WxH, Wx or xH; the source's by default")
        ->group("Input");
    command->add_option("--fps", options->fps, "frame rate to ask a camera or pattern for")
        ->group("Input");
    add_interlaced_option(*command, options->keep_interlaced);
    add_second_option(*command, options->second);
    add_background_option(*command, options->background);
    command
        ->add_option(
            "--budget-ms", options->budget_ms,
            fmt::format("time budget of one dream: steps are spread over several, then the "
                        "dream is made smaller; 0: as long as it does (default: {} on a "
                        "CPU, and {} for a single step; a frame of the display on a GPU)",
                        LiveShow::kCpuBudgetMs, LiveShow::kCpuStepMs))
        ->check(CLI::Range(0.0, 60000.0))
        ->group("Dream");
    add_window_options(*command, *options);
    add_live_outputs(*command, *options);
    add_surfaces(*command, *options);
    add_installation_options(*command, options->installation);
    add_param_options(*command, options->params);
    command
        ->add_option("--score", options->score,
                     "a timeline to play: a name of `reverie list scores`, or a .toml file")
        ->group("Dream");
    command->callback([&globals, &action, options] {
        action = [&globals, options] { run_live(globals, *options); };
    });
}

}  // namespace reverie
