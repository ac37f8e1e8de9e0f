// How what is done to a control becomes a change of parameters, with its place in the history; and
// the commands of the keyboard.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/ui/overlay_state.h"

namespace reverie {
namespace {

/// A second press within this time may be a double-click's.
constexpr double kDoubleClick_s = 0.7;

void nudge(OverlayFrame& frame, std::string_view key, double towards) {
    const ParamInfo& info = find_param(key);
    const FaderSpec spec{.low = info.low,
                         .high = info.high,
                         .initial = number_of(Params(), info),
                         .integer = info.is_integer()};
    // Even steps on the fader are even steps to the eye.
    constexpr double kStep = 0.02;
    const double now = number_of(frame.params, info);
    frame.apply(info, done(fader_value(spec, fader_position(spec, now) + towards * kStep)));
}

void step_preset(OverlayFrame& frame, int step) {
    const std::vector<PresetStatus>& all = frame.model.presets;
    const int count = static_cast<int>(all.size());
    if (count == 0) return;
    const auto now = std::find_if(all.begin(), all.end(), [&](const PresetStatus& preset) {
        return preset.name == frame.model.preset;
    });
    int index = now == all.end() ? (step > 0 ? -1 : count) : static_cast<int>(now - all.begin());
    for (int tries = 0; tries < count; ++tries) {
        index = ((index + step) % count + count) % count;
        if (!all[static_cast<size_t>(index)].problem.empty()) continue;
        load_preset(frame, all[static_cast<size_t>(index)]);
        return;
    }
}

void move_in_history(OverlayFrame& frame, bool forward) {
    History& history = frame.state.history;
    const std::optional<Params> params =
        forward ? history.redo(frame.params) : history.undo(frame.params);
    if (!params) return;
    frame.params = *params;
    frame.changed.insert(frame.changed.end(), history.changed().begin(), history.changed().end());
    frame.state.own_undo = true;
}

void run_view_command(OverlayFrame& frame, Command command) {
    ViewSettings view = frame.model.view;
    const int mode = static_cast<int>(view.mode);
    switch (command) {
        case Command::next_view:
            view.mode = static_cast<ViewMode>((mode + 1) % kViewModes);
            break;
        case Command::previous_view:
            view.mode = static_cast<ViewMode>((mode + kViewModes - 1) % kViewModes);
            break;
        case Command::fill:
            view.fill = !view.fill;
            break;
        case Command::mirror:
            view.mirror = !view.mirror;
            break;
        default:
            view.rotation = (view.rotation + 90) % 360;
            break;
    }
    frame.ask(action::SetView{view});
}

void run_source_command(OverlayFrame& frame, Command command) {
    const SourceStatus& source = frame.model.source;
    if (!source.is_file) return;
    constexpr double kSeek_s = 5;
    if (command == Command::pause_source) {
        frame.ask(action::PauseSource{!source.paused});
        return;
    }
    const double to = source.position_s + (command == Command::back ? -kSeek_s : kSeek_s);
    if (source.duration_s > 0)
        frame.ask(action::SeekSource{std::clamp(to, 0.0, source.duration_s)});
}

void run_play_command(OverlayFrame& frame, const CommandCall& call) {
    switch (call.command) {
        case Command::preset:
            if (call.number < static_cast<int>(frame.model.presets.size()))
                load_preset(frame, frame.model.presets[static_cast<size_t>(call.number)]);
            break;
        case Command::next_preset:
            step_preset(frame, 1);
            break;
        case Command::previous_preset:
            step_preset(frame, -1);
            break;
        case Command::crossfade_a:
            frame.ask(action::RunCrossfade{0, frame.state.fade_s});
            break;
        case Command::crossfade_b:
            frame.ask(action::RunCrossfade{1, frame.state.fade_s});
            break;
        case Command::weaker:
            nudge(frame, "strength", -1);
            break;
        case Command::stronger:
            nudge(frame, "strength", 1);
            break;
        case Command::shorter:
            nudge(frame, "half_life", -1);
            break;
        case Command::longer:
            nudge(frame, "half_life", 1);
            break;
        case Command::undo:
            move_in_history(frame, false);
            break;
        case Command::redo:
            move_in_history(frame, true);
            break;
        case Command::freeze:
            frame.ask(action::Freeze{!frame.model.frozen});
            break;
        case Command::reset_dream:
            frame.ask(action::ResetDream{});
            break;
        default:
            frame.apply_objective({});
            break;
    }
}

void run_overlay_command(OverlayFrame& frame, const CommandCall& call) {
    OverlayState& state = frame.state;
    if (call.command == Command::toggle_overlay) {
        state.visible = !state.visible;
    } else if (call.command == Command::toggle_help) {
        state.help = !state.help;
    } else if (call.command == Command::panel) {
        const auto panel = static_cast<Panel>(call.number);
        if (panel == Panel::installation && !frame.model.installation.on) return;
        state.visible = true;
        if (!call.shifted) {
            state.left = panel;
        } else if (state.right == panel) {
            state.right.reset();
        } else {
            state.right = panel;
        }
    } else if (state.help) {
        state.help = false;
    } else if (frame.model.fullscreen) {
        frame.ask(action::SetFullscreen{false, 0});
    }
}

void run_output_command(OverlayFrame& frame, Command command) {
    if (command == Command::snapshot) {
        frame.ask(action::Snapshot{});
        return;
    }
    const auto& outputs = frame.model.outputs;
    const bool records = std::any_of(outputs.begin(), outputs.end(), [](const OutputStatus& o) {
        return o.kind == OutputKind::record && o.running;
    });
    if (records) {
        frame.ask(action::StopOutput{OutputKind::record});
    } else {
        frame.ask(action::StartOutput{OutputKind::record, frame.state.targets[0]});
    }
}

}  // namespace

void OverlayFrame::before_edit(std::string_view key, const Edit& edit) {
    if (!edit.began && !edit.reset && !edit.typed) return;
    const bool second_press = edit.reset && ImGui::GetTime() - state.let_go_at_s < kDoubleClick_s;
    if (second_press && state.history.resume({key})) return;
    state.history.begin(params, {key});
}

void OverlayFrame::after_edit(std::string_view key, const Edit& edit) {
    if (edit.changed && std::find(changed.begin(), changed.end(), key) == changed.end())
        changed.push_back(key);
    if (!edit.ended && !edit.typed) return;
    state.history.end(params);
    state.let_go_at_s = ImGui::GetTime();
}

void OverlayFrame::apply(const ParamInfo& info, const Edit& edit) {
    before_edit(info.key, edit);
    if (edit.changed) {
        if (const std::optional<std::string> complaint = set_clamped(params, info, edit.value))
            say(*complaint);
    }
    after_edit(info.key, edit);
}

void OverlayFrame::apply_mixer(const Edit& edit) {
    constexpr std::string_view kKey = "objective";
    before_edit(kKey, edit);
    if (edit.changed) params.objective = state.mixer.objective();
    after_edit(kKey, edit);
}

void OverlayFrame::apply_objective(const Objective& objective) {
    constexpr std::string_view kKey = "objective";
    before_edit(kKey, done(0));
    params.objective = objective;
    after_edit(kKey, done(0));
}

void load_preset(OverlayFrame& frame, const PresetStatus& preset) {
    if (!preset.problem.empty()) {
        frame.say(preset.problem);
        return;
    }
    // Open until the next step begins: a fade takes its time.
    frame.state.history.begin(frame.params);
    frame.ask(action::LoadPreset{preset.name, frame.state.fade_s});
}

void run_command(OverlayFrame& frame, const CommandCall& call) {
    switch (call.command) {
        case Command::toggle_overlay:
        case Command::toggle_help:
        case Command::close:
        case Command::panel:
            run_overlay_command(frame, call);
            break;
        case Command::next_view:
        case Command::previous_view:
        case Command::fill:
        case Command::mirror:
        case Command::rotate:
            run_view_command(frame, call.command);
            break;
        case Command::pause_source:
        case Command::back:
        case Command::forward:
            run_source_command(frame, call.command);
            break;
        case Command::record:
        case Command::snapshot:
            run_output_command(frame, call.command);
            break;
        case Command::fullscreen:
            frame.ask(action::SetFullscreen{!frame.model.fullscreen, 0});
            break;
        case Command::quit:
            frame.ask(action::Quit{});
            break;
        default:
            run_play_command(frame, call);
            break;
    }
}

ImU32 color_of(Health health) {
    switch (health) {
        case Health::good:
            return style::kGood;
        case Health::waiting:
            return style::kWaiting;
        default:
            return style::kTrouble;
    }
}

std::string_view name_of(OutputKind kind) {
    constexpr std::string_view kNames[kOutputKinds] = {"Recording", "Recording of the source",
                                                       "Virtual camera", "Stream", "y4m on stdout"};
    return kNames[static_cast<size_t>(kind)];
}

std::string bytes_text(int64_t bytes) {
    const auto size = static_cast<double>(bytes);
    if (size >= 1e9) return fmt::format("{:.1f} GB", size / 1e9);
    return fmt::format("{:.0f} MB", size / 1e6);
}

std::string spoken(std::string_view key) {
    std::string words(key);
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

}  // namespace reverie
