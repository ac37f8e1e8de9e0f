// Starred channels: those that somebody wants at hand, in an order, as the pads of a controller have
// them. Kept in ~/.config/reverie/stars.toml; without that file they are the bank that belongs to a
// network:
//
//     stars = ["inception_4e:416", "inception_4c:496"]
//
// Channels are numbered as in presets: as in the network that others were made from.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace reverie {

struct Star {
    std::string layer;
    int channel = 0;
    bool operator==(const Star&) const = default;
};
using Stars = std::vector<Star>;
inline constexpr size_t kMostStars = 256;

/// Reads stars. `file`: its name in errors. Throws Error "file:line: …" for what is no TOML, an
/// unknown key, what is no channel, or too many of them.
Stars parse_stars(std::string_view text, const std::string& file);
/// As parse_stars() reads it back.
std::string to_toml(const Stars& stars);
/// The channel at the end, or away, where it is.
void switch_star(Stars& stars, const Star& star, bool on);

/// The user's file; empty where there is no home.
std::filesystem::path stars_path();

}  // namespace reverie
