// What an installation is asked for: on the command line, and while it runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/show/presence.h"

namespace reverie {

/// What is shown while nobody is there.
enum class AttractMode : uint8_t {
    off,       ///< the source, as always
    patterns,  ///< the built-in ones, in turn
    memory     ///< the last minute in which somebody was there; kept in memory alone
};
std::string_view name_of(AttractMode mode);
/// Throws Error for a word that is none, with the ones that there are.
AttractMode parse_attract_mode(std::string_view name);

/// What can be set of the installation mode while it runs.
struct InstallationSettings {
    PresenceThresholds thresholds;
    AttractMode attract = AttractMode::patterns;
    bool dream_when_still = false;  ///< whoever moves sees the source alone
    double walk_s = 0;              ///< between two presets; 0: the preset stays
    double walk_fade_s = 8;
    bool operator==(const InstallationSettings&) const = default;
};

/// As the command line asks for it.
struct InstallationOptions {
    bool on = false;
    bool fresh = false;  ///< nothing is taken up
    std::string health;
    std::optional<double> walk_s, walk_fade_s;
    std::vector<std::string> walk_presets;  ///< empty: all that there are
    std::optional<std::string> attract;
    bool dream_when_still = false, dream_always = false;
};

/// Throws UsageError for options of an installation without one, and for presets that there are
/// not.
void check_installation_options(const InstallationOptions& options);

/// What the command line says; for the rest what was set before, or the defaults.
InstallationSettings installation_settings(const InstallationOptions& options,
                                           const InstallationSettings& before = {});

}  // namespace reverie
