// The panel Installation: who is there, what follows from it, and whether all is well.
#include <fmt/format.h>

#include <algorithm>

#include "src/show/installation/installation_settings.h"
#include "src/show/installation/installation_status.h"
#include "src/ui/overlay/state.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

constexpr double kHighestShare = 0.1;  // of the picture: nobody waits for more
constexpr double kUsualWalkS = 60;

void set(OverlayFrame& frame, const InstallationSettings& settings) {
    frame.act(action::SetInstallation{settings});
}

std::string percent(double share) { return fmt::format("{:.2g} %", 100 * share); }

void draw_fact(Ui& ui, std::string_view label, std::string_view value, ImU32 color = style::kText) {
    text(ui, label, style::kTextDim);
    text_right(ui, value, ui.right_edge(), color);
}

void draw_state(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const InstallationStatus& status = frame.model.installation;
    const bool somebody = status.state != name_of(PresenceState::nobody);
    dot(ui, somebody ? style::kGood : style::kTextFaint);
    ImGui::SameLine();
    text(ui, status.state, style::kText);
    text_right(ui, clock_text(status.state_s), ui.right_edge(), style::kTextDim);
    text(ui, status.attract.empty() ? "dreaming on the source" : "dreaming on " + status.attract,
         style::kTextDim, ui.small());
}

/// A threshold on a fader, under which stands what is measured.
void draw_threshold(OverlayFrame& frame, std::string_view name, std::string_view label,
                    std::string_view help, float PresenceThresholds::*field, float measured) {
    Ui& ui = frame.ui;
    InstallationSettings settings = frame.model.installation.settings;
    float& value = settings.thresholds.*field;
    text(ui, label, style::kTextDim);
    tooltip(ui, help);
    text_right(ui, percent(value), ui.right_edge(), style::kText);
    const FaderSpec spec{.low = 0, .high = kHighestShare, .initial = PresenceThresholds().*field};
    const float marks[] = {static_cast<float>(
        fader_position(spec, std::clamp(static_cast<double>(measured), 0.0, kHighestShare)))};
    const Edit edit = fader(ui, name, spec, value, 0, marks);
    tooltip(ui, help);
    if (!edit.changed) return;
    value = static_cast<float>(edit.value);
    set(frame, settings);
}

void draw_thresholds(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const InstallationStatus& status = frame.model.installation;
    section(ui, "Movement");
    draw_fact(ui, "measured", percent(status.motion), style::kAccent);
    draw_threshold(frame, "installation/moving_above", "someone moves above",
                   "So much of the picture moves", &PresenceThresholds::moving_above,
                   status.motion);
    draw_threshold(frame, "installation/still_below", "stands still below",
                   "Less than this, for a moment", &PresenceThresholds::still_below, status.motion);
    gap(ui, 4);
    if (draw_switch(ui, "installation/when_still", "dream only when still",
                    status.settings.dream_when_still, "Whoever moves sees the source alone")) {
        InstallationSettings settings = status.settings;
        settings.dream_when_still = !settings.dream_when_still;
        set(frame, settings);
    }
    section(ui, "Presence");
    draw_fact(ui, "unlike the empty place", percent(status.difference), style::kAccent);
    draw_threshold(frame, "installation/present_above", "someone is there above",
                   "So much of the picture differs from the place as it was learned",
                   &PresenceThresholds::present_above, status.difference);
    draw_threshold(frame, "installation/absent_below", "nobody is there below",
                   "Less than this, for some seconds", &PresenceThresholds::absent_below,
                   status.difference);
}

void draw_attract(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    InstallationSettings settings = frame.model.installation.settings;
    section(ui, "While nobody is there");
    constexpr std::string_view kModes[] = {"the source", "patterns", "last minute"};
    const auto mode =
        segmented(ui, "installation/attract", kModes, static_cast<int>(settings.attract), 0);
    if (mode) {
        settings.attract = static_cast<AttractMode>(*mode);
        set(frame, settings);
    }
    if (settings.attract == AttractMode::memory) {
        text_wrapped(ui, "What people did in the last minute, kept in memory alone.",
                     style::kTextDim, ui.small());
    }
}

