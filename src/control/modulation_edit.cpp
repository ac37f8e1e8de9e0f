#include "src/control/modulation_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/util/error.h"

namespace reverie {
namespace {

constexpr double kWaveBeats = 4, kWaveHz = 0.25;
constexpr double kFallsS = 0.2;  // of a new route whose source jumps down
constexpr double kLayer = 0.5;   // of a new route to a layer

/// Only the network knows its layers. All have a number in their names, and no parameter has.
bool is_layer(const std::string& target) {
    return target.find_first_of("0123456789") != std::string::npos;
}

}  // namespace

void check_modulation_target(const std::string& target) {
    if (!is_layer(target)) {
        const ParamInfo& info = find_param(target);
        require(info.is_numeric(), fmt::format("{} is no number, and cannot be moved", info.key));
        return;
    }
    const Objective one = parse_objective(target);
    require(
        one.terms.size() == 1 && one.terms[0].weight == 1,
        fmt::format("'{}' is not one layer or channel; write a [[modulation]] for each", target));
}

TargetRange range_of_target(const std::string& target) {
    for (const ParamInfo& info : kParams) {
        if (info.key == target && info.is_numeric()) return {info.low, info.high};
    }
    return {};
}

ModulationRoute new_route(const std::string& target, const std::string& source, bool has_tempo) {
    ModulationRoute route;
    route.target = target;
    route.amount = kLayer;
    for (const ParamInfo& info : kParams) {
        if (info.key != target || !info.is_numeric()) continue;
        const double usual = std::abs(number_of(Params(), info));
        route.amount = usual > 0 ? usual / 2 : (info.high - info.low) / 20;
        if (info.is_integer()) route.amount = std::max(std::round(route.amount), 1.0);
    }
    if (source == "onset") route.release_s = kFallsS;
    return with_source(route, source, has_tempo);
}

ModulationRoute with_source(ModulationRoute route, const std::string& source, bool has_tempo) {
    route.source = source;
    const ModulationSource* info = find_modulation_source(source);
    if (info == nullptr) return route;
    if (!info->wave()) {
        route.hz = route.beats = route.phase = 0;
    } else if (route.hz <= 0 && route.beats <= 0) {
        route.beats = has_tempo ? kWaveBeats : 0;
        route.hz = has_tempo ? 0 : kWaveHz;
    }
    return route;
}

ModulationRoute in_order(ModulationRoute route) {
    for (const RouteNumber& number : kRouteNumbers) {
        double& value = route.*number.field;
        const bool length = number.key == "hz" || number.key == "beats";
        if (std::isnan(value) || (length && value <= 0)) value = 0;
        if (!length || value > 0) value = std::clamp(value, number.low, number.high);
    }
    if (route.hz > 0) route.beats = 0;
    route = with_source(route, route.source, false);
    if (route.low && route.high && *route.low > *route.high) std::swap(route.low, route.high);
    return route;
}

}  // namespace reverie
