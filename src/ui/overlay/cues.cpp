// The cues in the panel Presets: nine presets under the number keys, each with a fade and a beat of
// its own. A click plays one and shows how it is played.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "src/ui/overlay/state.h"
#include "src/ui/widgets/ui_pick.h"

namespace reverie {
namespace {

constexpr float kCueGap = 4;

const PresetStatus* find_preset(const OverlayModel& model, const std::string& name) {
    const auto found =
        std::find_if(model.presets.begin(), model.presets.end(),
                     [&](const PresetStatus& preset) { return preset.name == name; });
    return found != model.presets.end() ? &*found : nullptr;
}

void draw_cue(OverlayFrame& frame, int number, ImVec2 at, ImVec2 size) {
    Ui& ui = frame.ui;
    const Cue& cue = frame.model.cues.at(static_cast<size_t>(number - 1));
    const PresetStatus* preset = find_preset(frame.model, cue.preset);
    ImGui::PushID(number);
    ImGui::SetCursorScreenPos(at);
    const bool clicked = ImGui::InvisibleButton("cue", ImVec2(std::max(size.x, 1.0F), size.y));
    const bool pressed = ImGui::IsItemActivated();
    ImGui::PopID();
    ui.note(fmt::format("cue/{}", number));
    offer_to_midi(frame, fmt::format("cue {}", number));
    const bool hovered = ImGui::IsItemHovered();
    const std::string title = preset == nullptr       ? "No preset lies here."
                              : preset->title.empty() ? preset->name
                                                      : preset->title;
    tooltip(ui,
            fmt::format("{}\nClick or {}: plays it. Ctrl-click: only shows how.\n\nRight-click, "
                        "then hit a pad: it plays this.",
                        title, number));
    const ImVec2 end(at.x + size.x, at.y + size.y);
    draw_thumbnail(ui, preset == nullptr ? PresetStatus() : *preset, at, size, true);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const bool edited = frame.state.cue == number;
    if (edited || hovered)
        list.AddRect(at, end, edited ? style::kAccent : style::kTextDim, ui.px(style::kRounding), 0,
                     ui.px(1.5F));
    // Its number stands on a dark ground, whatever the picture is.
    list.AddRectFilled(at, ImVec2(at.x + ui.px(15), at.y + ui.px(16)), style::rgba(0x0C0E11, 200),
                       ui.px(4));
    list.AddText(ui.small(), ui.small()->FontSize, ImVec2(at.x + ui.px(4), at.y + ui.px(1)),
                 preset == nullptr ? style::kTextFaint : style::kText,
                 fmt::format("{}", number).c_str());
    if (pressed) {
        frame.state.cue = number;
        frame.state.cue_only_shown = ImGui::GetIO().KeyCtrl || preset == nullptr;
    }
    if (clicked && !frame.state.cue_only_shown) frame.ask(request::PlayCue{number});
}

void draw_fade(OverlayFrame& frame, const Cue& cue, int number) {
    Ui& ui = frame.ui;
    const double fade_s = frame.state.cue_drag.value_or(cue.fade_s.value_or(frame.model.fade_s));
    const bool own = cue.fade_s || frame.state.cue_drag;
    text(ui, "fades over", style::kTextDim);
    text_right(ui, fmt::format("{:.3g} s{}", fade_s, own ? "" : ", as all"), ui.right_edge(),
               own ? style::kText : style::kTextFaint);
    const FaderSpec spec{.low = 0, .high = 60, .initial = frame.model.fade_s};
    const Edit edit = fader(ui, "cue/fade", spec, fade_s, 0);
    tooltip(ui, "Of this cue alone. Double-click: as all presets.");
    const bool at_once = edit.reset || edit.typed;
    if (edit.changed && !at_once) frame.state.cue_drag = edit.value;
    if (!at_once && !(edit.ended && frame.state.cue_drag)) return;
    Cue changed = cue;
    changed.fade_s = edit.reset ? std::optional<double>() : edit.value;
    if (changed != cue) frame.ask(request::SetCue{number, changed});
    frame.state.cue_drag.reset();
}

void draw_editor(OverlayFrame& frame, int number) {
    Ui& ui = frame.ui;
    const Cue& cue = frame.model.cues.at(static_cast<size_t>(number - 1));
    std::vector<PickSection> presets{{"presets", {}}};
    for (const PresetStatus& preset : frame.model.presets) {
        if (preset.problem.empty()) presets[0].items.push_back(preset.name);
    }
    const float half = (width_left(ui) - ui.px(style::kGap)) / 2;
    const std::string label = cue.preset.empty() ? "Choose …" : cue.preset;
    if (const auto picked = pick(ui, "cue/preset", label, half, presets)) {
        Cue changed = cue;
        changed.preset = *picked;
        frame.ask(request::SetCue{number, changed});
    }
    ImGui::SameLine();
    if (button(ui, "cue/now", "What plays now", half, ButtonLook::plain,
               !frame.model.preset.empty())) {
        Cue changed = cue;
        changed.preset = frame.model.preset;
        frame.ask(request::SetCue{number, changed});
    }
    draw_fade(frame, cue, number);
    constexpr std::array<std::string_view, 5> kCueWaits{"as all", "at once", "beat", "bar",
                                                        "4 bars"};
    const int now = cue.wait ? static_cast<int>(*cue.wait) + 1 : 0;
    if (const auto wait = segmented(ui, "cue/wait", kCueWaits, now, 0)) {
        Cue changed = cue;
        changed.wait = *wait == 0 ? std::optional<Quantise>() : static_cast<Quantise>(*wait - 1);
        frame.ask(request::SetCue{number, changed});
    }
}

}  // namespace

void draw_cues(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float between = ui.px(kCueGap);
    const float width = std::floor((width_left(ui) - (kCues - 1) * between) / kCues);
    const ImVec2 size(width, ui.px(30));
    for (int i = 0; i < kCues; ++i)
        draw_cue(frame, i + 1, ImVec2(at.x + static_cast<float>(i) * (width + between), at.y),
                 size);
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + size.y + ui.px(6)));
    ImGui::Dummy(ImVec2(0, 0));
    if (frame.state.cue > 0) draw_editor(frame, frame.state.cue);
}

}  // namespace reverie