void draw_walk_time(OverlayFrame& frame, std::string_view name, std::string_view label,
                    const FaderSpec& spec, double InstallationSettings::*field) {
    Ui& ui = frame.ui;
    InstallationSettings settings = frame.model.installation.settings;
    text(ui, label, style::kTextDim);
    text_right(ui, fmt::format("{:.0f} s", settings.*field), ui.right_edge(), style::kText);
    const Edit edit = fader(ui, name, spec, settings.*field, 0);
    if (!edit.changed) return;
    settings.*field = edit.value;
    set(frame, settings);
}

void draw_walk(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const InstallationStatus& status = frame.model.installation;
    const bool on = status.settings.walk_s > 0;
    section(ui, "Presets");
    if (draw_switch(ui, "installation/walk", "walk through them", on,
                    "One after the other, on a timer")) {
        InstallationSettings settings = status.settings;
        settings.walk_s = on ? 0 : kUsualWalkS;
        set(frame, settings);
    }
    if (on) {
        gap(ui, 4);
        draw_walk_time(frame, "installation/walk_s", "each for",
                       {.low = 5, .high = 900, .initial = kUsualWalkS},
                       &InstallationSettings::walk_s);
        draw_walk_time(frame, "installation/walk_fade_s", "faded over",
                       {.low = 0, .high = 60, .initial = InstallationSettings().walk_fade_s},
                       &InstallationSettings::walk_fade_s);
    }
    gap(ui, 4);
    const std::string next =
        status.next_preset.empty() ? "there are none"
        : on ? fmt::format("next: {}, in {}", status.next_preset, clock_text(status.next_in_s))
             : fmt::format("next: {}", status.next_preset);
    const float button_width = ui.px(96);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(5)));
    text_cut(ui, next, ui.right_edge() - at.x - button_width - ui.px(style::kGap), style::kText);
    ImGui::SetCursorScreenPos(ImVec2(ui.right_edge() - button_width, at.y));
    if (button(ui, "installation/next", "Go there", button_width, ButtonLook::plain,
               !status.next_preset.empty()))
        frame.ask(request::SkipWalk{});
}

void draw_health(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const InstallationStatus& status = frame.model.installation;
    section(ui, "Health");
    draw_fact(ui, "running for", clock_text(status.uptime_s));
    const bool holds = status.held_share > 0;
    draw_fact(ui, "flash limiter",
              holds ? fmt::format("holds {} back", percent(status.held_share)) : "nothing to do",
              holds ? style::kWaiting : style::kGood);
    if (status.limited_frames > 0)
        draw_fact(ui, "frames it changed", fmt::format("{}", status.limited_frames));
    draw_fact(ui, "watchdog", status.watchdog.empty() ? "all moves" : "see below",
              status.watchdog.empty() ? style::kGood : style::kWaiting);
    if (!status.watchdog.empty()) {
        text_wrapped(ui,
                     fmt::format("{}; the source was opened again {} times", status.watchdog,
                                 status.reopened),
                     style::kWaiting, ui.small());
    }
    text(ui, "health line", style::kTextDim);
    ImGui::SameLine();
    ImGui::SetCursorScreenPos(ImVec2(ui.right_edge() - ui.px(250), ImGui::GetCursorScreenPos().y));
    text_cut(ui, status.health.empty() ? "nowhere (--health)" : status.health, ui.px(250),
             status.health.empty() ? style::kTextFaint : style::kText);
    if (!status.problem.empty()) text_wrapped(ui, status.problem, style::kTrouble, ui.small());
}

}  // namespace

void draw_installation(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    if (!frame.model.installation.on) {
        text(ui, "Begin the show with --installation.", style::kTextDim);
        return;
    }
    draw_state(frame);
    draw_health(frame);
    draw_thresholds(frame);
    draw_attract(frame);
    draw_walk(frame);
}

}  // namespace reverie
