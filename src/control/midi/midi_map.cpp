#include "src/control/midi/midi_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "src/control/osc/osc_requests.h"
#include "src/control/toml_params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

struct InputName {
    MidiInput::Kind kind;
    std::string_view key;
    int highest;
};
constexpr std::array kInputs = std::to_array<InputName>({
    {MidiInput::Kind::note, "note", 127},
    {MidiInput::Kind::cc, "cc", 127},
    {MidiInput::Kind::cc14, "cc14", 31},
});
constexpr std::array kKeys =
    std::to_array<std::string_view>({"note", "cc", "cc14", "bend", "channel", "to", "kind", "low",
                                     "high", "velocity", "feedback", "lit", "unlit"});

/// Reads one [[control]].
class RowReader {
  public:
    RowReader(const toml::table& row, const std::string& file) : row_(row), file_(file) {}

    MidiControl read() const {
        for (const auto& [key, value] : row_) {
            const std::string_view name = key.str();
            if (std::find(kKeys.begin(), kKeys.end(), name) != kKeys.end()) continue;
            const std::vector<std::string> known(kKeys.begin(), kKeys.end());
            fail_at(file_, value,
                    fmt::format("unknown key '{}'{}", one_line(name), did_you_mean(name, known)));
        }
        MidiControl control;
        control.input = read_input();
        control.to = toml_string(row_, "to", file_);
        if (control.to.empty()) fail_at(file_, row_, "a control needs to = \"…\": what it plays");
        control.message = midi_target(control.to);
        control.use = read_use(control);
        control.low = read_number("low");
        control.high = read_number("high");
        control.velocity = read_flag("velocity", false);
        control.feedback = read_flag("feedback", is_button(control.use));
        control.lit = static_cast<int>(read_whole("lit", 0, 127).value_or(127));
        control.unlit = static_cast<int>(read_whole("unlit", 0, 127).value_or(0));
        return control;
    }

  private:
    MidiInput read_input() const {
        MidiInput input;
        int found = 0;
        for (const InputName& name : kInputs) {
            const std::optional<int64_t> number = read_whole(name.key, 0, name.highest);
            if (!number) continue;
            ++found;
            input.kind = name.kind;
            input.number = static_cast<int>(*number);
        }
        if (read_flag("bend", false)) {
            ++found;
            input.kind = MidiInput::Kind::bend;
        }
        if (found != 1) fail_at(file_, row_, "a control needs one of note, cc, cc14 and bend");
        if (const auto channel = read_whole("channel", 1, 16))
            input.channel = static_cast<int>(*channel) - 1;
        return input;
    }

    MidiUse read_use(const MidiControl& control) const {
        const std::string written = toml_string(row_, "kind", file_);
        if (written.empty()) {
            const bool note = control.input.kind == MidiInput::Kind::note;
            return note ? MidiUse::trigger : MidiUse::fader;
        }
        std::vector<std::string> names;
        for (const MidiUseName& use : kMidiUses) {
            if (use.name == written) return use.use;
            names.emplace_back(use.name);
        }
        fail_at(
            file_, row_,
            fmt::format("unknown kind '{}'{}", one_line(written), did_you_mean(written, names)));
    }

    std::optional<int64_t> read_whole(std::string_view key, int64_t low, int64_t high) const {
        const toml::node* const node = row_.get(key);
        if (node == nullptr) return std::nullopt;
        const std::optional<int64_t> value = node->value_exact<int64_t>();
        if (!value || *value < low || *value > high)
            fail_at(file_, *node, fmt::format("{}: expected {} to {}", key, low, high));
        return value;
    }

    std::optional<double> read_number(std::string_view key) const {
        const toml::node* const node = row_.get(key);
        if (node == nullptr) return std::nullopt;
        const std::optional<double> value = node->value<double>();
        if (!value || !node->is_number() || !(std::abs(*value) < 1e9))
            fail_at(file_, *node, fmt::format("{}: expected a number", key));
        return value;
    }

    bool read_flag(std::string_view key, bool otherwise) const {
        const toml::node* const node = row_.get(key);
        if (node == nullptr) return otherwise;
        const std::optional<bool> value = node->value_exact<bool>();
        if (!value) fail_at(file_, *node, fmt::format("{}: expected true or false", key));
        return *value;
    }

