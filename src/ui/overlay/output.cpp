// The panel Output: which picture, in which window, and where else it goes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "src/ui/overlay/state.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

void draw_modes(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    constexpr std::string_view kPictureModes[] = {"dream", "source", "side by side", "wipe"};
    constexpr std::string_view kMaps[] = {"flow", "confidence", "layer", "what it sees"};
    constexpr int kFirstMap = 4;
    ViewSettings view = frame.model.view;
    const int mode = static_cast<int>(view.mode);
    const auto picture = segmented(ui, "view", kPictureModes, mode, 0);
    const auto map = segmented(ui, "view", kMaps, mode - kFirstMap, 0);
    if (picture || map) {
        view.mode = static_cast<ViewMode>(picture ? *picture : *map + kFirstMap);
        frame.act(action::SetView{view});
    }
    if (view.mode == ViewMode::wipe || view.mode == ViewMode::flow) {
        const bool wipe = view.mode == ViewMode::wipe;
        const FaderSpec spec = wipe ? FaderSpec{.low = 0, .high = 1, .initial = 0.5}
                                    : FaderSpec{.low = 1, .high = 128, .initial = 16};
        text(ui, wipe ? "place of the line" : "full colour at", style::kTextDim);
        const float value = wipe ? view.wipe : view.flow_px;
        text_right(ui,
                   wipe ? fmt::format("{:.0f} %", 100 * value) : fmt::format("{:.3g} px", value),
                   ui.right_edge(), style::kText);
        const Edit edit = fader(ui, wipe ? "view/wipe line" : "view/flow px", spec, value, 0);
        if (edit.changed) {
            (wipe ? view.wipe : view.flow_px) = static_cast<float>(edit.value);
            frame.act(action::SetView{view});
        }
    }
}

void draw_window(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const OverlayModel& model = frame.model;
    if (draw_switch(ui, "window/fullscreen", "full screen", model.fullscreen,
                    "This window on the whole of its monitor (F)"))
        frame.ask(request::Fullscreen{});
    gap(ui, 6);
    text(ui, "clean picture on", style::kTextDim);
    std::vector<std::string> names{"nowhere"};
    for (const MonitorInfo& monitor : model.monitors)
        names.push_back(fmt::format("{}", monitor.number));
    const std::vector<std::string_view> labels(names.begin(), names.end());
    if (const auto chosen = segmented(ui, "window/output", labels, model.output_monitor, 0))
        frame.act(action::SetOutputWindow{*chosen});
    tooltip(ui, "A second window without panels, on this monitor");
    for (const MonitorInfo& monitor : model.monitors) {
        text_cut(ui,
                 fmt::format("{}  {}, {}×{}, {} Hz", monitor.number, monitor.name,
                             monitor.size.width, monitor.size.height, monitor.refresh_hz),
                 width_left(ui), style::kTextFaint, ui.small());
    }
}

void draw_progress(Ui& ui, const OutputStatus& output) {
    if (output.running) {
        text(ui, fmt::format("{}   {} frames", clock_text(output.seconds), output.frames),
             style::kTextDim, ui.small());
        if (output.dropped > 0) {
            text(ui, fmt::format("{} frames left out", output.dropped), style::kWaiting,
                 ui.small());
        }
    }
    if (!output.message.empty())
        text_wrapped(ui, output.message, color_of(output.health), ui.small());
}

void draw_one(OverlayFrame& frame, const OutputStatus& output) {
    Ui& ui = frame.ui;
    const OutputInfo& info = info_of(output.kind);
    const auto index = static_cast<size_t>(output.kind);
    const std::string name = fmt::format("output/{}", index);
    std::string& target = frame.state.targets[index];
    dot(ui, output.running ? color_of(output.health) : style::kTrack);
    ImGui::SameLine();
    text(ui, info.title, style::kText);
    const float button_width = ui.px(72);
    const float field =
        ui.right_edge() - ImGui::GetCursorScreenPos().x - button_width - ui.px(style::kGap);
    if (output.running || info.hint.empty()) {
        const ImVec2 at = ImGui::GetCursorScreenPos();
        ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(5)));
        text_cut(ui, output.target, field, style::kTextDim);
        ImGui::SetCursorScreenPos(ImVec2(at.x + field + ui.px(style::kGap), at.y));
    } else {
        const std::string hint = output.target.empty() ? std::string(info.hint) : output.target;
        text_field(ui, name + "/target", target, hint.c_str(), field);
        ImGui::SameLine();
    }
    if (button(ui, name, output.running ? "Stop" : "Start", button_width,
               output.running ? ButtonLook::danger : ButtonLook::plain)) {
        frame.ask(request::SwitchOutput{std::string(info_of(output.kind).token),
                                        output.running ? Switch::off : Switch::on,
                                        target.empty() ? output.target : target});
    }
    draw_progress(ui, output);
    gap(ui, 8);
}

