// Hot cues: presets under the number keys and pads, each with a fade of its own and a beat of its
// own to wait for. Kept in ~/.config/reverie/cues.toml:
//
//     [[cue]]
//     number = 3
//     preset = "fur"
//     fade = 0.5        # seconds; without: the desk's fade time
//     wait = "bar"      # off, beat, bar, four_bars; without: what all changes wait for
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "src/control/tempo.h"

namespace reverie {

struct Cue {
    std::string preset;  ///< "": the one of that number in the list of presets
    std::optional<double> fade_s;
    std::optional<Quantise> wait;
    bool operator==(const Cue&) const = default;
};
inline constexpr int kCues = 9;
using Cues = std::array<Cue, kCues>;
inline constexpr double kLongestFadeS = 3600;

/// Reads cues. `file`: its name in errors. Throws Error "file:line: …" for what is no TOML, an
/// unknown key, a wrong type or a value out of range.
Cues parse_cues(std::string_view text, const std::string& file);
/// As parse_cues() reads it back.
std::string to_toml(const Cues& cues);

/// The user's file; empty where there is no home.
std::filesystem::path cues_path();

}  // namespace reverie
