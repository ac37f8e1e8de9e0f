// Scores as hands edit, record and save them, beside computations of the tests' own.
#include "src/control/timeline/timeline.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <tuple>

#include "src/control/timeline/score_player.h"
#include "src/control/timeline/score_recorder.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr double kDuration = 60;

/// A score by another book-keeping: each parameter's keyframes by their time in milliseconds.
struct Ledger {
    using Track = std::map<int, std::pair<double, Ease>>;
    std::map<std::string, Track> tracks;

    void record(const std::string& key, int ms, double value) {
        Track& track = tracks[key];
        const auto there = track.find(ms);
        if (there != track.end())
            there->second.first = value;
        else
            track[ms] = {value, Ease::linear};
    }
    bool has(const std::string& key, int ms) const {
        const auto track = tracks.find(key);
        return track != tracks.end() && track->second.contains(ms);
    }
    std::vector<std::string> keys_at(const std::string& key, int ms) const {
        std::vector<std::string> keys;
        for (const auto& [name, track] : tracks) {
            if ((key.empty() || key == name) && track.contains(ms)) keys.push_back(name);
        }
        return keys;
    }
    void move(const std::string& key, int from, int to) {
        const std::vector<std::string> keys = keys_at(key, from);
        for (const std::string& each : keys) {
            if (from != to && has(each, to)) return;
        }
        for (const std::string& each : keys) {
            auto node = tracks[each].extract(from);
            node.key() = to;
            tracks[each].insert(std::move(node));
        }
    }
    double at(const std::string& key, double time_s) const {
        const Track& track = tracks.at(key);
        double value = track.begin()->second.first;
        for (auto next = track.begin(); next != track.end(); ++next) {
            const double at_s = next->first / 1000.0;
            if (at_s > time_s) break;
            value = next->second.first;
            const auto after = std::next(next);
            if (after == track.end() || next->second.second == Ease::hold) continue;
            const double t = (time_s - at_s) / (after->first / 1000.0 - at_s);
            // The cubic as a sum of Bernstein polynomials.
            const double s =
                next->second.second == Ease::smooth ? 3 * t * t * (1 - t) + t * t * t : t;
            if (t < 1) value += s * (after->second.first - value);
        }
        return value;
    }
};

TEST(TimelineEdits, AreThoseOfAnotherBookKeepingAndOfTheFileThatIsReadBack) {
    std::mt19937 random(7);
    const auto pick = [&](int count) {
        return static_cast<int>(random() % static_cast<unsigned>(count));
    };
    const std::array<std::string, 3> keys{"strength", "chroma", "half_life"};
    for (int round = 0; round < 40; ++round) {
        Timeline timeline;
        Ledger ledger;
        for (int i = 0; i < 60; ++i) {
            const std::string key = keys[static_cast<size_t>(pick(3))];
            const int ms = 500 * pick(40);
            const bool all = pick(5) == 0;
            const std::string whose = all ? "" : key;
            const bool there = !ledger.keys_at(whose, ms).empty();
            TimelineEdit what = edit::Record{key, ms / 1000.0, pick(100) / 32.0, Ease::linear};
            switch (pick(6)) {
                case 0: {
                    const int to = 500 * pick(40);
                    what = edit::Move{whose, ms / 1000.0, to / 1000.0};
                    if (there) ledger.move(whose, ms, to);
                    break;
                }
                case 1:
                    what = edit::Remove{whose, ms / 1000.0};
                    for (const std::string& each : ledger.keys_at(whose, ms))
                        ledger.tracks[each].erase(ms);
                    break;
                case 2: {
                    const auto ease = static_cast<Ease>(pick(3));
                    what = edit::SetEase{whose, ms / 1000.0, ease};
                    for (const std::string& each : ledger.keys_at(whose, ms))
                        ledger.tracks[each][ms].second = ease;
                    break;
                }
                default: {
                    const auto& record = std::get<edit::Record>(what);
                    ledger.record(key, ms, std::get<double>(record.value));
                    timeline = edited(timeline, what, kDuration);
                    continue;
                }
            }
            if (there)
                timeline = edited(timeline, what, kDuration);
            else
                EXPECT_THROW(edited(timeline, what, kDuration), Error);
        }
        if (timeline.points.empty()) continue;
        const std::string text = to_toml(timeline, kDuration);
        const Score saved = parse_score(text, "s.toml");
        const Score played = *timeline.score();
        for (double time_s = 0; time_s < 22; time_s += 0.137) {
            const Params from_file = saved.at(time_s, kDuration, {});
            EXPECT_EQ(from_file, played.at(time_s, kDuration, {}));
            for (const auto& [key, track] : ledger.tracks) {
                if (track.empty()) continue;
                EXPECT_NEAR(number_of(from_file, find_param(key)), ledger.at(key, time_s), 1e-4)
                    << key << " at " << time_s << "\n"
                    << text;
            }
        }
    }
}

