#include "src/control/osc_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "src/control/preset_library.h"
#include "src/dream/params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr double kHeaviest = 1000;  // of a layer's weight, far beyond what is of use
constexpr FaderSpec kWeightScale{.low = -1, .high = 1, .initial = 0, .even = true};
constexpr FaderSpec kShareScale{.low = 0, .high = 1, .initial = 0};
constexpr FaderSpec kSwitchScale{.low = 0, .high = 1, .initial = 0, .integer = true};
constexpr FaderSpec kFadeScale{.low = 0, .high = 60, .initial = 2};

constexpr std::array kPanics = std::to_array<std::pair<std::string_view, Panic>>({
    {"off", Panic::off},
    {"source", Panic::source},
    {"black", Panic::black},
    {"hold", Panic::hold},
});

/// A message being read: `rest` is what its address says beyond the row's.
struct Reading {
    const OscMessage& message;
    std::string rest;
    const std::vector<std::string>& sources;
    std::string note = {};

    [[noreturn]] void fail(std::string_view expected) const {
        throw Error(fmt::format("expected {}", expected));
    }
    size_t count() const { return message.arguments.size(); }
    double number(size_t at) const {
        if (at < count()) {
            const auto* value = std::get_if<double>(&message.arguments[at]);
            if (value != nullptr && std::isfinite(*value)) return *value;
            if (const auto* whole = std::get_if<int32_t>(&message.arguments[at])) return *whole;
            if (const auto* flag = std::get_if<bool>(&message.arguments[at])) return *flag ? 1 : 0;
        }
        fail("a number");
    }
    std::string text(size_t at) const {
        if (at < count()) {
            if (const auto* value = std::get_if<std::string>(&message.arguments[at])) return *value;
        }
        fail("a text");
    }
    /// Of a file in a folder of the program's own choice.
    std::string bare_name(size_t at) const {
        std::string name = text(at);
        const bool fits =
            !name.empty() && name.size() <= 100 && name[0] != '.' && name[0] != '-' &&
            std::none_of(name.begin(), name.end(), [](char c) {
                const auto byte = static_cast<unsigned char>(c);
                return byte < ' ' || byte == 127 ||
                       std::string_view("/\\:%*?|<>\"'").find(c) != std::string_view::npos;
            });
        if (!fits) fail("a bare name: letters, digits and spaces, no folder");
        return name;
    }
    std::optional<double> seconds_if_any(size_t at) const {
        if (at >= count()) return std::nullopt;
        const double seconds = number(at);
        if (seconds < 0 || seconds > 3600) fail("0 to 3600 seconds");
        return seconds;
    }
    Switch to() const {
        if (count() > 0 && std::holds_alternative<std::string>(message.arguments[0])) {
            if (text(0) != "toggle") fail("0, 1 or toggle");
            return Switch::toggle;
        }
        return number(0) != 0 ? Switch::on : Switch::off;
    }
    /// The nearest number in the range.
    double within(const FaderSpec& scale, double value, std::string_view range) {
        const double taken = std::clamp(value, scale.low, scale.high);
        if (taken != value)
            note = fmt::format("{:g} is not in {}, {:g} is taken", value, range, taken);
        return taken;
    }
};

struct Strip {
    std::string layer;
    int channel = -1;
};

Strip strip_of(const std::string& name) {
    const size_t colon = name.find(':');
    if (colon == std::string::npos) {
        require(!name.empty(), "expected a layer's name");
        return {name, -1};
    }
    return {name.substr(0, colon), parse_objective(name).terms.at(0).channel};
}

Request set_panic(Reading& r) {
    if (!std::holds_alternative<std::string>(r.message.arguments[0])) {
        if (r.number(0) != 0) r.fail("off, source, black or hold");
        return request::SetPanic{Panic::off};
    }
    for (const auto& [name, panic] : kPanics) {
        if (r.text(0) == name) return request::SetPanic{panic};
    }
    r.fail("off, source, black or hold");
}

Request set_layer(Reading& r) {
    const double weight = r.number(0);
    if (std::abs(weight) > kHeaviest) r.fail("a weight of ordinary size, as from -1 to 1");
    const Strip strip = strip_of(r.rest);
    return request::SetStrip{strip.layer, strip.channel, static_cast<float>(weight)};
}

Request set_key(Reading& r) {
    const ParamInfo& info = find_param(r.rest);  // throws with the nearest key
    if (info.is_flag()) return request::SetParam{r.rest, r.number(0) != 0 ? 1.0 : 0.0};
    return request::SetParam{r.rest, r.within(fader_spec(info), r.number(0), range_text(info))};
}

