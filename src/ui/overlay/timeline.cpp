// The timeline of the panel Scores: a ruler, and a lane for each parameter that the score moves.
// Keyframes are dragged; a click beside them moves the playhead.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "src/control/fader_scale.h"
#include "src/ui/overlay/state.h"
#include "src/util/error.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

constexpr float kRuler = 26, kAll = 18, kHead = 24, kLane = 32;
constexpr float kMark = 5;   // of a keyframe: half its width
constexpr float kCatch = 8;  // how near to one a hand means it
constexpr double kMostZoom = 64;

using Place = OverlayState::ScorePlace;

/// What is seen of the score, and where.
struct View {
    float left = 0, width = 1;
    double from_s = 0, span_s = 60;
    float x_of(double time_s) const {
        return left + static_cast<float>((time_s - from_s) / span_s) * width;
    }
    double time_of(float x) const { return from_s + (x - left) / width * span_s; }
    bool sees(double time_s) const { return time_s >= from_s && time_s <= from_s + span_s; }
};

View view_of(OverlayFrame& frame) {
    OverlayState& state = frame.state;
    const ScoreStatus& score = frame.model.score;
    const double length_s = std::max(score.length_s, 1e-3);
    state.score_zoom = std::clamp(state.score_zoom, 1.0, kMostZoom);
    View view;
    view.left = ImGui::GetCursorScreenPos().x + frame.ui.px(kMark);
    view.width = std::max(frame.ui.right_edge() - view.left - frame.ui.px(kMark), 1.0F);
    view.span_s = length_s / state.score_zoom;
    // A playhead that leaves is followed page by page.
    if (score.playing && !state.score_drags &&
        (score.time_s < state.score_from_s || score.time_s > state.score_from_s + view.span_s))
        state.score_from_s = score.time_s;
    state.score_from_s = std::clamp(state.score_from_s, 0.0, length_s - view.span_s);
    view.from_s = state.score_from_s;
    return view;
}

void draw_diamond(ImVec2 middle, float half, ImU32 color, bool chosen) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 top(middle.x, middle.y - half), right(middle.x + half, middle.y),
        bottom(middle.x, middle.y + half), left(middle.x - half, middle.y);
    list.AddQuadFilled(top, right, bottom, left, color);
    if (chosen) list.AddQuad(top, right, bottom, left, style::kText, half * 0.4F);
}

void draw_playhead(OverlayFrame& frame, const View& view, float top, float bottom) {
    const double now_s = frame.model.score.time_s;
    if (!view.sees(now_s)) return;
    const float x = view.x_of(now_s), half = frame.ui.px(0.75F);
    ImGui::GetWindowDrawList()->AddRectFilled(
        ImVec2(x - half, top), ImVec2(x + half, bottom),
        frame.model.score.recording ? style::kTrouble : style::kText);
}

/// The keyframes at a place can be moved by hand: those of `key`, or all ("").
struct Handle {
    std::string key;
    std::vector<double> places_s;
};

/// The desk refuses the same.
bool may_move(const ScoreStatus& score, const Place& from, double to_s) {
    const edit::Move move{from.key, from.at_s, to_s};
    try {
        return edited(*score.timeline, move, score.length_s) != *score.timeline;
    } catch (const Error&) {
        return false;
    }
}

/// The last item is a lane: a press on a keyframe takes it, a press beside it seeks.
void handle_lane(OverlayFrame& frame, const View& view, const Handle& handle) {
    OverlayState& state = frame.state;
    const ScoreStatus& score = frame.model.score;
    const ImGuiIO& io = ImGui::GetIO();
    const std::string control = "score/keyframe";
    if (ImGui::IsItemActivated()) {
        const auto nearest = std::min_element(handle.places_s.begin(), handle.places_s.end(),
                                              [&](double a, double b) {
                                                  return std::abs(view.x_of(a) - io.MousePos.x) <
                                                         std::abs(view.x_of(b) - io.MousePos.x);
                                              });
        const bool caught = nearest != handle.places_s.end() &&
                            std::abs(view.x_of(*nearest) - io.MousePos.x) < frame.ui.px(kCatch);
        state.score_drags = caught;
        if (caught) {
            state.score_place = Place{handle.key, *nearest};
            state.score_grip_s = *nearest - view.time_of(io.MousePos.x);
            frame.ask(request::Touch{control});
        }
    }
    if (ImGui::IsItemDeactivated()) {
        if (state.score_drags) frame.ask(request::Release{control});
        state.score_drags = false;
    }
    if (!ImGui::IsItemActive()) return;
    const double time_s = view.time_of(io.MousePos.x);
    if (!state.score_drags) {
        const double to_s = std::clamp(time_s, 0.0, score.length_s);
        if (to_s != score.time_s) frame.ask(request::SeekScore{to_s});
        return;
    }
    if (!state.score_place || !ImGui::IsMouseDragging(ImGuiMouseButton_Left)) return;
    const double to_s = snapped(time_s + state.score_grip_s, score.grid, score.length_s);
    if (!may_move(score, *state.score_place, to_s)) return;
    frame.ask(request::EditScore{edit::Move{state.score_place->key, state.score_place->at_s, to_s},
                                 control});
    state.score_place->at_s = to_s;
}

