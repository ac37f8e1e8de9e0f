#include "src/control/score.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "src/control/modulation_file.h"
#include "src/control/toml_params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

std::string text_of(const ScoreTime& time) {
    return time.is_share ? fmt::format("{}%", time.value * 100) : fmt::format("{} s", time.value);
}

double eased(double t, Ease ease) {
    switch (ease) {
        case Ease::hold:
            return 0;
        case Ease::smooth:
            return t * t * (3 - 2 * t);
        case Ease::linear:
            break;
    }
    return t;
}

Ease parse_ease(const std::string& text, const toml::node& node, const std::string& file) {
    if (text == "linear") return Ease::linear;
    if (text == "smooth") return Ease::smooth;
    if (text == "hold") return Ease::hold;
    fail_at(file, node, fmt::format("ease '{}' is none of linear, smooth and hold", text));
}

Ease ease_or(const toml::table& table, Ease otherwise, const std::string& file) {
    const toml::node* node = table.get("ease");
    return node == nullptr ? otherwise : parse_ease(toml_string(table, "ease", file), *node, file);
}

ScoreTime time_of(const toml::table& table, const std::string& file) {
    const toml::node* node = table.get("at");
    if (node == nullptr)
        fail_at(file, table, "the keyframe has no time; add at = \"40%\" or at = 12.5");
    try {
        if (node->is_number()) {
            const double seconds = node->value<double>().value_or(0);
            require(seconds >= 0 && std::isfinite(seconds), "at is not a time from 0 on");
            return {seconds, false};
        }
        require(node->is_string(), "at takes seconds or a share, as in 12.5 or \"40%\"");
        return parse_score_time(node->as_string()->get());
    } catch (const Error& error) {
        fail_at(file, *node, error.what());
    }
}

void read_value(Keyframe& keyframe, std::string_view key, const toml::node& value,
                const std::string& file) {
    set_from_toml(keyframe.values, key, value, file);
    keyframe.keys.emplace_back(key);
    if (find_param(key).is_objective()) keyframe.objective_at = place_of(file, value);
}

Keyframe parse_keyframe(const toml::table& table, Ease ease, const std::string& file) {
    Keyframe keyframe;
    keyframe.at = time_of(table, file);
    keyframe.ease = ease_or(table, ease, file);
    for (const auto& [key, value] : table) {
        if (key == "at" || key == "ease") continue;
        read_value(keyframe, key.str(), value, file);
    }
    return keyframe;
}

/// [params] is a keyframe at 0 that holds; a key may not be in both.
Keyframe parse_held(const toml::node& node, const std::string& file) {
    if (!node.is_table())
        fail_at(file, node, "params is not a table; write [params] on a line of its own");
    Keyframe held;
    held.ease = Ease::hold;
    for (const auto& [key, value] : *node.as_table()) {
        read_value(held, key.str(), value, file);
    }
    return held;
}

const toml::array& keyframe_array(const toml::table& root, const std::string& file) {
    const toml::node* node = root.get("keyframe");
    if (node == nullptr)
        throw Error(
            fmt::format("{}: the score has no keyframes; add [[keyframe]] with at = \"0%\"", file));
    if (!node->is_array_of_tables())
        fail_at(file, *node, "keyframe is not a list of tables; write [[keyframe]] before each");
    return *node->as_array();
}

/// Throws where a key stands in two keyframes at the same place, or in [params] and in a keyframe.
void check_unique(const std::vector<Keyframe>& keyframes, const Keyframe& next,
                  const toml::node& node, const std::string& file, bool has_held) {
    for (size_t i = 0; i < keyframes.size(); ++i) {
        const bool held = has_held && i == 0;
        if (!held && keyframes[i].at != next.at) continue;
        for (const std::string& key : next.keys) {
            const auto& other = keyframes[i].keys;
            if (std::find(other.begin(), other.end(), key) == other.end()) continue;
            fail_at(file, node,
                    held ? fmt::format("{} stands in [params] too, which holds it to the end; keep "
                                       "one of the two",
                                       key)
                         : fmt::format("{} is already set at {}; move one of the two", key,
                                       text_of(next.at)));
        }
    }
}

}  // namespace

ScoreTime parse_score_time(std::string_view text) {
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, status] = std::from_chars(text.data(), end, value);
    const std::string_view unit(stop, static_cast<size_t>(end - stop));
    if (status != std::errc() || !std::isfinite(value) || value < 0 ||
        (!unit.empty() && unit != "s" && unit != "%")) {
        throw Error(fmt::format(
            "'{}' is not a time; write seconds or a share, as in 12.5, 12.5s or 40%", text));
    }
    if (unit != "%") return {value, false};
    require(value <= 100,
            fmt::format("{} is past the end of the clip; shares go from 0% to 100%", text));
    return {value / 100, true};
}

