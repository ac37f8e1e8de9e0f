#include "src/control/modulation_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "src/control/modulation_edit.h"
#include "src/control/toml_params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

double number_at(const toml::node& node, std::string_view key, double low, double high,
                 const std::string& file) {
    const double value = node.is_number() ? node.value<double>().value_or(NAN) : NAN;
    // Written so that NaN is refused too.
    if (!(value >= low && value <= high))
        fail_at(file, node, fmt::format("{} takes a number from {} to {}", key, low, high));
    return value;
}

void read_target(const ModulationRoute& route, const toml::node& node, const std::string& file) {
    try {
        check_modulation_target(route.target);
    } catch (const Error& error) {
        fail_at(file, node, error.what());
    }
}

/// Only the network knows whether it has it.
void check_watched(const ModulationRoute& route, const toml::node& node, const std::string& file) {
    const std::string name(watched_name(route.source));
    if (name.empty()) return;
    try {
        const Objective one = parse_objective(name);
        require(one.terms.size() == 1 && one.terms[0].weight == 1,
                fmt::format("'{}' is not one layer or channel", name));
    } catch (const Error& error) {
        fail_at(file, node, error.what());
    }
}

void read_curve(ModulationRoute& route, const toml::table& table, const std::string& file) {
    const toml::node* node = table.get("curve");
    if (node == nullptr) return;
    const std::string name = toml_string(table, "curve", file);
    const auto* found = std::find(kModulationCurves.begin(), kModulationCurves.end(), name);
    if (found == kModulationCurves.end())
        fail_at(file, *node,
                fmt::format("curve '{}' is none of {}", name, fmt::join(kModulationCurves, ", ")));
    route.curve = static_cast<ModulationCurve>(found - kModulationCurves.begin());
}

void check_keys(const toml::table& table, const std::string& file) {
    std::vector<std::string> known{"target", "source", "curve", "low", "high"};
    for (const RouteNumber& number : kRouteNumbers) known.emplace_back(number.key);
    for (const auto& [key, node] : table) {
        if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
        fail_at(file, node,
                fmt::format("unknown key '{}'; a modulation has {}{}", key.str(),
                            fmt::join(known, ", "), did_you_mean(key.str(), known)));
    }
}

/// A wave has a length, in one way; nothing else has.
void check_wave(const ModulationRoute& route, const toml::table& table, const std::string& file) {
    const ModulationSource* source = find_modulation_source(route.source);
    if (source == nullptr) return;
    const int lengths = (route.hz > 0 ? 1 : 0) + (route.beats > 0 ? 1 : 0);
    if (source->wave() && lengths != 1)
        fail_at(file, table,
                fmt::format("{} is a wave: it takes hz = 0.25 (cycles a second) or beats = 4 (that "
                            "a cycle lasts)",
                            route.source));
    if (!source->wave() && lengths > 0)
        fail_at(file, table,
                fmt::format("{} is no wave: it takes no hz and no beats", route.source));
}

ModulationRoute read_route(const toml::table& table, const std::string& file) {
    check_keys(table, file);
    ModulationRoute route;
    route.at = place_of(file, table);
    route.target = toml_string(table, "target", file);
    route.source = toml_string(table, "source", file);
    if (route.target.empty())
        fail_at(file, table, "the modulation has no target; add target = \"strength\"");
    if (route.source.empty())
        fail_at(file, table, "the modulation has no source; add source = \"beat\"");
    read_target(route, *table.get("target"), file);
    check_watched(route, *table.get("source"), file);
    read_curve(route, table, file);
    for (const RouteNumber& number : kRouteNumbers) {
        if (const toml::node* node = table.get(number.key))
            route.*number.field = number_at(*node, number.key, number.low, number.high, file);
    }
    if (const toml::node* node = table.get("low"))
        route.low = number_at(*node, "low", -1e6, 1e6, file);
    if (const toml::node* node = table.get("high"))
        route.high = number_at(*node, "high", -1e6, 1e6, file);
    if (route.low && route.high && *route.low > *route.high)
        fail_at(file, table, fmt::format("low is above high: {} and {}", *route.low, *route.high));
    check_wave(route, table, file);
    return route;
}

}  // namespace

Modulation read_modulation(const toml::table& root, const std::string& file) {
    Modulation modulation;
    const toml::node* node = root.get("modulation");
    if (node == nullptr) return modulation;
    if (!node->is_array_of_tables())
        fail_at(file, *node,
                "modulation is not a list of tables; write [[modulation]] before each");
    for (const toml::node& one : *node->as_array())
        modulation.routes.push_back(read_route(*one.as_table(), file));
    return modulation;
}

toml::array modulation_tables(const Modulation& modulation) {
    toml::array tables;
    const ModulationRoute plain;
    for (const ModulationRoute& route : modulation.routes) {
        toml::table table{{"target", route.target}, {"source", route.source}};
        for (const RouteNumber& number : kRouteNumbers) {
            const double value = route.*number.field;
            if (number.key == "amount" || value != plain.*number.field)
                table.insert(number.key, value);
        }
        if (route.curve != ModulationCurve::linear)
            table.insert("curve", std::string(kModulationCurves[static_cast<size_t>(route.curve)]));
        if (route.low) table.insert("low", *route.low);
        if (route.high) table.insert("high", *route.high);
        tables.push_back(std::move(table));
    }
    return tables;
}

}  // namespace reverie