bool lane(OverlayFrame& frame, const View& view, const char* id, ImVec2 at, float height) {
    ImGui::SetCursorScreenPos(ImVec2(view.left - frame.ui.px(kMark), at.y));
    return ImGui::InvisibleButton(id,
                                  ImVec2(view.width + 2 * frame.ui.px(kMark), frame.ui.px(height)));
}

/// A step between numbers of the ruler that leaves room for them.
double ruler_step(const View& view, float least) {
    for (const double step_s : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0,
                                600.0, 1800.0, 3600.0}) {
        if (step_s / view.span_s * view.width >= least) return step_s;
    }
    return 14400;
}

void draw_ruler(OverlayFrame& frame, const View& view, float bottom) {
    Ui& ui = frame.ui;
    const ScoreStatus& score = frame.model.score;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float foot = at.y + ui.px(kRuler);
    list.AddRectFilled(ImVec2(view.left, at.y), ImVec2(view.left + view.width, foot),
                       style::kRaised, ui.px(4));
    const double step_s = ruler_step(view, ui.px(52));
    for (double number = std::ceil(view.from_s / step_s); view.sees(number * step_s); ++number) {
        const float x = view.x_of(number * step_s);
        list.AddLine(ImVec2(x, foot - ui.px(5)), ImVec2(x, foot), style::kTextFaint);
        const std::string text = score_seconds_text(number * step_s, step_s);
        const float width =
            ui.small()->CalcTextSizeA(ui.small()->FontSize, 1e6F, 0, text.c_str()).x;
        if (x + ui.px(3) + width > view.left + view.width) continue;
        list.AddText(ui.small(), ui.small()->FontSize, ImVec2(x + ui.px(3), at.y + ui.px(4)),
                     style::kTextDim, text.c_str());
    }
    // What keyframes snap to, where it can be told apart.
    const ScoreGrid& grid = score.grid;
    if (grid.step_s > 0 && grid.step_s / view.span_s * view.width >= ui.px(5)) {
        for (double n = std::ceil((view.from_s - grid.origin_s) / grid.step_s);
             view.sees(grid.origin_s + n * grid.step_s); ++n) {
            const float x = view.x_of(grid.origin_s + n * grid.step_s);
            list.AddLine(ImVec2(x, foot), ImVec2(x, bottom), style::rgba(0xFFFFFF, 20));
        }
    }
    lane(frame, view, "ruler", at, kRuler);
    ui.note("score/ruler");
    handle_lane(frame, view, {"", {}});
    tooltip(ui, "Click or drag: to another place in the score");
}

/// A mark for each place with keyframes, whose they are: moves all of them.
void draw_all_places(OverlayFrame& frame, const View& view) {
    Ui& ui = frame.ui;
    const ScoreStatus& score = frame.model.score;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    Handle all{"", {}};
    for (const ScorePoint& point : score.timeline->points) {
        const double at_s = point.at.seconds(score.length_s);
        const bool known = std::any_of(all.places_s.begin(), all.places_s.end(), [&](double other) {
            return std::abs(other - at_s) < kSamePlaceS;
        });
        if (!known) all.places_s.push_back(at_s);
    }
    lane(frame, view, "all", at, kAll);
    ui.note("score/all");
    handle_lane(frame, view, all);
    tooltip(ui, "All keyframes at one place. Drag: moves them together.");
    for (const double at_s : all.places_s) {
        if (!view.sees(at_s)) continue;
        const bool chosen = frame.state.score_place == Place{"", at_s};
        draw_diamond(ImVec2(view.x_of(at_s), at.y + ui.px(kAll / 2)), ui.px(kMark),
                     chosen ? style::kAccent : style::kTextDim, chosen);
    }
}