TEST(TimelineFile, KeepsAllThatAScoreSays) {
    const char* text = R"(title = "Night"
description = "Two parts"
ease = "smooth"
length = 24.5
loop = true
[params]
jitter = 7
[[keyframe]]
at = "7%"
objective = "0.25*4c - 3b:17"
flow = false
octaves = 3
[[keyframe]]
at = 12.125
ease = "hold"
octave_ratio = 1.7
objective = "4d"
[[modulation]]
target = "strength"
source = "theremin"
amount = 2.0
)";
    const Timeline timeline = read_timeline(text, "night.toml");
    Timeline again = read_timeline(to_toml(timeline, 24.5), "again.toml");
    for (ModulationRoute& route : again.modulation.routes) route.at = "night.toml:19";
    ASSERT_EQ(timeline.modulation.routes.size(), 1U);
    Timeline first = timeline;
    first.modulation.routes[0].at = "night.toml:19";
    const auto by_place = [](const ScorePoint& a, const ScorePoint& b) {
        return std::tie(a.at.value, a.key) < std::tie(b.at.value, b.key);
    };
    std::sort(first.points.begin(), first.points.end(), by_place);
    std::sort(again.points.begin(), again.points.end(), by_place);
    EXPECT_EQ(again, first);
    const Score a = parse_score(text, "a"), b = parse_score(to_toml(timeline, 24.5), "b");
    for (double time_s = 0; time_s < 60; time_s += 0.71)
        EXPECT_EQ(a.at(time_s, 0, {}), b.at(time_s, 0, {}));
    EXPECT_EQ(a.at(3, 0, {}), a.at(3 + 2 * 24.5, 0, {})) << "it begins again";
    EXPECT_NE(a.at(3, 0, {}), a.at(13, 0, {}));
}

TEST(TimelineFile, KeysOfAnotherVersionAreKeptWhereAShowPlaysAndRefusedElsewhere) {
    const std::string text =
        "tint = [1, 2]\n[params]\nglow = 3\n[[keyframe]]\nat = \"25%\"\nstep = 2\nbloom = "
        "\"soft\"\n";
    try {
        parse_score(text, "new.toml");
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("tint"), std::string::npos);
    }
    const Timeline timeline = read_timeline(text, "new.toml");
    ASSERT_EQ(timeline.kept.size(), 3U);
    ASSERT_EQ(timeline.points.size(), 1U);
    const Timeline moved = edited(timeline, edit::Move{"step", 15, 30}, kDuration);
    const Timeline again = read_timeline(to_toml(moved, kDuration), "again.toml");
    const auto by_key = [](const KeptKey& a, const KeptKey& b) { return a.key < b.key; };
    std::vector<KeptKey> before = timeline.kept, after = again.kept;
    std::sort(before.begin(), before.end(), by_key);
    std::sort(after.begin(), after.end(), by_key);
    EXPECT_EQ(after, before) << "also where they stood";
    EXPECT_EQ(again.points[0].at, (ScoreTime{0.5, true}));
    EXPECT_THROW(to_toml(Timeline(), kDuration), Error);
}

