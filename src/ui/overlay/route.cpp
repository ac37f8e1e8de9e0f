// One route of the modulation, under the matrix: how much of its source its target gets, and how.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "src/control/modulation_edit.h"
#include "src/ui/overlay/state.h"

namespace reverie {
namespace {

/// The route as it is, and as a control of it makes it.
class RouteEditor {
  public:
    RouteEditor(OverlayFrame& frame, size_t number)
        : frame_(frame),
          number_(static_cast<int>(number)),
          route_(frame.model.modulation.played.routes[number]) {}

    const ModulationRoute& route() const { return route_; }
    int number() const { return number_; }

    /// At once, as one step of the history.
    void set(const ModulationRoute& changed) {
        frame_.ask(request::SetRoute{number_, changed, ""});
    }

    /// A label, its value and a fader, `width` wide, below each other at the cursor.
    struct Number {
        std::string_view key, label;
        FaderSpec spec;
        double value = 0;
        std::string shown;
        std::string_view help;
    };
    /// The value where it is new.
    template <class Change>
    void draw(const Number& number, float width, Change change) {
        Ui& ui = frame_.ui;
        const ImVec2 at = ImGui::GetCursorScreenPos();
        text(ui, number.label, style::kTextDim);
        text_right(ui, number.shown, at.x + width, style::kText);
        ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(20)));
        const std::string control = fmt::format("{}/{}", route_control(number_), number.key);
        const Edit edit = fader(ui, control, number.spec, number.value, width);
        tooltip(ui, number.help);
        ModulationRoute changed = route_;
        change(changed, edit.value);
        frame_.ask_edit(control, edit, request::SetRoute{number_, changed, control});
        ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(kNumberHeight)));
    }

    static constexpr float kNumberHeight = 46;

  private:
    OverlayFrame& frame_;
    int number_;
    ModulationRoute route_;
};

std::string seconds_text(double seconds) {
    if (seconds <= 0) return "at once";
    return seconds < 1 ? fmt::format("{:.0f} ms", 1000 * seconds)
                       : fmt::format("{:.2f} s", seconds);
}

/// "¼", "1 beat", "4 beats".
std::string beats_text(double beats) {
    if (beats < 1) return fmt::format("1/{:.3g} beat", 1 / beats);
    return fmt::format("{:.4g} beat{}", beats, beats == 1 ? "" : "s");
}

void draw_title(OverlayFrame& frame, const RouteEditor& editor) {
    Ui& ui = frame.ui;
    const ModulationRoute& route = editor.route();
    const ModulationStatus& status = frame.model.modulation;
    const auto number = static_cast<size_t>(editor.number());
    const float value = number < status.values.size() ? status.values[number] : 0;
    section(ui, fmt::format("{} moves {}", route.source, spoken(route.target)));
    const ModulationSource* source = find_modulation_source(route.source);
    if (source == nullptr) {
        text_wrapped(ui,
                     fmt::format("This version has no source {}: it is kept, and adds nothing.",
                                 route.source),
                     style::kWaiting, ui.small());
        gap(ui, 6);
        return;
    }
    text(ui, "adds now", style::kTextDim);
    text_right(ui, fmt::format("{:+.3f}", route.amount * double{value}), ui.right_edge(),
               style::kText);
}

void draw_amount(OverlayFrame& frame, RouteEditor& editor) {
    Ui& ui = frame.ui;
    const ModulationRoute& route = editor.route();
    const double most = std::min(range_of_target(route.target).span(), 1000.0);
    const FaderSpec spec{.low = -most, .high = most, .initial = 0, .unbounded = true};
    const ImVec2 at = ImGui::GetCursorScreenPos();
    text(ui, "amount", style::kTextDim);
    text_right(ui, fmt::format("{:+.4g}", route.amount), ui.right_edge(), style::kText);
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(20)));
    const std::string control = route_control(editor.number());
    const Edit edit = fader(ui, control, spec, route.amount, 0);
    offer_to_midi(frame, control);
    tooltip(ui,
            "How much the target gets where the source is 1. Double-click: nothing.\n\n"
            "Right-click, then move a MIDI control: it plays this.");
    frame.ask_edit(control, edit, request::SetRouteAmount{editor.number(), edit.value});
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(RouteEditor::kNumberHeight)));
}

void draw_curve(OverlayFrame& frame, RouteEditor& editor) {
    Ui& ui = frame.ui;
    const ModulationRoute& route = editor.route();
    const auto chosen =
        segmented(ui, "modulation/curve", kModulationCurves, static_cast<int>(route.curve), 0);
    if (!chosen) return;
    ModulationRoute changed = route;
    changed.curve = static_cast<ModulationCurve>(*chosen);
    editor.set(changed);
}

/// Left and right half of the panel, with a gap between them.
struct Halves {
    explicit Halves(Ui& ui)
        : at(ImGui::GetCursorScreenPos()),
          width((width_left(ui) - ui.px(16)) / 2),
          right(at.x + width + ui.px(16)) {}
    ImVec2 at;
    float width, right;
};

void draw_smoothing(OverlayFrame& frame, RouteEditor& editor) {
    const Halves halves(frame.ui);
    const FaderSpec spec{.low = 0, .high = 60, .initial = 0};
    const ModulationRoute& route = editor.route();
    editor.draw({"attack", "attack", spec, route.attack_s, seconds_text(route.attack_s),
                 "How long a rise takes until it is followed"},
                halves.width, [](ModulationRoute& r, double v) { r.attack_s = v; });
    ImGui::SetCursorScreenPos(ImVec2(halves.right, halves.at.y));
    editor.draw({"release", "release", spec, route.release_s, seconds_text(route.release_s),
                 "How long a fall takes until it is followed"},
                halves.width, [](ModulationRoute& r, double v) { r.release_s = v; });
    ImGui::SetCursorScreenPos(
        ImVec2(halves.at.x, halves.at.y + frame.ui.px(RouteEditor::kNumberHeight)));
}

