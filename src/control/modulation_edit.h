// Changes of a modulation by hand: what the numbers of a route may be, and what keeps a route whole
// when its source or its target is another one.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "src/control/modulation.h"

namespace reverie {

/// A number of a route, with the range that it takes.
struct RouteNumber {
    std::string_view key;
    double low, high;
    double ModulationRoute::*field;
};
inline constexpr std::array kRouteNumbers = std::to_array<RouteNumber>({
    {"amount", -1e6, 1e6, &ModulationRoute::amount},
    {"attack", 0, 60, &ModulationRoute::attack_s},
    {"release", 0, 60, &ModulationRoute::release_s},
    {"hz", 1e-4, 50, &ModulationRoute::hz},
    {"beats", 1.0 / 64, 4096, &ModulationRoute::beats},
    {"phase", 0, 1, &ModulationRoute::phase},
});
/// In the order of ModulationCurve.
inline constexpr std::array<std::string_view, 6> kModulationCurves{"linear", "square", "cube",
                                                                   "root",   "smooth", "step"};
/// More than any look needs.
inline constexpr size_t kMostRoutes = 64;

/// Throws Error for what is neither a parameter that is a number nor one layer or channel. Whether
/// the network has that layer only the network knows.
void check_modulation_target(const std::string& target);

/// How far a hand moves a target: its range, or −1 … 1 of a layer's weight.
struct TargetRange {
    double low = -1, high = 1;
    double span() const { return high - low; }
};
TargetRange range_of_target(const std::string& target);

/// A route as a hand begins it: half of what its target usually is; a wave of four beats where there
/// is a tempo, else of four seconds; what falls at once falls a little more slowly.
ModulationRoute new_route(const std::string& target, const std::string& source, bool has_tempo);

/// `route` with another source: a wave has a length, anything else has none.
ModulationRoute with_source(ModulationRoute route, const std::string& source, bool has_tempo);

/// `route` as it may be played: numbers in their ranges, a wave of one length, low not above high.
ModulationRoute in_order(ModulationRoute route);

}  // namespace reverie
