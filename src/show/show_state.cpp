#include "src/show/show_state.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <sstream>

#include "src/control/modulation_file.h"
#include "src/control/toml_params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr int64_t kVersion = 1;
constexpr std::array<std::string_view, 3> kAttractModes{"off", "patterns", "memory"};

/// Calls visit(key, field, low, high) for everything but the objective's kin and the outputs. One
/// list for writing and reading.
template <class State, class Visit>
void each_field(State& s, Visit visit) {
    auto& t = s.installation.thresholds;
    auto& l = s.layout;
    visit("source", s.source, 0, 0);
    visit("network", s.network, 0, 0);
    visit("sound", s.sound, 0, 0);
    visit("preset", s.preset, 0, 0);
    visit("view", l.view, 0, 0);
    visit("fill", l.fill, 0, 0);
    visit("mirror", l.mirror, 0, 0);
    visit("fullscreen", l.fullscreen, 0, 0);
    visit("rotation", l.rotation, 0, 270);
    visit("monitor", l.monitor, 0, 64);
    visit("output_monitor", l.output_monitor, 0, 64);
    visit("still_below", t.still_below, 0, 1);
    visit("moving_above", t.moving_above, 0, 1);
    visit("absent_below", t.absent_below, 0, 1);
    visit("present_above", t.present_above, 0, 1);
    visit("still_after_s", t.still_after_s, 0, 3600);
    visit("absent_after_s", t.absent_after_s, 0, 3600);
    visit("dream_when_still", s.installation.dream_when_still, 0, 0);
    visit("walk_s", s.installation.walk_s, 0, 1e6);
    visit("walk_fade_s", s.installation.walk_fade_s, 0, 1e6);
}

/// A float as it is written elsewhere: 0.015, not 0.0149999997.
double written(float value) { return std::strtod(fmt::format("{}", value).c_str(), nullptr); }

struct Writer {
    toml::table& table;
    void operator()(const char* key, const std::string& v, double, double) { table.insert(key, v); }
    void operator()(const char* key, bool v, double, double) { table.insert(key, v); }
    void operator()(const char* key, int v, double, double) { table.insert(key, int64_t{v}); }
    void operator()(const char* key, double v, double, double) { table.insert(key, v); }
    void operator()(const char* key, float v, double, double) { table.insert(key, written(v)); }
};

struct Reader {
    const toml::table& table;
    const std::string& file;

    void operator()(const char* key, std::string& v, double, double) {
        if (table.contains(key)) v = toml_string(table, key, file);
    }
    void operator()(const char* key, bool& v, double, double) {
        const toml::node* node = table.get(key);
        if (node == nullptr) return;
        if (!node->is_boolean()) fail_at(file, *node, fmt::format("{} takes true or false", key));
        v = node->as_boolean()->get();
    }
    template <class Number>
    void operator()(const char* key, Number& v, double low, double high) {
        const toml::node* node = table.get(key);
        if (node == nullptr) return;
        const double value = node->is_number() ? node->value<double>().value_or(-1) : -1;
        // Written so that NaN is refused too.
        if (!(value >= low && value <= high))
            fail_at(file, *node, fmt::format("{} takes a number from {} to {}", key, low, high));
        v = static_cast<Number>(value);
    }
};

void read_outputs(const toml::table& root, const std::string& file, ShowState& state) {
    const toml::node* node = root.get("outputs");
    if (node == nullptr) return;
    if (!node->is_array()) fail_at(file, *node, "outputs takes a list");
    for (const toml::node& one : *node->as_array()) {
        if (!one.is_table()) fail_at(file, one, "an output has kind and target");
        state.outputs.push_back({toml_string(*one.as_table(), "kind", file),
                                 toml_string(*one.as_table(), "target", file)});
    }
}

toml::table brush_table(const BrushMask& brush) {
    toml::array strokes;
    for (const BrushStroke& stroke : brush.strokes) {
        toml::array path;
        for (const BrushPoint& point : stroke.path) {
            path.push_back(written(point.x));
            path.push_back(written(point.y));
        }
        strokes.push_back(toml::table{{"radius", written(stroke.radius)},
                                      {"softness", written(stroke.softness)},
                                      {"erases", stroke.erases},
                                      {"path", std::move(path)}});
    }
    return toml::table{{"filled", brush.filled}, {"strokes", std::move(strokes)}};
}