/// The fader's end is no limit.
void draw_limits(OverlayFrame& frame, RouteEditor& editor) {
    const Halves halves(frame.ui);
    const ModulationRoute& route = editor.route();
    const TargetRange range = range_of_target(route.target);
    const auto limit_text = [](const std::optional<double>& limit) {
        return limit ? fmt::format("{:.4g}", *limit) : std::string("no limit");
    };
    const FaderSpec low{
        .low = range.low, .high = range.high, .initial = range.low, .unbounded = true};
    const FaderSpec high{
        .low = range.low, .high = range.high, .initial = range.high, .unbounded = true};
    editor.draw({"low", "at least", low, route.low.value_or(range.low), limit_text(route.low),
                 "The target does not fall below this. At its left end: no limit."},
                halves.width, [&](ModulationRoute& r, double v) {
                    r.low = v == range.low ? std::optional<double>() : v;
                });
    ImGui::SetCursorScreenPos(ImVec2(halves.right, halves.at.y));
    editor.draw({"high", "at most", high, route.high.value_or(range.high), limit_text(route.high),
                 "The target does not rise above this. At its right end: no limit."},
                halves.width, [&](ModulationRoute& r, double v) {
                    r.high = v == range.high ? std::optional<double>() : v;
                });
    ImGui::SetCursorScreenPos(
        ImVec2(halves.at.x, halves.at.y + frame.ui.px(RouteEditor::kNumberHeight)));
}

void draw_shape(OverlayFrame& frame, RouteEditor& editor) {
    Ui& ui = frame.ui;
    const ModulationRoute& route = editor.route();
    std::vector<std::string_view> shapes;
    int now = -1;
    for (const ModulationSource& source : kModulationSources) {
        if (!source.wave()) continue;
        if (source.name == route.source) now = static_cast<int>(shapes.size());
        shapes.push_back(source.name);
    }
    if (const auto shape = segmented(ui, "modulation/shape", shapes, now, 0)) {
        editor.set(with_source(route, std::string(shapes[static_cast<size_t>(*shape)]), false));
    }
    constexpr std::array<std::string_view, 2> kLengths{"in Hz", "in beats"};
    const bool beats = route.beats > 0;
    if (const auto to = segmented(ui, "modulation/length", kLengths, beats ? 1 : 0, 0)) {
        ModulationRoute changed = route;
        // As long as it was, at the tempo that there is.
        const double bpm = frame.model.tempo.bpm > 0 ? frame.model.tempo.bpm : 120;
        if (*to == 1 && !beats)
            changed.beats = std::exp2(std::round(std::log2(bpm / 60 / route.hz)));
        if (*to == 0 && beats) changed.hz = bpm / 60 / route.beats;
        (*to == 1 ? changed.hz : changed.beats) = 0;
        editor.set(changed);
    }
}

void draw_wave(OverlayFrame& frame, RouteEditor& editor) {
    Ui& ui = frame.ui;
    const ModulationRoute& route = editor.route();
    draw_shape(frame, editor);
    gap(ui, 8);
    const Halves halves(ui);
    const FaderSpec hz{.low = 0.01, .high = 16, .initial = 0.25, .unbounded = true};
    const FaderSpec beats{.low = 0.25, .high = 64, .initial = 4, .unbounded = true};
    if (route.beats > 0) {
        // A hand means whole, half and double lengths; what is typed stays as it is.
        editor.draw({"beats", "a cycle lasts", beats, route.beats, beats_text(route.beats),
                     "How long one cycle of the wave lasts"},
                    halves.width, [](ModulationRoute& r, double v) {
                        r.beats = ImGui::IsItemActive() ? std::exp2(std::round(std::log2(v))) : v;
                    });
    } else {
        editor.draw({"hz", "cycles", hz, route.hz, fmt::format("{:.3g} Hz", route.hz),
                     "Cycles of the wave in a second"},
                    halves.width, [](ModulationRoute& r, double v) { r.hz = v; });
    }
    ImGui::SetCursorScreenPos(ImVec2(halves.right, halves.at.y));
    const FaderSpec phase{.low = 0, .high = 1, .initial = 0};
    editor.draw({"phase", "phase", phase, route.phase, fmt::format("{:.0f}°", 360 * route.phase),
                 "Where in its cycle the wave begins"},
                halves.width, [](ModulationRoute& r, double v) { r.phase = v; });
    ImGui::SetCursorScreenPos(ImVec2(halves.at.x, halves.at.y + ui.px(RouteEditor::kNumberHeight)));
}

}  // namespace

void draw_route(OverlayFrame& frame, size_t number) {
    Ui& ui = frame.ui;
    RouteEditor editor(frame, number);
    draw_title(frame, editor);
    draw_amount(frame, editor);
    const ModulationSource* source = find_modulation_source(editor.route().source);
    if (source != nullptr && source->wave()) draw_wave(frame, editor);
    draw_curve(frame, editor);
    gap(ui, 8);
    draw_smoothing(frame, editor);
    draw_limits(frame, editor);
    if (button(ui, "modulation/remove", "Remove", ui.px(96), ButtonLook::danger))
        frame.ask(request::RemoveRoute{editor.number()});
}

}  // namespace reverie
