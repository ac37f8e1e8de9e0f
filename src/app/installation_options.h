// The options of `live --installation`, and what they and a state taken up come to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/app/options.h"
#include "src/control/show_state.h"

namespace reverie {

struct InstallationOptions {
    bool on = false;
    bool fresh = false;  ///< nothing is taken up
    std::string health;
    std::optional<double> walk_s, walk_fade_s;
    std::vector<std::string> walk_presets;  ///< empty: all that there are
    std::optional<std::string> attract;
    bool dream_when_still = false, dream_always = false;
};

void add_installation_options(CLI::App& command, InstallationOptions& options);

/// Throws UsageError for options of an installation without one, and for presets that there are
/// not.
void check_installation_options(const InstallationOptions& options);

/// What the command line says; for the rest what was taken up, or the defaults.
InstallationSettings installation_settings(const InstallationOptions& options,
                                           const std::optional<ShowState>& taken_up);

}  // namespace reverie