TEST(TimelineEdits, RefuseWhatIsNoPlaceAndNoValue) {
    Timeline timeline;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const TimelineEdit wrong[] = {
        edit::Record{"strength", -1, 1.0},
        edit::Record{"strength", nan, 1.0},
        edit::Record{"strength", 1e9, 1.0},
        edit::Record{"strength", 1, 99.0},
        edit::Record{"strength", 1, Objective()},
        edit::Record{"strenght", 1, 1.0},
        edit::Record{"objective", 1, 1.0},
        edit::Record{"strength", 1, nan},
        edit::Remove{"", 0},
        edit::SetLength{-4},
        edit::SetLength{HUGE_VAL},
    };
    for (const TimelineEdit& each : wrong) EXPECT_THROW(edited(timeline, each, kDuration), Error);
    for (size_t i = 0; i < kMostPoints; ++i)
        timeline.points.push_back({"strength", {0.001 * static_cast<double>(i), false}, {}, 1.0});
    EXPECT_THROW(edited(timeline, edit::Record{"strength", 50, 1.0}, kDuration), Error);
    EXPECT_NO_THROW(edited(timeline, edit::Record{"strength", 1, 2.0}, kDuration));
}

TEST(Snapped, IsTheNearestPlaceByTryingAll) {
    std::mt19937 random(11);
    std::uniform_real_distribution<double> unit(0, 1);
    for (int i = 0; i < 300; ++i) {
        const ScoreGrid grid{unit(random) * 3, 0.05 + unit(random)};
        const double duration_s = 5 + 20 * unit(random), time_s = duration_s * unit(random);
        double nearest = HUGE_VAL;
        for (int n = -100; n < 600; ++n) {
            const double place = grid.origin_s + n * grid.step_s;
            if (place >= 0 && place <= duration_s &&
                std::abs(place - time_s) < std::abs(nearest - time_s))
                nearest = place;
        }
        EXPECT_NEAR(snapped(time_s, grid, duration_s), nearest, 1e-6);
    }
    for (const double step : {0.0, -1.0, 1e-12, HUGE_VAL, std::nan("")}) {
        EXPECT_EQ(snapped(7.3, {0, step}, 20), 7.3) << step;
        EXPECT_EQ(snapped(21, {0, step}, 20), 20) << step;
    }
    EXPECT_EQ(snapped(std::nan(""), {0, 1}, 20), 0);
    EXPECT_EQ(snapped(3, {0, 50}, 20), 0) << "the one place that there is";
}

TEST(Thinned, NeverLeavesTheWayFartherThanIsAllowed) {
    std::vector<ScorePoint> recorded;
    for (int i = 0; i <= 200; ++i) {
        const double t = i / 50.0;
        const double value = t < 1 ? 1 : t < 2 ? 1 + (t - 1) : 2 + 0.5 * std::sin(3 * (t - 2));
        recorded.push_back({"strength", {t, false}, Ease::linear, value});
    }
    const double tolerance = 0.004;
    const std::vector<ScorePoint> left = thinned(recorded, tolerance);
    EXPECT_LT(left.size(), 40U);
    EXPECT_EQ(left.front(), recorded.front());
    EXPECT_EQ(left.back(), recorded.back());
    size_t next = 1;
    for (const ScorePoint& point : recorded) {
        while (left[next].at.value < point.at.value) ++next;
        const ScorePoint &a = left[next - 1], &b = left[next];
        const double t = (point.at.value - a.at.value) / (b.at.value - a.at.value);
        const double way = std::get<double>(a.value) * (1 - t) + std::get<double>(b.value) * t;
        EXPECT_LE(value_distance("strength", way, point.value), tolerance + 1e-6);
    }
    // A flag and a step have corners; what only stands has two ends.
    const auto of = [](const char* key, std::vector<double> values) {
        std::vector<ScorePoint> points;
        for (size_t i = 0; i < values.size(); ++i)
            points.push_back({key, {static_cast<double>(i), false}, Ease::linear, values[i]});
        return thinned(points, 0.004).size();
    };
    EXPECT_EQ(of("strength", {1, 1, 1, 1}), 2U);
    EXPECT_GE(of("octaves", {2, 2, 2, 5, 5, 5}), 4U);
    EXPECT_GE(of("flow", {1, 1, 0, 0, 1, 1}), 4U);
}

TEST(ValueDistance, OfObjectivesIsTheLargestDifferenceOfAWeight) {
    const Objective a = parse_objective("4c + 0.5*3b"), b = parse_objective("0.75*4c + 0.125*4d");
    EXPECT_FLOAT_EQ(static_cast<float>(value_distance("objective", a, b)), 0.5F);
    EXPECT_EQ(value_distance("objective", a, a), 0);
}

}  // namespace
}  // namespace reverie
