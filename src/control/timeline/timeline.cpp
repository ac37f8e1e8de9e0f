#include "src/control/timeline/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/control/fader_scale.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// As large as a difference of weights can count.
double objective_distance(const Objective& a, const Objective& b) {
    double most = 0;
    // Of −b and a: what is left of a term is the difference of its weights.
    Objective both = a;
    for (const Term& term : b.terms) add(both, {term.layer, term.channel, -term.weight});
    for (const Term& term : both.terms) most = std::max(most, std::abs(double{term.weight}));
    return most;
}

void check_value(std::string_view key, const ScoreValue& value) {
    const ParamInfo& info = find_param(key);
    require(info.is_objective() == std::holds_alternative<Objective>(value),
            fmt::format("{} takes {}", key, info.is_objective() ? "an expression" : "a number"));
    Params checked;
    if (const double* number = std::get_if<double>(&value)) set_number(checked, info, *number);
}

void check_time(double time_s) {
    require(time_s >= 0 && time_s <= kLongestScoreS,
            fmt::format("{:g} s is no place of a score; it goes from 0 to {:g} s", time_s,
                        kLongestScoreS));
}

/// Does what is asked to a timeline, whose shares are of `duration_s`.
class Editor {
  public:
    Editor(Timeline& timeline, double duration_s) : timeline_(timeline), duration_s_(duration_s) {}

    void operator()(const edit::Record& r) {
        check_value(r.key, r.value);
        check_time(r.at_s);
        bool there = false;
        for (ScorePoint& point : timeline_.points) {
            if (!is_at(point, r.key, r.at_s)) continue;
            point.value = r.value;
            there = true;
        }
        if (there) return;
        require(timeline_.points.size() < kMostPoints,
                fmt::format("the score has {} keyframes already; remove some first", kMostPoints));
        timeline_.points.push_back({r.key, {r.at_s, false}, r.ease, r.value});
    }
    void operator()(edit::Move m) {
        check_time(m.to_s);
        require_at(m.key, m.from_s);
        if (duration_s_ > 0) m.to_s = std::min(m.to_s, duration_s_);
        for (const ScorePoint& point : timeline_.points) {
            if (!is_at(point, m.key, m.from_s)) continue;
            for (const ScorePoint& other : timeline_.points) {
                const bool stays = !is_at(other, point.key, m.from_s);
                if (stays && is_at(other, point.key, m.to_s)) return;
            }
        }
        each_at(m.key, m.from_s, [&](ScorePoint& point) {
            point.at.value =
                point.at.is_share && duration_s_ > 0 ? std::min(m.to_s / duration_s_, 1.0) : m.to_s;
        });
    }
    void operator()(const edit::Remove& r) {
        require_at(r.key, r.at_s);
        std::erase_if(timeline_.points,
                      [&](const ScorePoint& point) { return is_at(point, r.key, r.at_s); });
    }
    void operator()(const edit::RemoveTrack& r) {
        std::erase_if(timeline_.points,
                      [&](const ScorePoint& point) { return point.key == r.key; });
    }
    void operator()(const edit::SetEase& s) {
        require_at(s.key, s.at_s);
        each_at(s.key, s.at_s, [&](ScorePoint& point) { point.ease = s.ease; });
    }
    void operator()(const edit::SetValue& s) {
        check_value(s.key, s.value);
        require_at(s.key, s.at_s);
        each_at(s.key, s.at_s, [&](ScorePoint& point) { point.value = s.value; });
    }
    void operator()(const edit::SetLength& s) {
        if (s.seconds != 0) check_time(s.seconds);
        timeline_.length_s = s.seconds;
    }
    void operator()(const edit::SetLoop& s) { timeline_.loop = s.on; }

  private:
    bool is_at(const ScorePoint& point, const std::string& key, double at_s) const {
        return (key.empty() || point.key == key) &&
               std::abs(point.at.seconds(duration_s_) - at_s) < kSamePlaceS;
    }
    void require_at(const std::string& key, double at_s) const {
        const bool there =
            std::any_of(timeline_.points.begin(), timeline_.points.end(),
                        [&](const ScorePoint& point) { return is_at(point, key, at_s); });
        require(there, fmt::format("{} has no keyframe at {:.3f} s",
                                   key.empty() ? "the score" : key, at_s));
    }
    template <class Change>
    void each_at(const std::string& key, double at_s, Change change) {
        std::vector<ScorePoint*> there;  // first: a change may bring one to where the next is
        for (ScorePoint& point : timeline_.points) {
            if (is_at(point, key, at_s)) there.push_back(&point);
        }
        for (ScorePoint* point : there) change(*point);
    }

    Timeline& timeline_;
    double duration_s_;
};

