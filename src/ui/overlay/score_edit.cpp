// Under the timeline: the keyframe that is edited, and the files of scores.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "src/control/fader_scale.h"
#include "src/ui/overlay/state.h"

namespace reverie {
namespace {

constexpr std::array<std::string_view, 3> kEaseNames{"straight", "smooth", "hold"};
constexpr const char* kHand = "score/value";

/// Those at the place that is edited.
std::vector<const ScorePoint*> points_at(const ScoreStatus& score,
                                         const OverlayState::ScorePlace& place) {
    std::vector<const ScorePoint*> points;
    for (const ScorePoint& point : score.timeline->points) {
        const bool here = std::abs(point.at.seconds(score.length_s) - place.at_s) < kSamePlaceS;
        if (here && (place.key.empty() || point.key == place.key)) points.push_back(&point);
    }
    return points;
}

void draw_point_value(OverlayFrame& frame, const ScorePoint& point, double at_s) {
    Ui& ui = frame.ui;
    const ParamInfo& info = find_param(point.key);
    if (info.is_objective()) {
        text_wrapped(ui, to_text(std::get<Objective>(point.value)), style::kText);
        gap(ui, 4);
        return;
    }
    const double value = std::get<double>(point.value);
    const auto set = [&](double to) {
        return request::EditScore{edit::SetValue{point.key, at_s, to}, kHand};
    };
    if (info.is_flag()) {
        if (draw_switch(ui, kHand, "is on", value != 0, info.help))
            frame.ask_edit(kHand, done(value != 0 ? 0 : 1), set(value != 0 ? 0 : 1));
        return;
    }
    text(ui, "is", style::kTextDim);
    text_right(ui, fmt::format("{:.4g}", value), ui.right_edge(), style::kText);
    const FaderSpec spec = fader_spec(info);
    const Edit edit = fader(ui, kHand, spec, value, 0);
    const double to = info.is_integer() ? std::round(edit.value) : edit.value;
    frame.ask_edit(kHand, edit, set(std::clamp(to, info.low, info.high)));
}

void draw_save_row(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    std::string& name = frame.state.score_name;
    const auto& scores = frame.model.scores;
    const auto same = std::find_if(scores.begin(), scores.end(),
                                   [&](const ScoreChoice& one) { return one.name == name; });
    const bool replaces = same != scores.end() && same->is_users;
    const bool nothing = frame.model.score.timeline->points.empty();
    const float button_width = ui.px(96);
    const bool entered = text_field(
        ui, "score/name", name, "name",
        ui.right_edge() - ImGui::GetCursorScreenPos().x - button_width - ui.px(style::kGap));
    ImGui::SameLine();
    const bool clicked =
        button(ui, "score/save", replaces ? "Overwrite" : "Save", button_width,
               replaces ? ButtonLook::danger : ButtonLook::plain, !name.empty() && !nothing);
    // Enter alone never replaces what is there.
    if (!name.empty() && !nothing && (clicked || (entered && !replaces)))
        frame.ask(request::SaveScore{name, replaces});
}

}  // namespace

void draw_score_place(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    OverlayState& state = frame.state;
    if (!state.score_place) return;
    const auto points = points_at(frame.model.score, *state.score_place);
    if (points.empty()) {
        if (!state.score_drags) state.score_place.reset();
        return;
    }
    const std::string& key = state.score_place->key;
    const double at_s = state.score_place->at_s;
    section(ui, key.empty() ? fmt::format("All {} keyframes at {:.2f} s", points.size(), at_s)
                            : fmt::format("{} at {:.2f} s", spoken(key), at_s));
    if (!key.empty()) draw_point_value(frame, *points[0], at_s);
    const bool same = std::all_of(points.begin(), points.end(), [&](const ScorePoint* point) {
        return point->ease == points[0]->ease;
    });
    if (const auto ease = segmented(ui, "score/ease", kEaseNames,
                                    same ? static_cast<int>(points[0]->ease) : -1, 0)) {
        frame.ask(request::EditScore{edit::SetEase{key, at_s, static_cast<Ease>(*ease)}, ""});
    }
    gap(ui, 8);
    if (button(ui, "score/remove", "Remove", ui.px(96), ButtonLook::danger))
        frame.ask(request::EditScore{edit::Remove{key, at_s}, ""});
    ImGui::SameLine();
    if (button(ui, "score/go", "Go there", ui.px(96))) frame.ask(request::SeekScore{at_s});
}

void draw_score_files(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    section(ui, "Save this score");
    draw_save_row(frame);
    section(ui, "Scores");
    const ScoreStatus& score = frame.model.score;
    if (button(ui, "score/new", "New", ui.px(96))) frame.ask(request::OpenScore{""});
    tooltip(ui, "Empty. Undo (Z) brings this one back.");
    for (const ScoreChoice& one : frame.model.scores) {
        const bool damaged = !one.problem.empty();
        const ChoiceLook look = damaged                  ? ChoiceLook::unusable
                                : one.name == score.name ? ChoiceLook::current
                                                         : ChoiceLook::plain;
        const std::string& detail = damaged ? one.problem : one.description;
        if (choice(ui, "score/open/" + one.name, one.title, detail, look))
            frame.ask(request::OpenScore{one.name});
    }
}

}  // namespace reverie
