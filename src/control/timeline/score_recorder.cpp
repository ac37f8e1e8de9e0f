#include "src/control/timeline/score_recorder.h"

#include <algorithm>

namespace reverie {
namespace {

/// In place of what the parameter had there before.
void put(Timeline& timeline, const std::vector<ScorePoint>& points, double duration_s) {
    const ScorePoint& first = points.front();
    const double from_s = first.at.value - kSamePlaceS, to_s = points.back().at.value + kSamePlaceS;
    std::erase_if(timeline.points, [&](const ScorePoint& point) {
        const double at_s = point.at.seconds(duration_s);
        return point.key == first.key && at_s > from_s && at_s < to_s;
    });
    for (const ScorePoint& point : points) {
        if (timeline.points.size() < kMostPoints) timeline.points.push_back(point);
    }
}

}  // namespace

bool ScoreRecorder::has(std::string_view key) const {
    return std::any_of(gestures_.begin(), gestures_.end(),
                       [&](const Gesture& gesture) { return gesture.key == key; });
}

void ScoreRecorder::take(std::string_view key, ScoreValue before, double time_s) {
    if (has(key)) return;
    Gesture gesture;
    gesture.key = key;
    gesture.points.push_back({gesture.key, {time_s, false}, Ease::linear, std::move(before)});
    gestures_.push_back(std::move(gesture));
}

bool ScoreRecorder::step(Timeline& timeline, const Moment& now,
                         const std::function<ScoreValue(const std::string&)>& value) {
    bool changed = false;
    std::erase_if(gestures_, [&](Gesture& gesture) {
        std::vector<ScorePoint>& points = gesture.points;
        ScoreValue is = value(gesture.key);
        const double last_s = points.back().at.value;
        const bool began_again = now.time_s < last_s;
        if (!began_again && is != points.back().value) {
            gesture.idle_s = 0;
            // It stood until a picture ago.
            const double stood_s = now.time_s - now.dt_s;
            if (stood_s > last_s + kSamePlaceS)
                points.push_back(
                    {gesture.key, {stood_s, false}, Ease::linear, points.back().value});
            points.push_back({gesture.key, {now.time_s, false}, Ease::linear, std::move(is)});
            put(timeline, points, now.duration_s);
            changed = true;
            return false;
        }
        gesture.idle_s += now.dt_s;
        if (!began_again && gesture.idle_s < kGestureS) return false;
        if (points.size() > 1) {
            put(timeline, thinned(points, kTolerance), now.duration_s);
            changed = true;
        }
        return true;
    });
    return changed;
}

bool ScoreRecorder::finish(Timeline& timeline, double duration_s) {
    bool changed = false;
    for (const Gesture& gesture : gestures_) {
        if (gesture.points.size() < 2) continue;
        put(timeline, thinned(gesture.points, kTolerance), duration_s);
        changed = true;
    }
    gestures_.clear();
    return changed;
}

}  // namespace reverie
