#include "src/control/score.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>

#include "src/control/modulation_file.h"
#include "src/control/toml_params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr std::array<std::string_view, 3> kEases{"linear", "smooth", "hold"};

/// In a message.
std::string spoken(const ScoreTime& time) { return to_text(time) + (time.is_share ? "" : " s"); }

Ease parse_ease(const std::string& text, const toml::node& node, const std::string& file) {
    for (size_t i = 0; i < kEases.size(); ++i) {
        if (text == kEases[i]) return static_cast<Ease>(i);
    }
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

std::string text_of(std::string_view key, const toml::node& value) {
    toml::table one;
    value.visit([&](const auto& is) { one.insert(key, is); });
    std::ostringstream text;
    text << one;
    return text.str();
}

void read_value(Keyframe& keyframe, std::string_view key, const toml::node& value,
                const std::string& file) {
    set_from_toml(keyframe.values, key, value, file);
    keyframe.keys.emplace_back(key);
    if (find_param(key).is_objective()) keyframe.objective_at = place_of(file, value);
}

/// Reads keyframes; `kept`: see parse_score().
struct KeyframeReader {
    Ease ease;
    const std::string& file;
    std::vector<KeptKey>* kept;

    void read(Keyframe& keyframe, std::string_view key, const toml::node& value) const {
        const bool known = std::any_of(kParams.begin(), kParams.end(),
                                       [&](const ParamInfo& info) { return info.key == key; });
        if (known || kept == nullptr) return read_value(keyframe, key, value, file);
        kept->push_back({keyframe.at, keyframe.ease, std::string(key), text_of(key, value)});
    }

    Keyframe keyframe(const toml::table& table) const {
        Keyframe keyframe;
        keyframe.at = time_of(table, file);
        keyframe.ease = ease_or(table, ease, file);
        for (const auto& [key, value] : table) {
            if (key != "at" && key != "ease") read(keyframe, key.str(), value);
        }
        return keyframe;
    }

    /// [params] is a keyframe at 0 that holds; a key may not be in both.
    Keyframe held(const toml::node& node) const {
        if (!node.is_table())
            fail_at(file, node, "params is not a table; write [params] on a line of its own");
        Keyframe held;
        held.ease = Ease::hold;
        for (const auto& [key, value] : *node.as_table()) read(held, key.str(), value);
        return held;
    }
};

double length_of(const toml::table& root, const std::string& file) {
    const toml::node* node = root.get("length");
    if (node == nullptr) return 0;
    const double length_s = node->is_number() ? node->value<double>().value_or(0) : 0;
    // Written so that NaN is refused too.
    if (!(length_s > 0 && length_s <= kLongestScoreS))
        fail_at(file, *node, fmt::format("length takes seconds above 0, to {:g}", kLongestScoreS));
    return length_s;
}

bool loop_of(const toml::table& root, const std::string& file) {
    const toml::node* node = root.get("loop");
    if (node == nullptr) return false;
    if (!node->is_boolean()) fail_at(file, *node, "loop takes true or false");
    return node->as_boolean()->get();
}

void check_root(const toml::table& root, const std::string& file, std::vector<KeptKey>* kept) {
    const std::vector<std::string> known{"title", "description", "ease",     "length",
                                         "loop",  "params",      "keyframe", "modulation"};
    for (const auto& [key, node] : root) {
        if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
        if (kept != nullptr) {
            kept->push_back({std::nullopt, {}, std::string(key.str()), text_of(key.str(), node)});
            continue;
        }
        fail_at(file, node,
                fmt::format("unknown key '{}'; a score has title, description, ease, length, loop, "
                            "[params], [[keyframe]] and [[modulation]]{}",
                            key.str(), did_you_mean(key.str(), known)));
    }
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
                                       spoken(next.at)));
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
        throw Error(
            fmt::format("'{}' is not a time; write seconds or a share, as in 12.5, 12.5s or 40%",
                        one_line(text)));
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
                        fmt::format("{} is set twice at {}", info.key, spoken(stop.at)));
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
    if (length_s > 0) duration_s = length_s;
    if (loop && duration_s > 0) time_s -= std::floor(time_s / duration_s) * duration_s;
    for (const Track& track : tracks_) apply_track(params, track, time_s, duration_s);
    return params;
}

bool Score::needs_duration() const {
    return length_s <= 0 && std::any_of(keyframes_.begin(), keyframes_.end(),
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

Score parse_score(std::string_view text, const std::string& file, std::vector<KeptKey>* kept) {
    const toml::table root = parse_toml(text, file);
    check_root(root, file, kept);
    const KeyframeReader reader{ease_or(root, Ease::linear, file), file, kept};
    std::vector<Keyframe> keyframes;
    const toml::node* held = root.get("params");
    if (held != nullptr) keyframes.push_back(reader.held(*held));
    for (const toml::node& node : keyframe_array(root, file)) {
        Keyframe keyframe = reader.keyframe(*node.as_table());
        check_unique(keyframes, keyframe, node, file, held != nullptr);
        keyframes.push_back(std::move(keyframe));
    }
    Score score(std::move(keyframes));
    score.title = toml_string(root, "title", file);
    score.description = toml_string(root, "description", file);
    score.modulation = read_modulation(root, file);
    score.length_s = length_of(root, file);
    score.loop = loop_of(root, file);
    return score;
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

std::string_view name_of(Ease ease) { return kEases[static_cast<size_t>(ease)]; }

std::string to_text(const ScoreTime& time) {
    if (!time.is_share) return fmt::format("{}", time.value);
    std::string text = fmt::format("{}%", time.value * 100);
    // A rounded product may lie past the end, or be read back as another number.
    for (int digits = 1; digits <= 17; ++digits) {
        std::string shorter = fmt::format("{:.{}g}%", time.value * 100, digits);
        if (std::strtod(shorter.c_str(), nullptr) / 100 == time.value) return shorter;
    }
    return text;
}

}  // namespace reverie
