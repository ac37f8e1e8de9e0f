#include "src/ui/overlay/overlay.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "src/ui/dropped_file.h"
#include "src/ui/overlay/state.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr float kRailWidth = 96;
constexpr float kColumnWidth = 416;
constexpr float kStatusHeight = 44;

constexpr ImGuiWindowFlags kColumnFlags =
    ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
    ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoBringToFrontOnFocus;

constexpr std::string_view kTitles[kPanels] = {"Layers",     "Dream",        "Motion",     "Source",
                                               "Output",     "Presets",      "Modulation", "Scores",
                                               "Statistics", "Installation", "Sight"};
/// From top to bottom.
constexpr Panel kOnRail[kPanels] = {Panel::layers,     Panel::sight,       Panel::dream,
                                    Panel::motion,     Panel::source,      Panel::output,
                                    Panel::presets,    Panel::modulation,  Panel::scores,
                                    Panel::statistics, Panel::installation};

void begin_at(const char* id, UiRect place, ImGuiWindowFlags flags) {
    ImGui::SetNextWindowPos(ImVec2(place.left, place.top));
    ImGui::SetNextWindowSize(ImVec2(place.right - place.left, place.bottom - place.top));
    ImGui::Begin(id, nullptr, flags);
}

/// One name of the rail: a click opens its panel in the left column, with Shift in the right one.
void draw_rail_item(OverlayFrame& frame, Panel panel, UiRect rail) {
    Ui& ui = frame.ui;
    OverlayState& state = frame.state;
    const std::string_view title = name_of(panel);
    const ImVec2 at(rail.left, ImGui::GetCursorScreenPos().y);
    const float height = ui.px(42);
    ImGui::SetCursorScreenPos(at);
    ImGui::PushID(static_cast<int>(panel));
    const bool clicked = ImGui::InvisibleButton("panel", ImVec2(rail.right - rail.left, height));
    const bool right_clicked = ImGui::IsItemClicked(ImGuiMouseButton_Right);
    ImGui::PopID();
    ui.note("panel/" + std::string(title));
    const bool hovered = ImGui::IsItemHovered();
    tooltip(ui, "Shift-click: on the right");
    const bool open = state.left == panel || state.right == panel;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    if (open || hovered) {
        list.AddRectFilled(at, ImVec2(rail.right, at.y + height),
                           open ? style::rgba(0xFFFFFF, 14) : style::rgba(0xFFFFFF, 8));
    }
    if (state.left == panel)
        list.AddRectFilled(at, ImVec2(at.x + ui.px(3), at.y + height), style::kAccent);
    if (state.right == panel) {
        list.AddRectFilled(ImVec2(rail.right - ui.px(3), at.y), ImVec2(rail.right, at.y + height),
                           style::kAccent);
    }
    const ImVec2 next = ImGui::GetCursorScreenPos();
    ImGui::SetCursorScreenPos(ImVec2(at.x + ui.px(14), at.y + (height - ImGui::GetFontSize()) / 2));
    text(ui, title, open ? style::kText : style::kTextDim);
    ImGui::SetCursorScreenPos(ImVec2(next.x, at.y + height));
    if (right_clicked || clicked)
        run_command(frame, {Command::panel, static_cast<int>(panel),
                            right_clicked || ImGui::GetIO().KeyShift});
}

void draw_rail(OverlayFrame& frame, UiRect place) {
    Ui& ui = frame.ui;
    ImGui::PushStyleColor(ImGuiCol_WindowBg, style::kRail);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, ui.px(14)));
    begin_at("##rail", place, kColumnFlags);
    for (const Panel panel : kOnRail) {
        if (panel != Panel::installation || frame.model.installation.on)
            draw_rail_item(frame, panel, place);
    }
    const float line = ImGui::GetFontSize() + ui.px(4);
    ImGui::SetCursorScreenPos(ImVec2(place.left + ui.px(14), place.bottom - 2 * line - ui.px(8)));
    text(ui, "F1  help", style::kTextFaint, ui.small());
    ImGui::SetCursorScreenPos(ImVec2(place.left + ui.px(14), place.bottom - line - ui.px(8)));
    text(ui, "Tab  hide", style::kTextFaint, ui.small());
    ImGui::End();
    ImGui::PopStyleVar();
    ImGui::PopStyleColor();
}

void draw_panel(OverlayFrame& frame, Panel panel) {
    switch (panel) {
        case Panel::layers:
            draw_layers(frame);
            break;
        case Panel::dream:
        case Panel::motion:
            draw_params(frame, panel);
            break;
        case Panel::source:
            draw_source(frame);
            break;
        case Panel::output:
            draw_output(frame);
            break;
        case Panel::presets:
            draw_presets(frame);
            break;
        case Panel::modulation:
            draw_modulation(frame);
            break;
        case Panel::scores:
            draw_scores(frame);
            break;
        case Panel::statistics:
            draw_statistics(frame);
            break;
        case Panel::installation:
            draw_installation(frame);
            break;
        case Panel::sight:
            draw_sight(frame);
            break;
    }
}

