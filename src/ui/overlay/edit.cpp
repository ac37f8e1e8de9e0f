// Turns what is done to a control, and keyboard shortcuts, into requests to the desk.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "src/ui/overlay/state.h"

namespace reverie {
namespace {

constexpr double kSeekS = 5;

/// The requests of those shortcuts that are the same in every show.
const std::map<Command, Request>& requests() {
    static const std::map<Command, Request> kRequests{
        {Command::next_preset, request::StepPreset{1}},
        {Command::previous_preset, request::StepPreset{-1}},
        {Command::crossfade_a, request::RunCrossfade{0, std::nullopt}},
        {Command::crossfade_b, request::RunCrossfade{1, std::nullopt}},
        {Command::weaker, request::NudgeParam{"strength", -1}},
        {Command::stronger, request::NudgeParam{"strength", 1}},
        {Command::shorter, request::NudgeParam{"half_life", -1}},
        {Command::longer, request::NudgeParam{"half_life", 1}},
        {Command::undo, request::Undo{}},
        {Command::redo, request::Redo{}},
        {Command::freeze, request::Freeze{}},
        {Command::panic_source, request::SetPanic{.to = Panic::source, .toggle = true}},
        {Command::panic_black, request::SetPanic{.to = Panic::black, .toggle = true}},
        {Command::panic_hold, request::SetPanic{.to = Panic::hold, .toggle = true}},
        {Command::reset_dream, request::ResetDream{}},
        {Command::take_guide, request::TakeGuide{}},
        {Command::tap, request::Tap{}},
        {Command::play_score, request::PlayScore{}},
        {Command::record_score, request::RecordScore{}},
        {Command::keyframe, request::RecordKeyframe{}},
        {Command::silence, request::ClearStrips{}},
        {Command::next_view, request::ChangeView{ViewChange::next}},
        {Command::previous_view, request::ChangeView{ViewChange::previous}},
        {Command::sight_view, request::ChangeView{ViewChange::sight}},
        {Command::fill, request::ChangeView{ViewChange::fill}},
        {Command::mirror, request::ChangeView{ViewChange::mirror}},
        {Command::rotate, request::ChangeView{ViewChange::rotate}},
        {Command::fullscreen, request::Fullscreen{}},
        {Command::snapshot, request::Snapshot{}},
        {Command::pause_source, request::PauseSource{}},
        {Command::back, request::SeekSource{-kSeekS, true}},
        {Command::forward, request::SeekSource{kSeekS, true}},
        {Command::quit, request::Quit{}},
    };
    return kRequests;
}

/// nullopt for a shortcut that is the overlay's own, and for the cue that there is not.
std::optional<Request> request_of(const OverlayFrame& frame, const CommandCall& call) {
    if (call.command == Command::cue) {
        if (frame.model.cues.at(static_cast<size_t>(call.number)).preset.empty())
            return std::nullopt;
        return request::PlayCue{call.number + 1};
    }
    if (call.command == Command::record)
        return request::SwitchOutput{.target = frame.state.targets[0]};
    const auto found = requests().find(call.command);
    return found == requests().end() ? std::nullopt : std::optional(found->second);
}

void run_overlay_command(OverlayFrame& frame, const CommandCall& call) {
    OverlayState& state = frame.state;
    if (call.command == Command::toggle_overlay) {
        state.visible = !state.visible;
    } else if (call.command == Command::toggle_help) {
        state.help = !state.help;
    } else if (call.command == Command::brush) {
        state.brush.on = !state.brush.on;
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
    } else if (call.command != Command::close) {
        return;  // the key of a cue that there is not
    } else if (state.help) {
        state.help = false;
    } else if (state.brush.on) {
        state.brush.on = false;
    } else if (frame.model.fullscreen) {
        frame.ask(request::Fullscreen{Switch::off});
    }
}

}  // namespace

void OverlayFrame::ask(const Request& request) {
    (by_key ? actions.keys : actions.panels).push_back(request);
}

void OverlayFrame::act(const WindowAction& action) { actions.window.push_back(action); }

void OverlayFrame::ask_edit(const std::string& control, const Edit& edit, const Request& change) {
    // A typed number or a reset is one step of the history by itself.
    const bool at_once = edit.typed || edit.reset;
    if (edit.began || at_once) ask(request::Touch{control});
    if (edit.changed) ask(change);
    if (edit.ended || at_once) ask(request::Release{control});
}

void OverlayFrame::apply(const ParamInfo& info, const Edit& edit) {
    const std::string key(info.key);
    ask_edit(key, edit, request::SetParam{key, edit.value});
}

void run_command(OverlayFrame& frame, const CommandCall& call) {
    if (const std::optional<Request> request = request_of(frame, call))
        frame.ask(*request);
    else
        run_overlay_command(frame, call);
}

void offer_to_midi(OverlayFrame& frame, const std::string& address) {
    if (ImGui::IsItemHovered() && ImGui::IsMouseClicked(ImGuiMouseButton_Right))
        frame.ask(request::Learn{address});
    if (frame.model.learning != address) return;
    const float around = frame.ui.px(3);
    const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
    ImGui::GetWindowDrawList()->AddRect(ImVec2(from.x - around, from.y - around),
                                        ImVec2(to.x + around, to.y + around), style::kWaiting,
                                        frame.ui.px(style::kRounding), 0, frame.ui.px(2));
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