Request record(Reading& r) {
    request::SwitchOutput output{"record", r.to(), ""};
    if (r.count() < 2 || output.to == Switch::off) return output;
    output.target = r.bare_name(1);
    const std::string_view target = output.target;
    constexpr std::array<std::string_view, 4> kEndings{".mp4", ".mkv", ".mov", ".webm"};
    if (std::none_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return target.ends_with(ending); }))
        output.target += ".mp4";
    return output;
}

Request open_source(Reading& r) {
    const std::string spec = r.text(0);
    const bool known = std::find(r.sources.begin(), r.sources.end(), spec) != r.sources.end();
    if (!known && !spec.starts_with("pattern:"))
        r.fail("a pattern, as in pattern:clouds, or a source that the show was started with");
    return request::OpenSource{spec};
}

using Values = std::vector<OscArgument>;

OscArgument fact_of(const Desk& desk, const std::string& name, OscArgument without) {
    const std::optional<Desk::Fact> fact = desk.fact(name);
    if (!fact) return without;
    return std::visit([](const auto& value) -> OscArgument { return value; }, *fact);
}

Mixer::Strip strip_at(const Desk& desk, const std::string& name) {
    const Strip strip = strip_of(name);
    return desk.mixer().at(desk.full_name(strip.layer), strip.channel);
}

Values value_of_key(const Desk& desk, const std::string& key) {
    const ParamInfo& info = find_param(key);
    const double value = number_of(desk.params(), info);
    if (info.is_flag()) return {value != 0};
    if (info.is_integer()) return {static_cast<int32_t>(value)};
    return {value};
}

struct Row {
    OscAddress address;
    std::string_view types;  ///< of its arguments, in OSC's letters
    bool has_rest;           ///< the address goes on after its '<'
    Request (*request)(Reading&);
    Values (*value)(const Desk&, const std::string& rest) = nullptr;  ///< null: a trigger
    const FaderSpec* scale = nullptr;  ///< of a number that is no parameter
    std::vector<std::string> (*choices)() = nullptr;
};

template <class Kind>
Request plain(Reading& /*r*/) {
    return Kind{};
}

Row trigger(std::string_view path, std::string_view help, Request (*request)(Reading&)) {
    return {{path, "", help}, "", false, request};
}

std::vector<Row> look_rows() {
    return {
        {{"/reverie/layer/<name>", "WEIGHT", "the weight of a layer, or of a channel (4c:17)"},
         "f",
         true,
         set_layer,
         [](const Desk& d, const std::string& rest) {
             return Values{double{strip_at(d, rest).weight}};
         },
         &kWeightScale},
        {{"/reverie/mute/<name>", "0|1|toggle", "silences a layer, or a channel"},
         "T",
         true,
         [](Reading& r) -> Request {
             const Strip strip = strip_of(r.rest);
             return request::MuteStrip{strip.layer, strip.channel, r.to()};
         },
         [](const Desk& d, const std::string& rest) { return Values{strip_at(d, rest).muted}; }},
        {{"/reverie/solo/<name>", "0|1|toggle", "plays a layer, or a channel, alone"},
         "T",
         true,
         [](Reading& r) -> Request {
             const Strip strip = strip_of(r.rest);
             return request::SoloStrip{strip.layer, strip.channel, r.to()};
         },
         [](const Desk& d, const std::string& rest) { return Values{strip_at(d, rest).solo}; }},
        {{"/reverie/objective", "TEXT", "the whole objective, as in \"4c + 0.5*3b\""},
         "s",
         false,
         [](Reading& r) -> Request { return request::SetObjective{parse_objective(r.text(0))}; },
         [](const Desk& d, const std::string&) { return Values{to_text(d.params().objective)}; }},
        trigger("/reverie/clear", "all layers to 0", plain<request::ClearStrips>),
        trigger("/reverie/undo", "the last change", plain<request::Undo>),
        trigger("/reverie/redo", "the change that was undone last", plain<request::Redo>),
    };
}

