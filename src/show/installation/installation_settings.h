// Settings of an installation: on the command line, and while it runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/session/presence.h"

namespace reverie {

/// The content while nobody is there.
enum class AttractMode : uint8_t {
    off,       ///< the source, as always
    patterns,  ///< the built-in ones, in turn
    memory     ///< the last minute in which somebody was there; kept in memory only
};
std::string_view name_of(AttractMode mode);
/// Throws Error for an unknown name, with the valid ones.
AttractMode parse_attract_mode(std::string_view name);

/// Settings that can be changed while the installation mode runs.
struct InstallationSettings {
    PresenceThresholds thresholds;
    AttractMode attract = AttractMode::patterns;
    bool dream_when_still = false;  ///< no dream while somebody moves
    double walk_s = 0;              ///< between two presets; 0: the preset stays
    double walk_fade_s = 8;
    bool operator==(const InstallationSettings&) const = default;
};

/// As the command line asks for it.
struct InstallationOptions {
    bool on = false;
    bool fresh = false;  ///< ignore the saved state of the last show
    std::string health;
    std::optional<double> walk_s, walk_fade_s;
    std::vector<std::string> walk_presets;  ///< empty: all
    std::optional<std::string> attract;
    bool dream_when_still = false, dream_always = false;
};

/// Throws UsageError for installation options without --installation, and for unknown presets.
void check_installation_options(const InstallationOptions& options);

/// The settings of the command line; for the rest those of `before`.
InstallationSettings installation_settings(const InstallationOptions& options,
                                           const InstallationSettings& before = {});

}  // namespace reverie