/// The part of what is seen, where it is not all: it can be moved.
void draw_scroll(OverlayFrame& frame, const View& view) {
    Ui& ui = frame.ui;
    OverlayState& state = frame.state;
    const double length_s = std::max(frame.model.score.length_s, 1e-3);
    if (state.score_zoom <= 1) return;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    lane(frame, view, "scroll", at, 10);
    ui.note("score/scroll");
    if (ImGui::IsItemActive()) {
        const double share = (ImGui::GetIO().MousePos.x - view.left) / view.width;
        state.score_from_s = share * length_s - view.span_s / 2;
    }
    const float y = at.y + ui.px(3), thick = ui.px(4);
    const float from = view.left + static_cast<float>(view.from_s / length_s) * view.width;
    const float to = from + static_cast<float>(view.span_s / length_s) * view.width;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(ImVec2(view.left, y), ImVec2(view.left + view.width, y + thick),
                       style::kTrack, thick / 2);
    list.AddRectFilled(ImVec2(from, y), ImVec2(to, y + thick),
                       ImGui::IsItemHovered() ? style::kTextDim : style::kTextFaint, thick / 2);
}

/// Keyframes of one parameter, in the order of time.
std::vector<const ScorePoint*> points_of(const ScoreStatus& score, const std::string& key) {
    std::vector<const ScorePoint*> points;
    for (const ScorePoint& point : score.timeline->points) {
        if (point.key == key) points.push_back(&point);
    }
    std::stable_sort(points.begin(), points.end(), [&](const auto* a, const auto* b) {
        return a->at.seconds(score.length_s) < b->at.seconds(score.length_s);
    });
    return points;
}

std::string value_text(const ParamInfo& info, const Params& params) {
    if (info.is_objective()) return to_short_text(params.objective);
    if (info.is_flag()) return number_of(params, info) != 0 ? "on" : "off";
    return fmt::format("{:.4g}", number_of(params, info));
}

struct Track {
    const ParamInfo& info;
    std::vector<const ScorePoint*> points;
    ImVec2 at;  ///< of its lane
    float height = 0;
    ImU32 color = 0;
};

/// Blocks with what is dreamed from each keyframe on; a slope where one becomes the next.
void draw_objectives(OverlayFrame& frame, const View& view, const Track& track) {
    Ui& ui = frame.ui;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const double length_s = frame.model.score.length_s;
    for (size_t i = 0; i < track.points.size(); ++i) {
        const ScorePoint& point = *track.points[i];
        const bool last = i + 1 == track.points.size();
        const float from = i == 0 ? view.left : view.x_of(point.at.seconds(length_s));
        const float to =
            last ? view.left + view.width : view.x_of(track.points[i + 1]->at.seconds(length_s));
        const float low = std::max(from, view.left), high = std::min(to, view.left + view.width);
        if (high <= low) continue;
        const float top = track.at.y + ui.px(3), foot = track.at.y + track.height - ui.px(3);
        list.AddRectFilled(ImVec2(low, top), ImVec2(high, foot),
                           i % 2 == 0 ? style::rgba(0xF5A94B, 40) : style::rgba(0xF5A94B, 22));
        if (!last && point.ease != Ease::hold)
            list.AddLine(ImVec2(std::max(from, view.left), foot), ImVec2(high, top),
                         style::rgba(0xF5A94B, 60), ui.px(1));
        const std::string text = to_text(std::get<Objective>(point.value));
        list.PushClipRect(ImVec2(low, top), ImVec2(high - ui.px(8), foot), true);
        list.AddText(
            ui.small(), ui.small()->FontSize,
            ImVec2(std::max(from, view.left) + ui.px(9), (top + foot - ui.small()->FontSize) / 2),
            style::kText, text.c_str());
        list.PopClipRect();
    }
}

/// What a lane is high for: positions of the parameter's fader that it goes through, so that small
/// movements are seen too.
struct Heights {
    double low = 1, high = 0;
};
Heights heights_of(const Track& track, const FaderSpec& spec) {
    constexpr double kLeast = 0.05;
    Heights heights;
    for (const ScorePoint* point : track.points) {
        const double position = fader_position(spec, std::get<double>(point->value));
        heights.low = std::min(heights.low, position);
        heights.high = std::max(heights.high, position);
    }
    const double missing = std::max(kLeast - (heights.high - heights.low), 0.0);
    return {heights.low - missing / 2, heights.high + missing / 2};
}

