// The panel Presets: load, save, overwrite, and the cross-fade from A to B.
#include <fmt/format.h>

#include <algorithm>

#include "src/ui/overlay_state.h"

namespace reverie {
namespace {

constexpr float kPresetRow = 34;

std::string title_of(const OverlayModel& model, const std::string& name) {
    for (const PresetStatus& preset : model.presets) {
        if (preset.name == name && !preset.title.empty()) return preset.title;
    }
    return name;
}

void draw_fade_time(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    text(ui, "fade over", style::kTextDim);
    text_right(ui, fmt::format("{:.3g} s", frame.model.fade_s), ui.right_edge(), style::kText);
    const FaderSpec spec{.low = 0, .high = 60, .initial = 2, .unbounded = false};
    const Edit edit = fader(ui, "presets/fade", spec, frame.model.fade_s, 0);
    tooltip(ui, "How long a preset takes to come in, and A to become B");
    if (edit.changed) frame.ask(request::SetFadeTime{edit.value});
}

void draw_crossfade(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const CrossfadeStatus& fade = frame.model.crossfade;
    if (fade.a.empty() || fade.b.empty()) {
        text_wrapped(ui, "Choose two presets below by A and B.", style::kTextFaint, ui.small());
        return;
    }
    const float half = width_left(ui) / 2 - ui.px(6);
    text_cut(ui, title_of(frame.model, fade.a), half, style::kText);
    text_right(ui, title_of(frame.model, fade.b), ui.right_edge(), style::kText);
    const FaderSpec spec{.low = 0, .high = 1, .initial = 0};
    const float position = frame.state.crossfade_drag.value_or(fade.position);
    const Edit edit = fader(ui, "presets/crossfade", spec, position, 0);
    offer_to_midi(frame, std::string(kCrossfadeControl));
    const auto moved = static_cast<float>(edit.value);
    if (edit.changed) frame.state.crossfade_drag = moved;
    frame.ask_edit(std::string(kCrossfadeControl), edit, request::MoveCrossfade{moved});
    if (edit.ended) frame.state.crossfade_drag.reset();
    gap(ui, 6);
    const float width = (width_left(ui) - ui.px(style::kGap)) / 2;
    if (button(ui, "presets/to a", "To A", width))
        frame.ask(request::RunCrossfade{0, std::nullopt});
    ImGui::SameLine();
    if (button(ui, "presets/to b", "To B", width))
        frame.ask(request::RunCrossfade{1, std::nullopt});
}

void draw_ends(OverlayFrame& frame, const PresetStatus& preset) {
    Ui& ui = frame.ui;
    const CrossfadeStatus& fade = frame.model.crossfade;
    const auto end = [&](const char* letter, bool on, bool is_a) {
        if (letter_button(ui, fmt::format("preset/{}/{}", preset.name, letter), letter, on,
                          style::kAccent)) {
            frame.ask(request::SetCrossfadeEnds{is_a ? preset.name : fade.a,
                                                is_a ? fade.b : preset.name});
        }
        tooltip(ui, is_a ? "This is A of the cross-fade" : "This is B of the cross-fade");
    };
    end("A", fade.a == preset.name, true);
    ImGui::SameLine(0, ui.px(4));
    end("B", fade.b == preset.name, false);
}

void draw_row(OverlayFrame& frame, const PresetStatus& preset, int number) {
    Ui& ui = frame.ui;
    const bool current = frame.model.preset == preset.name;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = width_left(ui);
    const float ends = ui.px(2 * 22 + 4 + 8);
    ImGui::PushID(preset.name.c_str());
    const bool clicked = ImGui::InvisibleButton("row", ImVec2(width - ends, ui.px(kPresetRow - 4)));
    ui.note("preset/" + preset.name);
    offer_to_midi(frame, fmt::format("preset \"{}\"", preset.name));
    const bool hovered = ImGui::IsItemHovered();
    const std::string help = preset.problem.empty() ? preset.description : preset.problem;
    tooltip(ui, help);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    if (current || hovered) {
        list.AddRectFilled(at, ImVec2(at.x + width, at.y + ui.px(kPresetRow - 4)),
                           current ? style::kAccentSoft : style::kRaised, ui.px(style::kRounding));
    }
    ImGui::SetCursorScreenPos(ImVec2(at.x + ui.px(10), at.y + ui.px(8)));
    if (number <= 9) text(ui, fmt::format("{}", number), style::kTextFaint, ui.small());
    ImGui::SetCursorScreenPos(ImVec2(at.x + ui.px(30), at.y + ui.px(6)));
    text_cut(ui, preset.title.empty() ? preset.name : preset.title, width - ends - ui.px(80),
             !preset.problem.empty() ? style::kTextFaint
             : current               ? style::kAccent
                                     : style::kText);
    if (!preset.problem.empty() || preset.is_users) {
        text_right(ui, preset.problem.empty() ? "yours" : "damaged", at.x + width - ends - ui.px(8),
                   preset.problem.empty() ? style::kTextFaint : style::kTrouble, ui.small());
    }
    ImGui::SetCursorScreenPos(ImVec2(at.x + width - ends + ui.px(2), at.y + ui.px(4)));
    draw_ends(frame, preset);
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(kPresetRow)));
    ImGui::PopID();
    if (clicked) frame.ask(request::LoadPreset{preset.name, std::nullopt});
}

void draw_save(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    std::string& name = frame.state.preset_name;
    const auto& presets = frame.model.presets;
    const auto same = std::find_if(presets.begin(), presets.end(),
                                   [&](const PresetStatus& preset) { return preset.name == name; });
    const bool replaces = same != presets.end() && same->is_users;
    const float button_width = ui.px(96);
    const bool entered = text_field(
        ui, "presets/name", name, "name",
        ui.right_edge() - ImGui::GetCursorScreenPos().x - button_width - ui.px(style::kGap));
    ImGui::SameLine();
    const bool clicked = button(ui, "presets/save", replaces ? "Overwrite" : "Save", button_width,
                                replaces ? ButtonLook::danger : ButtonLook::plain, !name.empty());
    // Enter alone never replaces what is there.
    if (!name.empty() && (clicked || (entered && !replaces)))
        frame.ask(request::SavePreset{name, replaces});
}

}  // namespace

void draw_presets(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    draw_fade_time(frame);
    section(ui, "A to B");
    draw_crossfade(frame);
    section(ui, "Save what is played now");
    draw_save(frame);
    section(ui, "All");
    int number = 1;
    for (const PresetStatus& preset : frame.model.presets) draw_row(frame, preset, number++);
    if (frame.model.presets.empty()) text(ui, "There are none.", style::kTextDim);
}

}  // namespace reverie
