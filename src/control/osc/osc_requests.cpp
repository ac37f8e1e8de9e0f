#include "src/control/osc/osc_requests.h"

#include <fmt/format.h>

#include "src/control/osc/osc_rows.h"
#include "src/dream/params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using osc::is_key_row;
using osc::Reading;
using osc::Row;
using osc::rows;
using osc::value_of_key;
using osc::Values;

constexpr FaderSpec kSwitchScale{.low = 0, .high = 1, .initial = 0, .integer = true};

struct FoundRow {
    const Row& row;
    std::string rest;
};

FoundRow find_row(const std::string& path) {
    for (const Row& row : rows()) {
        const std::string_view head = row.address.path.substr(0, row.address.path.find('<'));
        const bool meant = row.has_rest ? path.starts_with(head) : path == head;
        if (meant) return {row, path.substr(head.size())};
    }
    throw Error("there is no such address; `reverie list osc` shows all");
}

/// nullopt where it is no number.
std::optional<FaderSpec> scale_of(const FoundRow& found) {
    if (is_key_row(found.row)) return fader_spec(find_param(found.rest));
    if (found.row.types == "T") return kSwitchScale;
    return found.row.scale == nullptr ? std::nullopt : std::optional(*found.row.scale);
}

OscNode node_of_key(const Desk& desk, const ParamInfo& info) {
    const std::string key(info.key);
    OscNode node{std::string(kOscRoot) + key, "f", std::nullopt, {}, value_of_key(desk, key),
                 std::string(info.help)};
    if (info.is_flag())
        node.types = "T";
    else
        node.range = fader_spec(info);
    if (info.is_integer()) node.types = "i";
    return node;
}

/// The whole of it: a message may quote what came from outside.
std::string in_one_line(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    }
    return text;
}

/// Runs `work`; what it throws is told with the address.
template <class Work>
auto of_address(const std::string& path, Work work) {
    try {
        return work();
    } catch (const Error& error) {
        throw Error(fmt::format("OSC {}: {}", one_line(path), in_one_line(error.what())));
    }
}

}  // namespace

std::vector<OscAddress> osc_addresses() {
    std::vector<OscAddress> addresses;
    for (const Row& row : rows()) addresses.push_back(row.address);
    return addresses;
}

OscAsked osc_request(const OscMessage& message, const std::vector<std::string>& sources) {
    return of_address(message.path, [&]() -> OscAsked {
        const FoundRow found = find_row(message.path);
        Reading reading{message, found.rest, sources};
        if (found.row.value != nullptr && message.arguments.empty()) {
            if (is_key_row(found.row)) find_param(found.rest);
            return {request::Report{message.path, ""}, ""};
        }
        // Buttons of many programs send 1 when they are pressed, and 0 when they are let go.
        const bool is_trigger = found.row.types.empty();
        if (is_trigger && reading.count() > 0 && reading.number(0) == 0) return {};
        OscAsked asked{found.row.request(reading), ""};
        if (!reading.note.empty())
            asked.note = fmt::format("OSC {}: {}", message.path, reading.note);
        return asked;
    });
}

std::vector<OscArgument> osc_value(const Desk& desk, const std::string& address) {
    return of_address(address, [&]() -> Values {
        const FoundRow found = find_row(address);
        return found.row.value == nullptr ? Values{} : found.row.value(desk, found.rest);
    });
}

std::vector<OscMessage> osc_state(const Desk& desk) {
    std::vector<OscMessage> state;
    for (const Row& row : rows()) {
        if (row.value == nullptr || row.has_rest) continue;
        const std::string path(row.address.path);
        state.push_back({path, row.value(desk, "")});
    }
    for (const ParamInfo& info : kParams) {
        const std::string key(info.key);
        if (!info.is_objective()) state.push_back({"/reverie/" + key, value_of_key(desk, key)});
    }
    for (const Mixer::Strip& strip : desk.mixer().strips()) {
        state.push_back(
            {"/reverie/layer/" + strip_name(strip.layer, strip.channel), {double{strip.weight}}});
    }
    const std::vector<ModulationRoute>& routes = desk.modulation().routes;
    for (size_t i = 0; i < routes.size(); ++i)
        state.push_back(
            {std::string(kOscRoot) + route_control(static_cast<int>(i)), {routes[i].amount}});
    return state;
}

std::optional<OscDial> osc_dial(const Desk& desk, const std::string& address) {
    const std::vector<OscArgument> value = osc_value(desk, address);
    const FoundRow found = find_row(address);
    const std::optional<FaderSpec> scale = scale_of(found);
    if (value.size() != 1 || !scale) return std::nullopt;
    if (const auto* flag = std::get_if<bool>(value.data()))
        return OscDial{*scale, *flag ? 1.0 : 0.0};
    if (const auto* whole = std::get_if<int32_t>(value.data()))
        return OscDial{*scale, static_cast<double>(*whole)};
    return OscDial{*scale, std::get<double>(value[0])};
}

std::vector<OscNode> osc_nodes(const std::vector<std::string>& layers) {
    Notices unheard;
    const Desk begun(Params(), unheard);
    std::vector<OscNode> nodes;
    for (const Row& row : rows()) {
        const OscAddress& address = row.address;
        const std::string head(address.path.substr(0, address.path.find('<')));
        if (is_key_row(row)) {
            for (const ParamInfo& info : kParams) {
                if (!info.is_objective()) nodes.push_back(node_of_key(begun, info));
            }
            continue;
        }
        std::vector<std::string> rests{""};
        if (row.has_rest) rests = row.rests != nullptr ? row.rests() : layers;
        for (const std::string& rest : rests) {
            OscNode node{head + rest, std::string(row.types),   std::nullopt, {},
                         {},          std::string(address.help)};
            if (row.scale != nullptr) node.range = *row.scale;
            if (row.value != nullptr) node.value = row.value(begun, rest);
            if (row.choices != nullptr) node.choices = row.choices();
            node.only_told = row.value != nullptr && address.arguments.empty();
            nodes.push_back(std::move(node));
        }
    }
    return nodes;
}

}  // namespace reverie
