// The panel Scores: what plays and records a score, its timeline, and what is done to its keyframes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "src/control/desk.h"
#include "src/control/fader_scale.h"
#include "src/ui/overlay/state.h"
#include "src/ui/widgets/ui_pick.h"

namespace reverie {
namespace {

void draw_score_transport(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const ScoreStatus& score = frame.model.score;
    if (button(ui, "score/start", "To start", ui.px(76))) frame.ask(request::SeekScore{0});
    ImGui::SameLine();
    if (button(ui, "score/play", score.playing ? "Stop" : "Play", ui.px(64),
               score.playing ? ButtonLook::lit : ButtonLook::primary))
        frame.ask(request::PlayScore{});
    offer_to_midi(frame, "score/play");
    tooltip(ui,
            "J. It begins when changes do: see “wait for” below.\nRight-click, then hit a pad: "
            "it plays this.");
    ImGui::SameLine();
    if (button(ui, "score/record", "Record", ui.px(76),
               score.recording ? ButtonLook::danger : ButtonLook::plain))
        frame.ask(request::RecordScore{});
    offer_to_midi(frame, "score/record");
    tooltip(ui,
            "Shift J. While it plays, what hands change becomes keyframes; else what a hand has "
            "changed is the hand's until it is given back.");
    ImGui::SameLine();
    if (button(ui, "score/loop", "Loop", ui.px(56),
               score.timeline->loop ? ButtonLook::lit : ButtonLook::plain))
        frame.ask(request::LoopScore{});
    const ImVec2 low = ImGui::GetItemRectMin();
    tooltip(ui, "At its end it begins again");
    const std::string now = score_seconds_text(score.time_s, 0.1);
    const float size = ui.heading()->FontSize;
    const float width = ui.heading()->CalcTextSizeA(size, 1e6F, 0, now.c_str()).x;
    ImGui::GetWindowDrawList()->AddText(
        ui.heading(), size,
        ImVec2(ui.right_edge() - width, low.y + (ui.px(style::kControl) - size) / 2),
        score.recording && score.playing ? style::kTrouble : style::kText, now.c_str());
}

void draw_record(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const float width = (width_left(ui) - ui.px(style::kGap)) / 2;
    if (button(ui, "score/keyframe", "Keyframe here", width)) frame.ask(request::RecordKeyframe{});
    offer_to_midi(frame, "score/keyframe");
    tooltip(ui,
            "K. Of all that the score moves, as it is now; of the whole look where it moves "
            "nothing yet.");
    ImGui::SameLine();
    PickSection more{"parameters", {}};
    const std::vector<std::string> tracks = frame.model.score.timeline->tracks();
    for (const ParamInfo& info : kParams) {
        const bool moved = std::find(tracks.begin(), tracks.end(), info.key) != tracks.end();
        if (!moved && !(info.is_numeric() && info.high - info.low >= kNominalSpan))
            more.items.emplace_back(info.key);
    }
    const std::array sections{more};
    if (const auto picked = pick(ui, "score/more", "Something more …", width, sections))
        frame.ask(request::RecordKeyframe{*picked});
}

void draw_snap(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const ScoreStatus& score = frame.model.score;
    constexpr std::array<std::string_view, 5> kSnaps{"off", "0.1 s", "1 s", "beat", "bar"};
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(6)));
    text(ui, "snap to", style::kTextDim);
    ImGui::SetCursorScreenPos(ImVec2(at.x + ui.px(72), at.y));
    if (const auto to = segmented(ui, "score/snap", kSnaps, static_cast<int>(score.snap), 0))
        frame.ask(request::SetScoreSnap{static_cast<ScoreSnap>(*to)});
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(style::kControl + 8)));
    const bool beats = score.snap == ScoreSnap::beat || score.snap == ScoreSnap::bar;
    if (beats && score.grid.step_s <= 0)
        text_wrapped(ui, "There is no beat: tap it with T, or type it below.", style::kWaiting,
                     ui.small());
}

void draw_length(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const ScoreStatus& score = frame.model.score;
    const double shown_s = frame.state.score_length.value_or(score.length_s);
    text(ui, "lasts", style::kTextDim);
    text_right(ui, score_seconds_text(shown_s, 0.1) + (shown_s < 60 ? " s" : ""), ui.right_edge(),
               score.timeline->length_s > 0 ? style::kText : style::kTextFaint);
    const FaderSpec spec{.low = 1, .high = 600, .initial = 60, .unbounded = true};
    const Edit edit = fader(ui, "score/length", spec, shown_s, 0);
    tooltip(ui,
            "Seconds until its end; Ctrl-click to type. Double-click: it does not say, and lasts "
            "as long as its keyframes, or the clip.");
    const bool at_once = edit.reset || edit.typed;
    if (edit.changed && !at_once) frame.state.score_length = edit.value;
    if (!at_once && !(edit.ended && frame.state.score_length)) return;
    frame.ask(request::EditScore{
        edit::SetLength{edit.reset ? 0 : std::clamp(edit.value, 0.1, kLongestScoreS)}, ""});
    frame.state.score_length.reset();
}

}  // namespace

ScoreStatus score_status(const Desk& desk) {
    const ScorePlayer& score = desk.score();
    return {.timeline = score.timeline(),
            .name = desk.score_name(),
            .changed = desk.score_changed(),
            .playing = score.playing(),
            .recording = desk.score_records(),
            .time_s = score.time_s(),
            .length_s = score.length_s(),
            .snap = desk.score_snap(),
            .grid = desk.score_grid(),
            .by_hand = score.by_hand(),
            .lacking = score.lacking().empty() ? "" : score.lacking().front()};
}

void draw_scores(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    const ScoreStatus& score = frame.model.score;
    draw_score_transport(frame);
    gap(ui, 4);
    draw_timeline(frame);
    gap(ui, 6);
    draw_record(frame);
    if (score.timeline->points.empty())
        text_wrapped(ui,
                     "Nothing is recorded yet. Set the look, press Keyframe here, go on to another "
                     "place, set it again. Or press Record and Play, and move what you like.",
                     style::kTextFaint, ui.small());
    if (!score.lacking.empty())
        text_wrapped(ui, score.lacking + ": kept, and quiet", style::kWaiting, ui.small());
    draw_score_place(frame);
    gap(ui, 8);
    draw_snap(frame);
    draw_length(frame);
    draw_score_files(frame);
}

}  // namespace reverie
