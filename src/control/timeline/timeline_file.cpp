// Timelines as files of scores.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "src/control/modulation_file.h"
#include "src/control/timeline/timeline.h"
#include "src/control/toml_params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// A [[keyframe]] and its place.
struct Written {
    ScoreTime at;
    Ease ease;
    toml::table table;
};

toml::table& keyframe_at(std::vector<Written>& keyframes, const ScoreTime& at, Ease ease) {
    const auto same = std::find_if(keyframes.begin(), keyframes.end(),
                                   [&](const Written& w) { return w.at == at && w.ease == ease; });
    if (same != keyframes.end()) return same->table;
    toml::table table;
    if (at.is_share)
        table.insert("at", to_text(at));
    else
        table.insert("at", at.value);
    if (ease != Ease::linear) table.insert("ease", std::string(name_of(ease)));
    return keyframes.emplace_back(Written{at, ease, std::move(table)}).table;
}

void insert_kept(toml::table& table, const KeptKey& kept) {
    toml::table one = toml::parse(kept.text);
    for (auto& [key, value] : one)
        value.visit([&table, name = key.str()](const auto& is) { table.insert(name, is); });
}

}  // namespace

Timeline read_timeline(std::string_view text, const std::string& file) {
    Timeline timeline;
    const Score score = parse_score(text, file, &timeline.kept);
    timeline.title = score.title;
    timeline.description = score.description;
    timeline.modulation = score.modulation;
    timeline.length_s = score.length_s;
    timeline.loop = score.loop;
    for (const Keyframe& keyframe : score.keyframes()) {
        require(
            keyframe.at.is_share || keyframe.at.value <= kLongestScoreS,
            fmt::format("{}: a keyframe at {:g} s is later than a day", file, keyframe.at.value));
        for (const std::string& key : keyframe.keys)
            timeline.points.push_back(
                {key, keyframe.at, keyframe.ease, value_of(keyframe.values, key)});
    }
    require(timeline.points.size() <= kMostPoints,
            fmt::format("{}: {} keyframes are more than a show plays: {}", file,
                        timeline.points.size(), kMostPoints));
    return timeline;
}

std::string to_toml(const Timeline& timeline, double duration_s) {
    require(!timeline.points.empty(), "the score has no keyframes yet: there is nothing to save");
    std::vector<ScorePoint> points = timeline.points;
    std::stable_sort(points.begin(), points.end(), [&](const ScorePoint& a, const ScorePoint& b) {
        return a.at.seconds(duration_s) < b.at.seconds(duration_s);
    });
    std::vector<Written> keyframes;
    for (const ScorePoint& point : points) {
        Params values;
        set_value(values, point.key, point.value);
        insert_param(keyframe_at(keyframes, point.at, point.ease), values, find_param(point.key));
    }
    toml::table root;
    if (!timeline.title.empty()) root.insert("title", timeline.title);
    if (!timeline.description.empty()) root.insert("description", timeline.description);
    if (timeline.length_s > 0) root.insert("length", timeline.length_s);
    if (timeline.loop) root.insert("loop", true);
    for (const KeptKey& kept : timeline.kept)
        insert_kept(kept.at ? keyframe_at(keyframes, *kept.at, kept.ease) : root, kept);
    toml::array tables;
    for (Written& keyframe : keyframes) tables.push_back(std::move(keyframe.table));
    root.insert("keyframe", std::move(tables));
    if (!timeline.modulation.routes.empty())
        root.insert("modulation", modulation_tables(timeline.modulation));
    std::ostringstream text;
    text << root << '\n';
    return text.str();
}

}  // namespace reverie
