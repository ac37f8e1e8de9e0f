// What the desk does with the score: it is opened, played, recorded, edited and saved. What a hand
// changes while it plays is the hand's from then on, or is recorded.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/control/desk.h"
#include "src/control/preset_library.h"
#include "src/music/beat_follower.h"
#include "src/util/error.h"

namespace reverie {
namespace {

bool is_new(const Params& before, const Params& now, std::string_view key) {
    return value_of(before, key) != value_of(now, key);
}

/// What was read may name keys of another version, and layers of another network.
std::string quiet_keys(const Timeline& timeline) {
    std::vector<std::string> keys;
    for (const KeptKey& kept : timeline.kept) {
        if (std::find(keys.begin(), keys.end(), kept.key) == keys.end()) keys.push_back(kept.key);
    }
    std::string all;
    for (const std::string& key : keys) all += (all.empty() ? "" : ", ") + key;
    return all;
}

}  // namespace

Look Desk::look() const {
    Look look = live_.look();
    look.score = score_.timeline();
    look.brush = brush_;
    return look;
}

void Desk::handle_score() {
    handle<request::OpenScore>([this](const auto& r) { open_score(r.name); });
    handle<request::SaveScore>([this](const auto& r) { save_score_as(r); });
    handle<request::PlayScore>([this](const auto& r) {
        const bool on = switched(r.to, score_.playing());
        require(!on || !score_.timeline()->points.empty() || score_records_,
                "the score has no keyframes yet; record one, or open a score");
        score_.play(on);
    });
    handle<request::RecordScore>(
        [this](const auto& r) { score_records_ = switched(r.to, score_records_); });
    handle<request::SeekScore>([this](const auto& r) { score_.seek(r.seconds); });
    handle<request::GiveBack>([this](const auto& r) { score_.give_back(r.key); });
    handle<request::SetScoreSnap>([this](const auto& r) { score_snap_ = r.to; });
}

void Desk::handle_score_edits() {
    handle<request::LoopScore>([this](const auto& r) {
        const bool on = switched(r.to, score_.timeline()->loop);
        const double length_s = score_.length_s();
        edit_score("", [&](Timeline timeline) {
            // It begins again where it ends now, whatever it is played beside later.
            if (on && timeline.length_s <= 0)
                timeline = edited(std::move(timeline), edit::SetLength{length_s}, length_s);
            return edited(std::move(timeline), edit::SetLoop{on}, length_s);
        });
    });
    handle<request::RecordKeyframe>([this](const auto& r) { record_keyframe(r.key); });
    handle<request::EditScore>([this](const auto& r) {
        TimelineEdit what = r.edit;
        if (auto* const move = std::get_if<edit::Move>(&what))
            move->to_s = snapped(move->to_s, score_grid(), score_.length_s());
        edit_score(r.control, [&](Timeline timeline) {
            return edited(std::move(timeline), what, score_.length_s());
        });
        if (const auto* const set = std::get_if<edit::SetValue>(&what)) score_.show(set->key);
    });
}

void Desk::set_score(const std::shared_ptr<const Timeline>& timeline) {
    score_.set(timeline, world_.from_portable);
}

/// `control`: "" for what is a step of its own.
void Desk::edit_score(std::string_view control, const std::function<Timeline(Timeline)>& edit) {
    auto changed = std::make_shared<const Timeline>(edit(*score_.timeline()));
    if (control.empty())
        begin_step_of_its_own(look(), {kScoreKey});
    else
        begin_step(control, {kScoreKey});
    set_score(changed);
}

/// Its routes take the place of those of the score before.
void Desk::open_score(const std::string& name) {
    auto timeline = std::make_shared<Timeline>();
    if (!name.empty())
        *timeline = world_.load_score ? world_.load_score(name) : load_timeline(name);
    // Also where another program sends back that it was opened: it plays on.
    if (name == score_name_ && *timeline == *score_.timeline()) return;
    Modulation moves = modulation();
    for (const ModulationRoute& route : score_.timeline()->modulation.routes)
        std::erase(moves.routes, route);
    live_.find_layers(timeline->modulation);
    for (const ModulationRoute& route : timeline->modulation.routes) {
        if (std::find(moves.routes.begin(), moves.routes.end(), route) == moves.routes.end())
            moves.routes.push_back(route);
    }
    begin_step_of_its_own(look(), {kScoreKey, kModulationKey});
    recorder_ = {};
    score_.play(false);
    score_as_saved_ = timeline;
    score_name_ = name;
    set_score(timeline);
    live_.change_modulation(moves);
    score_.seek(0);
    say_what_stands(name, timeline->modulation);
    const std::string quiet = quiet_keys(*timeline);
    if (!quiet.empty())
        notices_.post(fmt::format("{}: this version has no {}: kept, and quiet", name, quiet));
    if (!score_.lacking().empty())
        notices_.post(
            fmt::format("{}: {}; its keyframe is kept, and quiet", name, score_.lacking().front()));
}

void Desk::save_score_as(const request::SaveScore& r) {
    Timeline timeline = *score_.timeline();
    timeline.modulation = modulation();
    if (timeline.title.empty()) timeline.title = r.name;
    save_score(r.name, timeline, score_.length_s(), r.overwrite);
    score_name_ = r.name;
    score_as_saved_ = score_.timeline();
    notices_.post(fmt::format("the score {} is saved", r.name), Severity::info);
}

ScoreGrid Desk::score_grid() const {
    switch (score_snap_) {
        case ScoreSnap::tenth:
            return {0, 0.1};
        case ScoreSnap::second:
            return {0, 1};
        case ScoreSnap::beat:
        case ScoreSnap::bar: {
            if (tempo_.bpm() <= 0) return {};
            const double beat_s = 60 / tempo_.bpm();
            const double step_s = score_snap_ == ScoreSnap::bar ? kBeatsOfBar * beat_s : beat_s;
            return {score_beat_s_ - std::floor(score_beat_s_ / step_s) * step_s, step_s};
        }
        case ScoreSnap::off:
            break;
    }
    return {};
}

/// As files name it.
ScoreValue Desk::portable_value(const std::string& key) const {
    if (!find_param(key).is_objective() || !world_.to_portable) return value_of(params(), key);
    return world_.to_portable(params()).objective;
}

void Desk::record_keyframe(const std::string& key) {
    std::vector<std::string> keys{key};
    if (key.empty()) keys = score_.timeline()->tracks();
    if (keys.empty()) {
        for (const ParamInfo& info : kParams) {
            if (info.is_objective() || is_new(Params(), params(), info.key))
                keys.emplace_back(info.key);
        }
    }
    const double at_s = snapped(score_.time_s(), score_grid(), score_.length_s());
    edit_score("", [&](Timeline timeline) {
        for (const std::string& each : keys)
            timeline = edited(std::move(timeline), edit::Record{each, at_s, portable_value(each)},
                              score_.length_s());
        return timeline;
    });
    if (!score_.playing()) return;
    for (const std::string& each : keys) score_.give_back(each);
}

/// What a request has changed, or is about to change by a fade, is the hand's, or is recorded.
void Desk::take_from_score(const Params& before, const Request& request) {
    const bool hand =
        !request.is<request::Undo>() && !request.is<request::Redo>() && score_.playing();
    if (!hand) return;
    const std::optional<Params> coming = live_.coming();
    for (const ParamInfo& info : kParams) {
        const bool changed =
            is_new(before, params(), info.key) || (coming && is_new(params(), *coming, info.key));
        if (!changed) continue;
        if (!score_records_)
            score_.take(info.key);
        else if (!recorder_.has(info.key))
            recorder_.take(info.key, value_of(before, info.key), score_.time_s());
    }
}

/// The score moves on, and with it what it moves.
void Desk::play_score(double dt_s) {
    const bool began_again = score_.advance(dt_s, score_records_);
    if (score_.playing()) {
        if (const std::optional<double> beat = tempo_.beat_at(now_s()))
            score_beat_s_ =
                score_.time_s() -
                (*beat - std::floor(*beat / kBeatsOfBar) * kBeatsOfBar) * 60 / tempo_.bpm();
    }
    if (!recorder_.idle()) {
        Timeline timeline = *score_.timeline();
        const bool ends = began_again || !score_.playing() || !score_records_;
        const bool changed =
            ends ? recorder_.finish(timeline, score_.length_s())
                 : recorder_.step(timeline, {score_.time_s(), dt_s, score_.length_s()},
                                  [this](const std::string& key) { return portable_value(key); });
        if (changed) {
            history_.extend({kScoreKey});
            set_score(std::make_shared<const Timeline>(std::move(timeline)));
        }
    }
    Params next = params();
    std::vector<std::string_view> keys = score_.values(next);
    std::erase_if(keys, [this](std::string_view key) { return recorder_.has(key); });
    if (!keys.empty()) live_.set(next, keys);
}

}  // namespace reverie
