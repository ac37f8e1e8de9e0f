// The panels Dream and Motion: a control for every row of the table of parameters. Which section a
// row stands in is said here; a row that is not named here stands under "More".
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "src/ui/overlay/state.h"
#include "src/util/error.h"

namespace reverie {
namespace {

struct Section {
    Panel panel;
    std::string_view title;
    std::array<std::string_view, 8> keys;
};

constexpr std::array kSections = std::to_array<Section>({
    {Panel::dream, "Look", {"strength", "chroma", "smoothing", "laplacian", "step"}},
    {Panel::dream, "Depth", {"iterations", "octaves", "octave_ratio", "jitter", "homeostasis"}},
    {Panel::motion, "Memory", {"half_life", "flow", "occlusion"}},
    {Panel::motion, "Drift", {"zoom", "rotation", "pan_x", "pan_y", "centre_x", "centre_y"}},
});

bool is_placed(std::string_view key) {
    return std::any_of(kSections.begin(), kSections.end(), [&](const Section& section) {
        return std::find(section.keys.begin(), section.keys.end(), key) != section.keys.end();
    });
}

std::string explanation(const ParamInfo& info) {
    std::string text(info.help);
    if (info.is_numeric()) text += fmt::format("\n{} {}", range_text(info), info.unit);
    text += fmt::format("\ndefault {} {}", info.initial, info.unit);
    text += "\n\n";
    if (info.is_numeric()) text += "Double-click: default. Ctrl-click: type a number.\n";
    text += "Right-click, then move a MIDI control: it plays this.";
    return text;
}

/// A label and its fader belong together, and many are to be seen at once.
void close_up(Ui& ui) { ImGui::SetCursorPosY(ImGui::GetCursorPosY() - ui.px(4)); }

/// The value with its unit behind it, right-aligned on the label's line.
void draw_value(Ui& ui, const ParamInfo& info, double value) {
    const float right = ui.right_edge();
    const std::string number =
        info.is_integer() ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
    float edge = right;
    if (!info.unit.empty()) {
        const std::string unit = fmt::format(" {}", info.unit);
        text_right(ui, unit, edge, style::kTextFaint);
        edge = ImGui::GetItemRectMin().x - ui.px(1);
    }
    text_right(ui, number, edge, style::kText);
}

void draw_flag(OverlayFrame& frame, const ParamInfo& info) {
    Ui& ui = frame.ui;
    const bool on = number_of(frame.model.params, info) != 0;
    const float right = ui.right_edge();
    const float top = ImGui::GetCursorPosY();
    ImGui::SetCursorPosY(top + ui.px(2));
    text(ui, spoken(info.key), style::kTextDim);
    tooltip(ui, explanation(info));
    ImGui::SameLine();
    ImGui::SetCursorScreenPos(ImVec2(right - ui.px(38), ImGui::GetCursorScreenPos().y));
    ImGui::SetCursorPosY(top);
    if (toggle(ui, info.key, on)) frame.apply(info, done(on ? 0 : 1));
    offer_to_midi(frame, std::string(info.key));
    tooltip(ui, explanation(info));
    gap(ui, 10);
}

/// Numbers that name something rather than measure it: no hand can find one of a billion.
bool is_nominal(const ParamInfo& info) { return info.is_integer() && info.high - info.low > 1e6; }

void draw_nominal(OverlayFrame& frame, const ParamInfo& info) {
    Ui& ui = frame.ui;
    text(ui, spoken(info.key), style::kTextDim);
    tooltip(ui, explanation(info));
    const double value = number_of(frame.model.params, info);
    const std::string now = fmt::format("{:.0f}", value);
    const float right = ui.right_edge();
    const float button_width = ui.px(64);
    std::string typed = now;
    if (text_field(ui, info.key, typed, now.c_str(),
                   right - ImGui::GetCursorScreenPos().x - button_width - ui.px(style::kGap))) {
        try {
            Params next = frame.model.params;
            set_param(next, info.key, typed);
            frame.apply(info, done(number_of(next, info)));
        } catch (const Error& error) {
            frame.say(error.what());
        }
    }
    tooltip(ui, explanation(info));
    ImGui::SameLine();
    if (button(ui, std::string(info.key) + "/next", "Next", button_width))
        frame.apply(info, done(value >= info.high ? info.low : value + 1));
    gap(ui, 10);
}

bool is_moved(const OverlayModel& model, const ParamInfo& info) {
    const std::vector<ModulationRoute>& routes = model.modulation.played.routes;
    return std::any_of(routes.begin(), routes.end(),
                       [&](const ModulationRoute& route) { return route.target == info.key; });
}

void draw_number(OverlayFrame& frame, const ParamInfo& info) {
    Ui& ui = frame.ui;
    const double value = number_of(frame.model.params, info);
    FaderSpec spec = fader_spec(info);
    spec.unbounded = true;  // the desk says what it makes of a number that is too large
    text(ui, spoken(info.key), style::kTextDim);
    tooltip(ui, explanation(info));
    draw_value(ui, info, value);
    close_up(ui);
    const Edit edit = fader(ui, info.key, spec, value, 0);
    if (is_moved(frame.model, info)) mark_on_fader(ui, spec, number_of(frame.model.moved, info));
    offer_to_midi(frame, std::string(info.key));
    tooltip(ui, explanation(info));
    frame.apply(info, edit);
    close_up(ui);
}

void draw_expression(OverlayFrame& frame, const ParamInfo& info) {
    Ui& ui = frame.ui;
    OverlayState& state = frame.state;
    text(ui, spoken(info.key), style::kTextDim);
    tooltip(ui, explanation(info));
    const std::string now = get_param(frame.model.params, info.key);
    std::string& typed = state.objective_text;
    const bool entered = text_field(ui, info.key, typed, "nothing is dreamed", 0);
    const bool active = ImGui::IsItemActive();
    tooltip(ui, explanation(info));
    if (entered) {
        try {
            Params next = frame.model.params;
            if (typed.find_first_not_of(" \t") == std::string::npos) {
                next.objective = {};
            } else {
                set_param(next, info.key, typed);
            }
            state.objective_problem.clear();
            frame.ask(request::SetObjective{next.objective});
        } catch (const Error& error) {
            state.objective_problem = error.what();
            state.objective_refused = typed;
        }
    } else if (!active && state.objective_problem.empty()) {
        typed = now;
    }
    // A refused text stays there to be corrected; the error disappears with the next letter.
    if (typed != state.objective_refused) state.objective_problem.clear();
    if (!state.objective_problem.empty())
        text_wrapped(ui, state.objective_problem, style::kTrouble, ui.small());
    gap(ui, 6);
}

/// Which network dreams, if there is more than one.
void draw_networks(OverlayFrame& frame) {
    const OverlayModel& model = frame.model;
    if (model.networks.size() < 2) return;
    section(frame.ui, "Network");
    for (const NetworkStatus& network : model.networks) {
        const bool current = network.path == model.network;
        const bool coming = network.path == model.coming_network;
        const ChoiceLook look = current  ? ChoiceLook::current
                                : coming ? ChoiceLook::unusable
                                         : ChoiceLook::plain;
        const std::string detail =
            coming ? "is being read; the current one keeps dreaming" : network.path;
        if (choice(frame.ui, "network/" + network.name, network.name, detail, look) && !current)
            frame.ask(request::UseNetwork{network.path});
    }
}

}  // namespace

void draw_param(OverlayFrame& frame, const ParamInfo& info) {
    if (info.is_objective()) {
        draw_expression(frame, info);
    } else if (info.is_flag()) {
        draw_flag(frame, info);
    } else if (is_nominal(info)) {
        draw_nominal(frame, info);
    } else {
        draw_number(frame, info);
    }
}

void draw_params(OverlayFrame& frame, Panel panel) {
    for (const Section& part : kSections) {
        if (part.panel != panel) continue;
        section(frame.ui, part.title);
        for (const std::string_view key : part.keys) {
            // A row that the table does not have any more is removed here.
            const auto row = std::find_if(
                kParams.begin(), kParams.end(),
                [&](const ParamInfo& info) { return !key.empty() && info.key == key; });
            if (row != kParams.end()) draw_param(frame, *row);
        }
    }
    if (panel == Panel::motion) return;
    section(frame.ui, "More");
    for (const ParamInfo& info : kParams) {
        if (!is_placed(info.key)) draw_param(frame, info);
    }
    draw_networks(frame);
}

}  // namespace reverie
