// The panel Presets: looks by sight, cues, save, overwrite, and the cross-fade from A to B.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/ui/overlay/state.h"

namespace reverie {
namespace {

constexpr int kPresetColumns = 3;
constexpr float kPresetGap = 8, kTitle = 24;

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
        text_wrapped(ui, "Choose two presets below: A and B, in the corners of their pictures.",
                     style::kTextFaint, ui.small());
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

/// In the lower right corner of a thumbnail; faint until they are looked for or chosen.
void draw_ends(OverlayFrame& frame, const PresetStatus& preset, ImVec2 corner, bool looked_for) {
    Ui& ui = frame.ui;
    const CrossfadeStatus& fade = frame.model.crossfade;
    const float size = ui.px(22), between = ui.px(3);
    const auto end = [&](const char* letter, bool on, bool is_a, float x) {
        ImGui::SetCursorScreenPos(ImVec2(x, corner.y - size - between));
        const std::string name = fmt::format("preset/{}/{}", preset.name, letter);
        const bool clicked = letter_button(ui, name, letter, on, style::kAccent, on || looked_for);
        tooltip(ui, is_a ? "This is A of the cross-fade" : "This is B of the cross-fade");
        if (clicked)
            frame.ask(request::SetCrossfadeEnds{is_a ? preset.name : fade.a,
                                                is_a ? fade.b : preset.name});
    };
    end("A", fade.a == preset.name, true, corner.x - 2 * (size + between));
    end("B", fade.b == preset.name, false, corner.x - size - between);
}

void draw_title(OverlayFrame& frame, const PresetStatus& preset, ImVec2 at, float width) {
    Ui& ui = frame.ui;
    const bool current = frame.model.preset == preset.name;
    const bool damaged = !preset.problem.empty();
    ImGui::SetCursorScreenPos(at);
    const float mark = damaged || preset.is_users ? ui.px(12) : 0;
    text_cut(ui, preset.title.empty() ? preset.name : preset.title, width - mark,
             damaged   ? style::kTextFaint
             : current ? style::kAccent
                       : style::kText,
             ui.small());
    if (mark == 0) return;
    const ImVec2 middle(at.x + width - ui.px(4), at.y + ui.small()->FontSize / 2 + ui.px(1));
    ImGui::GetWindowDrawList()->AddCircleFilled(middle, ui.px(3),
                                                damaged ? style::kTrouble : style::kBefore, 12);
}

void draw_tile(OverlayFrame& frame, const PresetStatus& preset, ImVec2 at, ImVec2 size) {
    Ui& ui = frame.ui;
    const bool current = frame.model.preset == preset.name;
    const ImVec2 end(at.x + size.x, at.y + size.y);
    ImGui::PushID(preset.name.c_str());
    ImGui::SetCursorScreenPos(at);
    const bool clicked = ImGui::InvisibleButton("tile", ImVec2(std::max(size.x, 1.0F), size.y));
    ImGui::SetItemAllowOverlap();
    ui.note("preset/" + preset.name);
    offer_to_midi(frame, fmt::format("preset \"{}\"", preset.name));
    std::string help = preset.problem.empty() ? preset.description : preset.problem;
    if (preset.is_users && preset.problem.empty()) help += help.empty() ? "Yours" : "\nYours";
    tooltip(ui, help);
    const bool hovered = ImGui::IsMouseHoveringRect(at, end) && ImGui::IsWindowHovered();
    draw_thumbnail(ui, preset, at, size, false);
    if (current || hovered) {
        ImGui::GetWindowDrawList()->AddRect(at, end, current ? style::kAccent : style::kTextDim,
                                            ui.px(style::kRounding), 0,
                                            ui.px(current ? 2.5F : 1.5F));
    }
    draw_ends(frame, preset, end, hovered);
    draw_title(frame, preset, ImVec2(at.x + ui.px(1), end.y + ui.px(4)), size.x - ui.px(2));
    ImGui::PopID();
    if (clicked) frame.ask(request::LoadPreset{preset.name, std::nullopt});
}

void draw_grid(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const std::vector<PresetStatus>& presets = frame.model.presets;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float between = ui.px(kPresetGap);
    const float width =
        std::floor((width_left(ui) - (kPresetColumns - 1) * between) / kPresetColumns);
    const ImVec2 size(width, std::round(std::max(width, 1.0F) * 9 / 16));
    const float row = size.y + ui.px(kTitle) + between;
    for (size_t i = 0; i < presets.size(); ++i) {
        const auto column = static_cast<float>(i % kPresetColumns);
        const size_t line = i / kPresetColumns;
        const auto number = static_cast<float>(line);
        draw_tile(frame, presets[i], ImVec2(at.x + column * (width + between), at.y + number * row),
                  size);
    }
    const size_t rows = (presets.size() + kPresetColumns - 1) / kPresetColumns;
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + static_cast<float>(rows) * row));
    ImGui::Dummy(ImVec2(0, 0));
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

void draw_thumbnail(Ui& ui, const PresetStatus& preset, ImVec2 at, ImVec2 size, bool fill) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(at, ImVec2(at.x + size.x, at.y + size.y), style::kRaised,
                       ui.px(style::kRounding));
    if (preset.picture == 0 || size.x <= 0 || size.y <= 0) return;
    const float shape = static_cast<float>(preset.picture_size.width) /
                        static_cast<float>(std::max(preset.picture_size.height, 1));
    const float place = size.x / size.y;
    // The share of the place that it takes, or of it that the place shows.
    const float across = std::min(shape / place, place / shape);
    const bool by_width = fill == (shape > place);
    const ImVec2 share(by_width ? across : 1, by_width ? 1 : across);
    const ImVec2 shown = fill ? ImVec2(1, 1) : share, seen = fill ? share : ImVec2(1, 1);
    const ImVec2 low(at.x + size.x * (1 - shown.x) / 2, at.y + size.y * (1 - shown.y) / 2);
    // NOLINTNEXTLINE(performance-no-int-to-ptr): as ImGui's OpenGL backend has it
    list.AddImage(reinterpret_cast<ImTextureID>(static_cast<intptr_t>(preset.picture)), low,
                  ImVec2(low.x + size.x * shown.x, low.y + size.y * shown.y),
                  ImVec2((1 - seen.x) / 2, (1 - seen.y) / 2),
                  ImVec2((1 + seen.x) / 2, (1 + seen.y) / 2));
}

void draw_presets(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    draw_fade_time(frame);
    section(ui, "A to B");
    draw_crossfade(frame);
    section(ui, "Save what is played now");
    draw_save(frame);
    section(ui, "Cues: keys 1 to 9");
    draw_cues(frame);
    section(ui, "What each makes of what is seen now");
    draw_grid(frame);
    if (frame.model.presets.empty()) text(ui, "There are none.", style::kTextDim);
}

}  // namespace reverie
