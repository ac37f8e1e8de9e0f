#include "src/cli/installation_options.h"

#include <CLI/CLI.hpp>

namespace reverie {

void add_installation_options(CLI::App& command, InstallationOptions& options) {
    const char* group = "Installation";
    command
        .add_flag("--installation", options.on,
                  "unattended for days: attract loop, flash limiter, watchdog, state kept")
        ->group(group);
    command
        .add_option("--walk", options.walk_s,
                    "go through the presets, one in so many seconds; 0: not")
        ->check(CLI::Range(0.0, 1e6))
        ->group(group);
    command
        .add_option("--walk-presets", options.walk_presets,
                    "which ones, in their order: fur,eyes,deep; all by default")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->group(group);
    command.add_option("--walk-fade", options.walk_fade_s, "seconds from one preset to the next")
        ->check(CLI::Range(0.0, 1e6))
        ->group(group);
    command
        .add_option("--attract", options.attract,
                    "while nobody is there: off, patterns, or memory, the last minute with "
                    "somebody in it, which never leaves this program")
        ->check(CLI::IsMember({"off", "patterns", "memory"}))
        ->group(group);
    auto* when_still = command
                           .add_flag("--dream-when-still", options.dream_when_still,
                                     "whoever moves sees the source alone")
                           ->group(group);
    command.add_flag("--dream-always", options.dream_always, "not only then; the default")
        ->excludes(when_still)
        ->group(group);
    command
        .add_option("--health", options.health,
                    "a line of JSON once a second: the newest one in this file, or each on a "
                    "socket, unix:PATH")
        ->group(group);
    command.add_flag("--fresh", options.fresh, "ignore the saved state of the last show")
        ->group(group);
}

}  // namespace reverie