/// The way of a number or a flag through its keyframes.
void draw_way(OverlayFrame& frame, const View& view, const Track& track) {
    Ui& ui = frame.ui;
    const double length_s = frame.model.score.length_s;
    const FaderSpec spec = track.info.is_flag() ? FaderSpec{} : fader_spec(track.info);
    const float inset = ui.px(5);
    const Heights seen = heights_of(track, spec);
    const auto y_of = [&](double value) {
        const double share = (fader_position(spec, value) - seen.low) / (seen.high - seen.low);
        return track.at.y + track.height - inset -
               static_cast<float>(std::clamp(share, 0.0, 1.0)) * (track.height - 2 * inset);
    };
    std::vector<ImVec2> way;
    const auto value_at = [&](size_t i) { return std::get<double>(track.points[i]->value); };
    way.emplace_back(view.left, y_of(value_at(0)));
    for (size_t i = 0; i < track.points.size(); ++i) {
        const double at_s = track.points[i]->at.seconds(length_s);
        way.emplace_back(view.x_of(at_s), y_of(value_at(i)));
        if (i + 1 == track.points.size()) break;
        const double to_s = track.points[i + 1]->at.seconds(length_s);
        const Ease ease = track.info.is_flag() ? Ease::hold : track.points[i]->ease;
        if (ease == Ease::hold) way.emplace_back(view.x_of(to_s), y_of(value_at(i)));
        constexpr int kSteps = 10;
        for (int step = 1; ease != Ease::hold && step < kSteps; ++step) {
            const double t = static_cast<double>(step) / kSteps;
            const double value = value_at(i) + eased(t, ease) * (value_at(i + 1) - value_at(i));
            way.emplace_back(view.x_of(at_s + t * (to_s - at_s)), y_of(value));
        }
    }
    way.emplace_back(std::max(way.back().x, view.left + view.width), way.back().y);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.PushClipRect(ImVec2(view.left, track.at.y),
                      ImVec2(view.left + view.width, track.at.y + track.height), true);
    list.AddPolyline(way.data(), static_cast<int>(way.size()), track.color, 0, ui.px(1.5F));
    list.PopClipRect();
    for (size_t i = 0; i < track.points.size(); ++i) {
        const double at_s = track.points[i]->at.seconds(length_s);
        if (!view.sees(at_s)) continue;
        const bool chosen = frame.state.score_place == Place{track.points[i]->key, at_s};
        draw_diamond(ImVec2(view.x_of(at_s), y_of(value_at(i))), ui.px(kMark),
                     chosen ? style::kAccent : track.color, chosen);
    }
}

void draw_track_head(OverlayFrame& frame, const ParamInfo& info, bool taken) {
    Ui& ui = frame.ui;
    const std::string key(info.key);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float step = ui.px(22 + 4);
    const float buttons = ui.right_edge() - 2 * step + ui.px(4);
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(2)));
    text(ui, spoken(info.key), style::kTextDim);
    ImGui::SameLine();
    const float from = ImGui::GetCursorScreenPos().x;
    ImGui::SetCursorScreenPos(ImVec2(from, at.y + ui.px(2)));
    text_cut(ui, value_text(info, frame.model.params), buttons - from - ui.px(taken ? 84 : 8),
             style::kText);
    if (taken) {
        ImGui::SetCursorScreenPos(ImVec2(buttons - ui.px(76), at.y));
        const ImVec2 low = ImGui::GetCursorScreenPos();
        ImGui::PushID(key.c_str());
        const bool clicked = ImGui::InvisibleButton("give back", ImVec2(ui.px(70), ui.px(22)));
        ImGui::PopID();
        ui.note("score/give back/" + key);
        ImGui::GetWindowDrawList()->AddRectFilled(
            low, ImVec2(low.x + ui.px(70), low.y + ui.px(20)),
            ImGui::IsItemHovered() ? style::kRaisedActive : style::kRaised, ui.px(4));
        ImGui::GetWindowDrawList()->AddText(ui.small(), ui.small()->FontSize,
                                            ImVec2(low.x + ui.px(12), low.y + ui.px(3)),
                                            style::kWaiting, "by hand");
        tooltip(ui, "A hand has taken this from the score. Click: the score moves it again.");
        if (clicked) frame.ask(request::GiveBack{key});
    }
    ImGui::SetCursorScreenPos(ImVec2(buttons, at.y));
    if (letter_button(ui, "score/add/" + key, "+", false, style::kAccent))
        frame.ask(request::RecordKeyframe{key});
    tooltip(ui, "A keyframe here: as it is now");
    ImGui::SetCursorScreenPos(ImVec2(buttons + step, at.y));
    if (letter_button(ui, "score/drop/" + key, "×", false, style::kAccent))
        frame.ask(request::EditScore{edit::RemoveTrack{key}, ""});
    tooltip(ui, "Takes all its keyframes out of the score");
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(kHead)));
}