std::vector<Row> preset_rows() {
    return {
        {{"/reverie/preset", "NAME [SECONDS]", "a preset, faded in"},
         "s",
         false,
         [](Reading& r) -> Request {
             const std::string name = r.bare_name(0);
             if (name.ends_with(".toml")) r.fail("a preset's name, as in `reverie list presets`");
             return request::LoadPreset{name, r.seconds_if_any(1)};
         },
         [](const Desk& d, const std::string&) { return Values{d.preset()}; },
         nullptr,
         [] { return preset_names(); }},
        trigger("/reverie/preset/next", "the next preset",
                [](Reading&) -> Request { return request::StepPreset{1}; }),
        trigger("/reverie/preset/previous", "the preset before",
                [](Reading&) -> Request { return request::StepPreset{-1}; }),
        {{"/reverie/fade", "SECONDS", "over how long presets fade in"},
         "f",
         false,
         [](Reading& r) -> Request { return request::SetFadeTime{*r.seconds_if_any(0)}; },
         [](const Desk& d, const std::string&) { return Values{d.fade_s()}; },
         &kFadeScale},
        {{"/reverie/crossfade", "POSITION", "0: preset A, 1: preset B"},
         "f",
         false,
         [](Reading& r) -> Request {
             const double position = r.within(kShareScale, r.number(0), "0 to 1");
             return request::MoveCrossfade{static_cast<float>(position)};
         },
         [](const Desk& d, const std::string&) { return Values{double{d.crossfade().position}}; },
         &kShareScale},
        {{"/reverie/crossfade/ends", "A B", "the presets that the cross-fade goes between"},
         "ss",
         false,
         [](Reading& r) -> Request {
             return request::SetCrossfadeEnds{r.bare_name(0), r.bare_name(1)};
         },
         [](const Desk& d, const std::string&) {
             return Values{d.crossfade().a, d.crossfade().b};
         }},
        {{"/reverie/crossfade/run", "0|1 [SECONDS]", "to preset A or B by itself"},
         "f",
         false,
         [](Reading& r) -> Request {
             return request::RunCrossfade{r.number(0) != 0 ? 1.0F : 0.0F, r.seconds_if_any(1)};
         }},
    };
}

std::vector<Row> show_rows() {
    return {
        {{"/reverie/panic", "off|source|black|hold", "in place of the dream, at once"},
         "s",
         false,
         set_panic,
         [](const Desk& d, const std::string&) {
             const auto* const at =
                 std::find_if(kPanics.begin(), kPanics.end(),
                              [&](const auto& row) { return row.second == d.panic(); });
             return Values{std::string(at->first)};
         },
         nullptr,
         [] {
             return std::vector<std::string>{"off", "source", "black", "hold"};
         }},
        {{"/reverie/freeze", "0|1|toggle", "holds the dream"},
         "T",
         false,
         [](Reading& r) -> Request { return request::Freeze{r.to()}; },
         [](const Desk& d, const std::string&) { return Values{d.frozen()}; }},
        trigger("/reverie/reset", "forgets the dream", plain<request::ResetDream>),
        trigger("/reverie/tap", "a beat, tapped by hand", plain<request::Tap>),
        trigger("/reverie/skip", "the next preset of an installation's walk",
                plain<request::SkipWalk>),
        {{"/reverie/record", "0|1|toggle [NAME]",
          "the recording; NAME is of a file beside those that the program names"},
         "T",
         false,
         record,
         [](const Desk& d, const std::string&) { return Values{fact_of(d, "record", false)}; }},
        trigger("/reverie/snapshot", "keeps the current picture", plain<request::Snapshot>),
        {{"/reverie/source", "TEXT", "pattern:clouds, or a source that the show was started with"},
         "s",
         false,
         open_source,
         [](const Desk& d, const std::string&) {
             return Values{fact_of(d, "source", std::string())};
         }},
    };
}

/// Whole addresses stand before those that go on; a parameter is what is none of them.
const std::vector<Row>& rows() {
    static const std::vector<Row> kRows = [] {
        std::vector<Row> all;
        for (const auto& part : {look_rows(), preset_rows(), show_rows()})
            all.insert(all.end(), part.begin(), part.end());
        all.push_back({{"/reverie/<key>", "VALUE", "a parameter of `reverie list params`"},
                       "f",
                       true,
                       set_key,
                       value_of_key});
        return all;
    }();
    return kRows;
}

bool is_key_row(const Row& row) { return row.request == set_key; }

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

/// Runs `work`; what it throws is told with the address.
template <class Work>
auto of_address(const std::string& path, Work work) {
    try {
        return work();
    } catch (const Error& error) {
        throw Error(fmt::format("OSC {}: {}", one_line(path), error.what()));
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
        for (const std::string& rest : row.has_rest ? layers : std::vector<std::string>{""}) {
            OscNode node{head + rest, std::string(row.types),   std::nullopt, {},
                         {},          std::string(address.help)};
            if (row.scale != nullptr) node.range = *row.scale;
            if (row.value != nullptr) node.value = row.value(begun, rest);
            if (row.choices != nullptr) node.choices = row.choices();
            nodes.push_back(std::move(node));
        }
    }
    return nodes;
}

}  // namespace reverie