void draw_column(OverlayFrame& frame, Panel panel, UiRect place, bool right) {
    Ui& ui = frame.ui;
    begin_at(right ? "##right" : "##left", place, kColumnFlags);
    ui.note(right ? "column/right" : "column/left", place);
    text(ui, name_of(panel), style::kText, ui.heading());
    const float edge = place.right - ui.px(style::kPadding);
    ui.set_right_edge(edge);
    if (right) {
        ImGui::SameLine();
        ImGui::SetCursorScreenPos(ImVec2(edge - ui.px(22), ImGui::GetCursorScreenPos().y));
        if (letter_button(ui, "column/close", "×", false, style::kAccent))
            frame.state.right.reset();
    }
    gap(ui, 14);
    // Its own identity, so that each panel keeps its place when another has been looked at.
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
    // The scroll bar stands in the panel's padding, the inner half of which ImGui lets it have.
    const float width = edge - ImGui::GetCursorScreenPos().x + ui.px(style::kPadding / 2);
    ImGui::BeginChild(std::string(name_of(panel)).c_str(), ImVec2(width, 0), false,
                      panel == Panel::layers ? ImGuiWindowFlags_NoScrollbar : 0);
    ImGui::PopStyleVar();
    ImGui::PushID(right ? 1 : 0);
    draw_panel(frame, panel);
    ImGui::PopID();
    ImGui::EndChild();
    ImGui::End();
}

/// The line between source and dream follows the pointer where no panel is.
void drag_wipe(OverlayFrame& frame, UiRect picture) {
    const Ui& ui = frame.ui;
    ViewSettings view = frame.model.view;
    if (frame.state.brush.on || frame.state.drift || ImGui::GetIO().KeyCtrl) return;
    if (view.mode != ViewMode::wipe || ui.wants_pointer() || !ui.pointer_down()) return;
    const float width = std::max(picture.right - picture.left, 1.0F);
    view.wipe = std::clamp((ui.pointer_x() - picture.left) / width, 0.0F, 1.0F);
    if (view != frame.model.view) frame.act(action::SetView{view});
}

void draw_all(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    OverlayState& state = frame.state;
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    const float bottom = screen.y - std::round(ui.px(kStatusHeight));
    const float rail = std::round(ui.px(kRailWidth));
    const float column = std::round(ui.px(kColumnWidth));
    // Two columns only where a picture fits between them.
    const bool two = state.right && screen.x - rail - 2 * column > ui.px(160);
    const float left_end = std::min(rail + column, screen.x);
    const float right_begin = two ? screen.x - column : screen.x;
    draw_rail(frame, {0, 0, rail, bottom});
    draw_column(frame, state.left, {rail, 0, left_end, bottom}, false);
    if (two) draw_column(frame, *state.right, {right_begin, 0, screen.x, bottom}, true);
    draw_status(frame, {0, bottom, screen.x, screen.y});
    const UiRect picture{left_end, 0, right_begin, bottom};
    draw_messages(frame, picture);
    drag_wipe(frame, picture);
    state.covered_left = left_end;
    state.covered_right = screen.x - right_begin;
    state.covered_below = screen.y - bottom;
}

void age_messages(OverlayState& state, double dt_s) {
    constexpr double kForgotten_s = 10;
    for (Message& message : state.messages) message.age_s += dt_s;
    std::erase_if(state.messages, [](const Message& m) { return m.age_s > kForgotten_s; });
}

/// What cannot be read is said, and nothing changes.
void take_dropped(OverlayFrame& frame, const std::string& path) {
    try {
        for (const Request& request : requests_of_dropped(path)) frame.ask(request);
    } catch (const Error& error) {
        frame.say(error.what());
    }
}

}  // namespace

std::string_view name_of(Panel panel) { return kTitles[static_cast<size_t>(panel)]; }

Overlay::Overlay() : state_(std::make_unique<OverlayState>()) {}
Overlay::~Overlay() = default;

OverlayActions Overlay::draw(Ui& ui, const OverlayModel& model) {
    OverlayState& state = *state_;
    age_messages(state, ImGui::GetIO().DeltaTime);
    OverlayActions actions;
    OverlayFrame frame{ui, model, state, actions};
    if (!ui.dropped().empty()) take_dropped(frame, ui.dropped().front());
    frame.by_key = true;
    for (const KeyEvent& key : ui.keys()) {
        if (const std::optional<CommandCall> call = command_of(key)) run_command(frame, *call);
    }
    frame.by_key = false;
    state.covered_left = state.covered_right = state.covered_below = 0;
    if (state.visible) draw_all(frame);
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    const Area area = free_area({static_cast<int>(screen.x), static_cast<int>(screen.y)});
    if (model.view.mode == ViewMode::sight) draw_sight_view(frame, area);
    const bool drifts = drift_by_hand(frame, area);
    draw_brush(frame, area, !drifts);
    if (state.help) draw_help(frame);
    return actions;
}

bool Overlay::visible() const { return state_->visible; }
bool Overlay::shows(Panel panel) const {
    return state_->visible && (state_->left == panel || state_->right == panel);
}
void Overlay::show(bool visible) { state_->visible = visible; }
void Overlay::show_help(bool visible) { state_->help = visible; }

void Overlay::open(Panel panel, bool right) {
    if (right) {
        state_->right = panel;
    } else {
        state_->left = panel;
    }
}

Area Overlay::free_area(Size size) const {
    const int left = static_cast<int>(state_->covered_left);
    const int right = static_cast<int>(state_->covered_right);
    const int below = static_cast<int>(state_->covered_below);
    return {left, 0, std::max(size.width - left - right, 0), std::max(size.height - below, 0)};
}

}  // namespace reverie
