#include "src/control/timeline/score_player.h"

#include <algorithm>
#include <cmath>

#include "src/util/error.h"

namespace reverie {

void ScorePlayer::set(std::shared_ptr<const Timeline> timeline, const MapObjective& map) {
    timeline_ = std::move(timeline);
    lacking_.clear();
    score_ = timeline_->score(map, &lacking_);
    tracks_.clear();
    if (score_) {
        for (const std::string& key : score_->tracks()) tracks_.push_back(find_param(key).key);
    }
    if (score_) score_->loop = false;  // it is played here
    end_s_ = 0;
    has_shares_ = false;
    for (const ScorePoint& point : timeline_->points) {
        has_shares_ = has_shares_ || point.at.is_share;
        if (!point.at.is_share) end_s_ = std::max(end_s_, point.at.value);
    }
    time_s_ = std::min(time_s_, length_s());
}

double ScorePlayer::length_s() const {
    return timeline_->length_s > 0 ? timeline_->length_s : std::max(other_length_s_, end_s_);
}

void ScorePlayer::map_objectives(const MapObjective& map) {
    if (!score_) return;
    try {
        score_->each_objective(
            [&](const Keyframe& keyframe) { return map(keyframe.values.objective); });
    } catch (const Error& error) {
        lacking_.emplace_back(error.what());
        score_->release("objective");
        std::erase(tracks_, "objective");
    }
}

void ScorePlayer::play(bool on) {
    if (on && !playing_) {
        by_hand_.clear();
        if (time_s_ >= length_s()) time_s_ = 0;
    }
    playing_ = on;
}

void ScorePlayer::seek(double time_s) {
    if (!std::isfinite(time_s)) return;
    time_s_ = std::clamp(time_s, 0.0, length_s());
    by_hand_.clear();
    show("");
}

void ScorePlayer::give_back(const std::string& key) {
    if (key.empty())
        by_hand_.clear();
    else
        by_hand_.erase(key);
    show(key);
}

void ScorePlayer::show(const std::string& key) {
    for (const std::string_view track : tracks_) {
        if (key.empty() || track == key) shown_.insert(std::string(track));
    }
}

bool ScorePlayer::advance(double dt_s, bool grows) {
    constexpr double kGrowsByS = 30;
    if (!playing_ || !(dt_s > 0)) return false;
    time_s_ += dt_s;
    grows = grows && timeline_->length_s <= 0 && !timeline_->loop && !has_shares_;
    if (grows && time_s_ >= length_s())
        other_length_s_ = std::min(time_s_ + kGrowsByS, kLongestScoreS);
    const double length = length_s();
    if (time_s_ < length) return false;
    if (timeline_->loop && length > 0) {
        time_s_ = std::fmod(time_s_, length);
        return true;
    }
    time_s_ = length;
    playing_ = false;
    show("");
    return false;
}

std::vector<std::string_view> ScorePlayer::values(Params& params) {
    std::vector<std::string_view> keys;
    const std::set<std::string> shown = std::move(shown_);
    shown_.clear();
    if (!score_ || (!playing_ && shown.empty())) return keys;
    const Params now = at_its_place(params);
    for (const std::string_view key : tracks_) {
        const std::string name(key);
        if (by_hand_.contains(name) || (!playing_ && !shown.contains(name))) continue;
        interpolate_param(params, find_param(key), now, now, 1);
        keys.push_back(key);
    }
    return keys;
}

Params ScorePlayer::at_its_place(const Params& base) const {
    return score_ && length_s() > 0 ? score_->at(time_s_, length_s(), base) : base;
}

}  // namespace reverie