Score::Score(std::vector<Keyframe> keyframes) : keyframes_(std::move(keyframes)) {
    require(!keyframes_.empty(), "a score needs at least one keyframe");
    for (const ParamInfo& info : kParams) {
        Track track{&info, {}};
        for (size_t i = 0; i < keyframes_.size(); ++i) {
            const Keyframe& keyframe = keyframes_[i];
            if (std::find(keyframe.keys.begin(), keyframe.keys.end(), info.key) ==
                keyframe.keys.end())
                continue;
            for (const Stop& stop : track.stops) {
                require(stop.at != keyframe.at,
                        fmt::format("{} is set twice at {}", info.key, text_of(stop.at)));
            }
            track.stops.push_back({i, keyframe.at, keyframe.ease});
        }
        if (!track.stops.empty()) tracks_.push_back(std::move(track));
    }
}

void Score::apply_track(Params& params, const Track& track, double time_s,
                        double duration_s) const {
    // Seconds and shares are ordered by the clip's length only, so the neighbours are looked for,
    // not sorted. Where two stops fall on one place, the way there ends at the first of them in the
    // file and goes on from the last.
    const Stop* before = nullptr;
    const Stop* after = nullptr;
    for (const Stop& stop : track.stops) {
        const double at_s = stop.at.seconds(duration_s);
        if (at_s <= time_s) {
            if (before == nullptr || at_s >= before->at.seconds(duration_s)) before = &stop;
        } else if (after == nullptr || at_s < after->at.seconds(duration_s)) {
            after = &stop;
        }
    }
    const Stop* from = before != nullptr ? before : after;
    const Stop* to = after != nullptr ? after : before;
    const double from_s = from->at.seconds(duration_s);
    const double to_s = to->at.seconds(duration_s);
    const double t = to_s > from_s ? eased((time_s - from_s) / (to_s - from_s), from->ease) : 0;
    interpolate_param(params, *track.info, keyframes_[from->keyframe].values,
                      keyframes_[to->keyframe].values, t);
}

Params Score::at(double time_s, double duration_s, const Params& base) const {
    require(!needs_duration() || duration_s > 0,
            "the score uses shares of the clip, whose length is not known; try --duration, or "
            "seconds in the score");
    Params params = base;
    for (const Track& track : tracks_) apply_track(params, track, time_s, duration_s);
    return params;
}

bool Score::needs_duration() const {
    return std::any_of(keyframes_.begin(), keyframes_.end(),
                       [](const Keyframe& k) { return k.at.is_share; });
}

bool Score::release(std::string_view key) {
    return std::erase_if(tracks_, [&](const Track& track) { return track.info->key == key; }) > 0;
}

bool Score::each_objective(const std::function<Objective(const Keyframe&)>& f) {
    const auto track = std::find_if(tracks_.begin(), tracks_.end(),
                                    [](const Track& t) { return t.info->is_objective(); });
    if (track == tracks_.end()) return false;
    for (const Stop& stop : track->stops) {
        Keyframe& keyframe = keyframes_[stop.keyframe];
        keyframe.values.objective = f(keyframe);
    }
    return true;
}

std::vector<std::string> Score::tracks() const {
    std::vector<std::string> keys;
    for (const Track& track : tracks_) keys.emplace_back(track.info->key);
    return keys;
}

Score parse_score(std::string_view text, const std::string& file) {
    const toml::table root = parse_toml(text, file);
    for (const auto& [key, node] : root) {
        const std::vector<std::string> known{"title",  "description", "ease",
                                             "params", "keyframe",    "modulation"};
        if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
        fail_at(file, node,
                fmt::format("unknown key '{}'; a score has title, description, ease, [params], "
                            "[[keyframe]] and [[modulation]]{}",
                            key.str(), did_you_mean(key.str(), known)));
    }
    const Ease ease = ease_or(root, Ease::linear, file);
    std::vector<Keyframe> keyframes;
    const toml::node* held = root.get("params");
    if (held != nullptr) keyframes.push_back(parse_held(*held, file));
    for (const toml::node& node : keyframe_array(root, file)) {
        Keyframe keyframe = parse_keyframe(*node.as_table(), ease, file);
        check_unique(keyframes, keyframe, node, file, held != nullptr);
        keyframes.push_back(std::move(keyframe));
    }
    Score score(std::move(keyframes));
    score.title = toml_string(root, "title", file);
    score.description = toml_string(root, "description", file);
    score.modulation = read_modulation(root, file);
    return score;
}

}  // namespace reverie