/// In decibels, from −60 to 0.
void draw_level(Ui& ui, float peak) {
    constexpr float kQuiet = -60;
    const float db = peak > 0 ? 20 * std::log10(peak) : kQuiet;
    const float share = std::clamp(1 - db / kQuiet, 0.0F, 1.0F);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = width_left(ui), height = ui.px(4);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const auto bar = [&](float length, ImU32 color) {
        list.AddRectFilled(at, ImVec2(at.x + length, at.y + height), color, height / 2);
    };
    bar(width, style::kTrack);
    if (share > 0) bar(share * width, peak < 1 ? style::kGood : style::kTrouble);
    ImGui::Dummy(ImVec2(width, height));
}

void draw_sound(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const SoundLevel& sound = frame.model.sound;
    const bool on = !sound.spec.empty();
    const Health health = sound.problem.empty() ? Health::good : Health::trouble;
    dot(ui, on ? color_of(health) : style::kTrack);
    ImGui::SameLine();
    text(ui, "Sound", style::kText);
    tooltip(ui, "Heard in the recordings and streams that begin from now on");
    const float button_width = ui.px(72);
    const float field =
        ui.right_edge() - ImGui::GetCursorScreenPos().x - button_width - ui.px(style::kGap);
    bool entered = false;
    if (on) {
        const ImVec2 at = ImGui::GetCursorScreenPos();
        ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(5)));
        text_cut(ui, sound.spec, field, style::kTextDim);
        ImGui::SetCursorScreenPos(ImVec2(at.x + field + ui.px(style::kGap), at.y));
    } else {
        entered = text_field(ui, "output/sound/input", frame.state.sound, "default", field);
        ImGui::SameLine();
    }
    if (button(ui, "output/sound", on ? "Off" : "Listen", button_width) || entered) {
        const std::string& chosen = frame.state.sound;
        frame.ask(request::SetSound{on ? "" : chosen.empty() ? "default" : chosen});
    }
    if (on) draw_level(ui, sound.peak);
    if (!sound.problem.empty()) text_wrapped(ui, sound.problem, style::kTrouble, ui.small());
    gap(ui, 8);
}

}  // namespace

bool draw_switch(Ui& ui, std::string_view name, std::string_view label, bool on,
                 std::string_view help) {
    const float top = ImGui::GetCursorPosY();
    ImGui::SetCursorPosY(top + ui.px(2));
    text(ui, label, style::kTextDim);
    tooltip(ui, help);
    ImGui::SameLine();
    ImGui::SetCursorScreenPos(ImVec2(ui.right_edge() - ui.px(38), ImGui::GetCursorScreenPos().y));
    ImGui::SetCursorPosY(top);
    const bool clicked = toggle(ui, name, on);
    tooltip(ui, help);
    return clicked;
}

void draw_view(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    draw_modes(frame);
    gap(ui, 6);
    ViewSettings view = frame.model.view;
    bool changed = false;
    const auto flip = [&](std::string_view name, std::string_view label, bool& flag,
                          std::string_view help) {
        if (!draw_switch(ui, name, label, flag, help)) return;
        flag = !flag;
        changed = true;
    };
    flip("view/fill", "fill the window", view.fill, "Cut to fill, instead of black bars (L)");
    flip("view/mirror", "mirror", view.mirror, "As in a mirror (X)");
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + ui.px(4));
    text(ui, "turned", style::kTextDim);
    ImGui::SameLine();
    constexpr std::string_view kTurns[] = {"0°", "90°", "180°", "270°"};
    const float strip = ui.px(220);
    ImGui::SetCursorScreenPos(
        ImVec2(ui.right_edge() - strip, ImGui::GetCursorScreenPos().y - ui.px(6)));
    if (const auto turn = segmented(ui, "view/rotation", kTurns, view.rotation / 90, strip)) {
        view.rotation = *turn * 90;
        changed = true;
    }
    if (changed) frame.act(action::SetView{view});
}

void draw_output(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    draw_view(frame);
    section(ui, "Window");
    draw_window(frame);
    section(ui, "Recording and streams");
    for (const OutputStatus& output : frame.model.outputs) draw_one(frame, output);
    draw_sound(frame);
    if (button(ui, "output/snapshot", "Snapshot")) frame.ask(request::Snapshot{});
    tooltip(ui, "The picture as a PNG (S)");
}

}  // namespace reverie