/// On the straight way from one keyframe to another.
ScoreValue value_between(const ScorePoint& from, const ScorePoint& to, double time_s) {
    Params a, b, between;
    set_value(a, from.key, from.value);
    set_value(b, to.key, to.value);
    const double way_s = to.at.value - from.at.value;
    const double t = way_s > 0 ? (time_s - from.at.value) / way_s : 0;
    interpolate_param(between, find_param(from.key), a, b, t);
    return value_of(between, from.key);
}

}  // namespace

ScoreValue value_of(const Params& params, std::string_view key) {
    const ParamInfo& info = find_param(key);
    if (info.is_objective()) return params.objective;
    return number_of(params, info);
}

void set_value(Params& params, std::string_view key, const ScoreValue& value) {
    if (const auto* objective = std::get_if<Objective>(&value))
        params.objective = *objective;
    else
        set_number(params, find_param(key), std::get<double>(value));
}

double value_distance(std::string_view key, const ScoreValue& a, const ScoreValue& b) {
    const ParamInfo& info = find_param(key);
    if (info.is_objective())
        return objective_distance(std::get<Objective>(a), std::get<Objective>(b));
    const double from = std::get<double>(a), to = std::get<double>(b);
    if (info.is_flag()) return from == to ? 0 : 1;
    const FaderSpec spec = fader_spec(info);
    return std::abs(fader_position(spec, to) - fader_position(spec, from));
}

std::vector<std::string> Timeline::tracks() const {
    std::vector<std::string> keys;
    for (const ParamInfo& info : kParams) {
        if (std::any_of(points.begin(), points.end(),
                        [&](const ScorePoint& point) { return point.key == info.key; }))
            keys.emplace_back(info.key);
    }
    return keys;
}

std::optional<Score> Timeline::score(const std::function<Objective(const Objective&)>& map,
                                     std::vector<std::string>* lacking) const {
    std::vector<Keyframe> keyframes;
    for (const ScorePoint& point : points) {
        Keyframe keyframe;
        keyframe.at = point.at;
        keyframe.ease = point.ease;
        keyframe.keys = {point.key};
        set_value(keyframe.values, point.key, point.value);
        if (map && find_param(point.key).is_objective()) {
            try {
                keyframe.values.objective = map(keyframe.values.objective);
            } catch (const Error& error) {
                if (lacking != nullptr) lacking->emplace_back(error.what());
                continue;
            }
        }
        keyframes.push_back(std::move(keyframe));
    }
    if (keyframes.empty()) return std::nullopt;
    Score score(std::move(keyframes));
    score.length_s = length_s;
    score.loop = loop;
    return score;
}

Timeline edited(Timeline timeline, const TimelineEdit& what, double duration_s) {
    std::visit(Editor(timeline, duration_s), what);
    return timeline;
}

double snapped(double time_s, const ScoreGrid& grid, double duration_s) {
    if (!std::isfinite(time_s)) return 0;
    const bool usable = grid.step_s > 1e-6 && std::isfinite(grid.step_s + grid.origin_s);
    double place = time_s;
    if (usable) {
        const auto at = [&](double number) { return grid.origin_s + number * grid.step_s; };
        double number = std::round((time_s - grid.origin_s) / grid.step_s);
        // A place before the beginning, or past the end, is none.
        if (at(number) < 0) number = std::ceil((0 - grid.origin_s) / grid.step_s - 1e-9);
        if (at(number) > duration_s)
            number = std::floor((duration_s - grid.origin_s) / grid.step_s + 1e-9);
        place = at(number);
    }
    return std::clamp(place, 0.0, std::max(duration_s, 0.0));
}

std::vector<ScorePoint> thinned(const std::vector<ScorePoint>& recorded, double tolerance) {
    if (recorded.size() < 3) return recorded;
    std::vector<bool> stays(recorded.size(), false);
    stays.front() = stays.back() = true;
    std::vector<std::pair<size_t, size_t>> ways{{0, recorded.size() - 1}};
    while (!ways.empty()) {
        const auto [from, to] = ways.back();
        ways.pop_back();
        size_t farthest = from;
        double most = tolerance;
        for (size_t i = from + 1; i < to; ++i) {
            const ScorePoint& point = recorded[i];
            const double off =
                value_distance(point.key, point.value,
                               value_between(recorded[from], recorded[to], point.at.value));
            if (off > most) {
                most = off;
                farthest = i;
            }
        }
        if (farthest == from) continue;
        stays[farthest] = true;
        ways.emplace_back(from, farthest);
        ways.emplace_back(farthest, to);
    }
    std::vector<ScorePoint> left;
    for (size_t i = 0; i < recorded.size(); ++i) {
        if (stays[i]) left.push_back(recorded[i]);
    }
    return left;
}

}  // namespace reverie