BrushMask read_brush(const toml::node& node, const std::string& file) {
    BrushMask brush;
    const toml::node_view<const toml::node> whole(node);
    brush.filled = whole["filled"].value_or(false);
    const toml::array* const strokes = whole["strokes"].as_array();
    if (strokes == nullptr) fail_at(file, node, "brush has a list of strokes");
    for (const toml::node& one : *strokes) {
        const toml::node_view<const toml::node> of(one);
        constexpr double kNone = -9;  // which no number of a stroke is
        BrushStroke stroke{{},
                           static_cast<float>(of["radius"].value_or(kNone)),
                           static_cast<float>(of["softness"].value_or(kNone)),
                           of["erases"].value_or(false)};
        const toml::array* const path = of["path"].as_array();
        for (size_t i = 0; path != nullptr && i + 1 < path->size(); i += 2)
            stroke.path.push_back({static_cast<float>((*path)[i].value_or(kNone)),
                                   static_cast<float>((*path)[i + 1].value_or(kNone))});
        if (!is_sound(stroke)) fail_at(file, one, "a stroke that no brush has painted");
        brush.strokes.push_back(std::move(stroke));
    }
    return brush;
}

}  // namespace

std::string_view name_of(AttractMode mode) { return kAttractModes[static_cast<size_t>(mode)]; }

AttractMode parse_attract_mode(std::string_view name) {
    for (size_t i = 0; i < kAttractModes.size(); ++i) {
        if (kAttractModes[i] == name) return static_cast<AttractMode>(i);
    }
    throw Error(fmt::format("attract = {}: there are off, patterns and memory", one_line(name)));
}

std::string to_toml(const ShowState& state) {
    toml::table root{{"version", kVersion}};
    each_field(state, Writer{root});
    root.insert("attract", std::string(name_of(state.installation.attract)));
    root.insert("params", params_table(state.params));
    // An empty list says that nothing moved, whatever the preset says.
    if (state.modulation) root.insert("modulation", modulation_tables(*state.modulation));
    if (!state.brush.is_empty()) root.insert("brush", brush_table(state.brush));
    toml::array outputs;
    for (const ShowState::Output& output : state.outputs)
        outputs.push_back(toml::table{{"kind", output.kind}, {"target", output.target}});
    root.insert("outputs", outputs);
    std::ostringstream text;
    text << root << '\n';
    return text.str();
}

ShowState parse_state(std::string_view text, const std::string& file) {
    const toml::table root = parse_toml(text, file);
    const toml::node* version = root.get("version");
    const int64_t number = version != nullptr ? version->value<int64_t>().value_or(0) : 0;
    if (number > kVersion)
        throw Error(fmt::format("{}: it is of version {}, newer than this program", file, number));
    if (number < 1) throw Error(fmt::format("{}: it does not say its version", file));
    ShowState state;
    each_field(state, Reader{root, file});
    if (root.contains("attract")) {
        try {
            state.installation.attract = parse_attract_mode(toml_string(root, "attract", file));
        } catch (const Error& error) {
            fail_at(file, *root.get("attract"), error.what());
        }
    }
    if (state.layout.rotation % 90 != 0)
        fail_at(file, *root.get("rotation"), "rotation takes 0, 90, 180 or 270");
    read_outputs(root, file, state);
    if (const toml::node* moves = root.get("modulation")) {
        const bool none = moves->is_array() && moves->as_array()->empty();
        state.modulation = none ? Modulation() : read_modulation(root, file);
    }
    if (const toml::node* brush = root.get("brush")) state.brush = read_brush(*brush, file);
    if (const toml::node* params = root.get("params")) {
        if (!params->is_table()) fail_at(file, *params, "params is not a table");
        for (const auto& [key, value] : *params->as_table())
            set_from_toml(state.params, key.str(), value, file);
    }
    return state;
}

}  // namespace reverie