    const toml::table& row_;
    const std::string& file_;
};

std::optional<double> number_in(std::string_view word) {
    double value = 0;
    const char* const end = word.data() + word.size();
    const auto [stop, status] = std::from_chars(word.data(), end, value);
    if (status != std::errc() || stop != end) return std::nullopt;
    return value;
}

/// The text as TOML writes it in quotes.
std::string quoted_as_toml(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < ' ' || byte == 127)
            out += fmt::format("\\u{:04x}", byte);
        else if (c == '"' || c == '\\')
            out += {'\\', c};
        else
            out += c;
    }
    return out + "\"";
}

}  // namespace

OscMessage midi_target(std::string_view to) {
    OscMessage message;
    for (size_t at = 0; at < to.size();) {
        if (to[at] == ' ' || to[at] == '\t') {
            ++at;
            continue;
        }
        const bool quotes = to[at] == '"' && !message.path.empty();
        if (quotes) ++at;
        const size_t end = std::min(to.find_first_of(quotes ? "\"" : " \t", at), to.size());
        const std::string_view word = to.substr(at, end - at);
        if (message.path.empty())
            message.path = std::string(kOscRoot) + std::string(word);
        else if (const std::optional<double> number = quotes ? std::nullopt : number_in(word))
            message.arguments.emplace_back(*number);
        else
            message.arguments.emplace_back(std::string(word));
        at = end + (quotes ? 1 : 0);
    }
    return message;
}

std::string describe(const MidiInput& input) {
    switch (input.kind) {
        case MidiInput::Kind::note:
            return fmt::format("note {}", input.number);
        case MidiInput::Kind::bend:
            return "bend";
        default:
            return fmt::format("cc {}", input.number);
    }
}

MidiMap parse_midi_map(std::string_view text, const std::string& file) {
    const toml::table root = parse_toml(text, file);
    MidiMap map;
    map.origin = file;
    map.device = toml_string(root, "device", file);
    map.title = toml_string(root, "title", file);
    if (map.device.empty())
        throw Error(
            fmt::format("{}:1: a map needs device = \"…\": part of the device's name", file));
    for (const auto& [key, value] : root) {
        const std::string_view name = key.str();
        if (name == "device" || name == "title" || name == "control") continue;
        fail_at(file, value,
                fmt::format("unknown key '{}'{}", one_line(name),
                            did_you_mean(name, {"device", "title", "control"})));
    }
    const toml::node* const controls = root.get("control");
    if (controls == nullptr) return map;
    const toml::array* const rows = controls->as_array();
    if (rows == nullptr) fail_at(file, *controls, "expected [[control]]");
    for (const toml::node& row : *rows) {
        const toml::table* const table = row.as_table();
        if (table == nullptr) fail_at(file, row, "expected [[control]]");
        map.controls.push_back(RowReader(*table, file).read());
    }
    return map;
}

std::string midi_map_text(const MidiMap& map) {
    std::string text = fmt::format("device = {}\n", quoted_as_toml(map.device));
    if (!map.title.empty()) text += fmt::format("title = {}\n", quoted_as_toml(map.title));
    for (const MidiControl& control : map.controls) {
        text += "\n[[control]]\n";
        if (control.input.kind == MidiInput::Kind::bend) text += "bend = true\n";
        for (const InputName& input : kInputs) {
            if (input.kind == control.input.kind)
                text += fmt::format("{} = {}\n", input.key, control.input.number);
        }
        if (control.input.channel >= 0)
            text += fmt::format("channel = {}\n", control.input.channel + 1);
        text += fmt::format("to = {}\n", quoted_as_toml(control.to));
        for (const MidiUseName& use : kMidiUses) {
            if (use.use == control.use) text += fmt::format("kind = \"{}\"\n", use.name);
        }
        if (control.low) text += fmt::format("low = {}\n", *control.low);
        if (control.high) text += fmt::format("high = {}\n", *control.high);
        if (control.velocity) text += "velocity = true\n";
        text += fmt::format("feedback = {}\n", control.feedback);
        if (control.lit != 127) text += fmt::format("lit = {}\n", control.lit);
        if (control.unlit != 0) text += fmt::format("unlit = {}\n", control.unlit);
    }
    return text;
}

}  // namespace reverie