void draw_track(OverlayFrame& frame, const View& view, const std::string& key) {
    Ui& ui = frame.ui;
    const ScoreStatus& score = frame.model.score;
    const bool taken = score.playing && score.by_hand.contains(key);
    draw_track_head(frame, find_param(key), taken);
    Track track{find_param(key), points_of(score, key), ImGui::GetCursorScreenPos(), ui.px(kLane),
                taken ? style::kTextFaint : style::kAccent};
    ImGui::GetWindowDrawList()->AddRectFilled(
        ImVec2(view.left, track.at.y), ImVec2(view.left + view.width, track.at.y + track.height),
        style::rgba(0xFFFFFF, 9), ui.px(3));
    lane(frame, view, key.c_str(), track.at, kLane);
    ui.note("score/lane/" + key);
    Handle handle{key, {}};
    for (const ScorePoint* point : track.points)
        handle.places_s.push_back(point->at.seconds(score.length_s));
    handle_lane(frame, view, handle);
    if (track.info.is_objective()) {
        draw_objectives(frame, view, track);
        for (const double at_s : handle.places_s) {
            const bool chosen = frame.state.score_place == Place{key, at_s};
            if (view.sees(at_s))
                draw_diamond(ImVec2(view.x_of(at_s), track.at.y + track.height / 2), ui.px(kMark),
                             track.color, chosen);
        }
    } else {
        draw_way(frame, view, track);
    }
    draw_playhead(frame, view, track.at.y, track.at.y + track.height);
    ImGui::SetCursorScreenPos(ImVec2(track.at.x, track.at.y + track.height + ui.px(4)));
}

void draw_zoom(OverlayFrame& frame) {
    Ui& ui = frame.ui;
    OverlayState& state = frame.state;
    const ScoreStatus& score = frame.model.score;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const std::string name = score.name.empty() ? "a new score" : score.name;
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(3)));
    text_cut(ui, name + (score.changed ? ", changed" : ""), ui.right_edge() - at.x - ui.px(64),
             style::kTextDim, ui.small());
    const double middle_s = state.score_from_s + score.length_s / state.score_zoom / 2;
    const auto zoom = [&](double to) {
        state.score_zoom = std::clamp(to, 1.0, kMostZoom);
        const double around_s = score.playing ? score.time_s : middle_s;
        state.score_from_s = around_s - score.length_s / state.score_zoom / 2;
    };
    ImGui::SetCursorScreenPos(ImVec2(ui.right_edge() - ui.px(48), at.y));
    if (letter_button(ui, "score/zoom out", "−", false, style::kAccent)) zoom(state.score_zoom / 2);
    tooltip(ui, "More of the score");
    ImGui::SetCursorScreenPos(ImVec2(ui.right_edge() - ui.px(22), at.y));
    if (letter_button(ui, "score/zoom in", "+", false, style::kAccent)) zoom(state.score_zoom * 2);
    tooltip(ui, "Less of the score, larger");
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(26)));
}

}  // namespace

std::string score_seconds_text(double seconds, double step_s) {
    if (step_s >= 1) return clock_text(seconds);
    const double minutes = std::floor(seconds / 60);
    return minutes > 0 ? fmt::format("{:.0f}:{:04.1f}", minutes, seconds - 60 * minutes)
                       : fmt::format("{:.1f}", seconds);
}

void draw_timeline(OverlayFrame& frame) {
    draw_zoom(frame);
    Ui& ui = frame.ui;
    const ScoreStatus& score = frame.model.score;
    ImGui::PushID("timeline");
    const View view = view_of(frame);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const std::vector<std::string> tracks = score.timeline->tracks();
    const float zoomed = frame.state.score_zoom > 1 ? ui.px(10) : 0;
    const float bottom = at.y + ui.px(kRuler + kAll + 2) + zoomed +
                         static_cast<float>(tracks.size()) * ui.px(kHead + kLane + 4);
    draw_ruler(frame, view, bottom);
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(kRuler)));
    draw_scroll(frame, view);
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(kRuler) + zoomed));
    draw_all_places(frame, view);
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + ui.px(kRuler + kAll + 2) + zoomed));
    for (const std::string& key : tracks) draw_track(frame, view, key);
    draw_playhead(frame, view, at.y, at.y + ui.px(kRuler + kAll) + zoomed);
    ImGui::PopID();
    ImGui::SetCursorScreenPos(ImVec2(at.x, bottom));
    ImGui::Dummy(ImVec2(0, 0));
}

}  // namespace reverie
