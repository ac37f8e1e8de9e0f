#include "src/control/score.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "src/util/error.h"

namespace reverie {
namespace {

TEST(ParseScoreTime, ReadsSecondsAndShares) {
    EXPECT_EQ(parse_score_time("12.5"), (ScoreTime{12.5, false}));
    EXPECT_EQ(parse_score_time("12.5s"), (ScoreTime{12.5, false}));
    EXPECT_EQ(parse_score_time("40%"), (ScoreTime{0.4, true}));
    EXPECT_EQ(parse_score_time("0"), (ScoreTime{0, false}));
    for (const char* wrong : {"", "x", "-1", "1m", "nan", "inf", "1 s", "%", "40%%"}) {
        EXPECT_THROW(parse_score_time(wrong), Error) << wrong;
    }
    try {
        parse_score_time("101%");
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "101% is past the end of the clip; shares go from 0% to 100%");
    }
}

TEST(ParseScore, ComplainsWithFileAndLine) {
    const struct {
        const char* text;
        const char* complaint;
    } cases[] = {
        {"", "s.toml: the score has no keyframes; add [[keyframe]] with at = \"0%\""},
        {"keyframe = 3\n",
         "s.toml:1: keyframe is not a list of tables; write [[keyframe]] before each"},
        {"[[keyframe]]\nstep = 1\n",
         "s.toml:1: the keyframe has no time; add at = \"40%\" or at = 12.5"},
        {"[[keyframe]]\nat = \"soon\"\n",
         "s.toml:2: 'soon' is not a time; write seconds or a share, as in 12.5, 12.5s or 40%"},
        {"[[keyframe]]\nat = -1\n", "s.toml:2: at is not a time from 0 on"},
        {"[[keyframe]]\nat = true\n",
         "s.toml:2: at takes seconds or a share, as in 12.5 or \"40%\""},
        {"[[keyframe]]\nat = 0\nease = \"fast\"\n",
         "s.toml:3: ease 'fast' is none of linear, smooth and hold"},
        {"[[keyframe]]\nat = 0\nease = 1\n", "s.toml:3: ease takes a string, not a number"},
        {"[[keyframe]]\nat = 0\nstep = 99\n",
         "s.toml:3: step = 99 is out of range: step takes 0 to 32"},
        {"[[keyframe]]\nat = 0\nstebs = 1\n",
         "s.toml:3: unknown parameter 'stebs'; did you mean step?"},
        {"[[keyframe]]\nat = 1\nstep = 1\n[[keyframe]]\nat = \"1s\"\nstep = 2\n",
         "s.toml:4: step is already set at 1 s; move one of the two"},
        {"[params]\nstep = 1\n[[keyframe]]\nat = 5\nstep = 2\n",
         "s.toml:3: step stands in [params] too, which holds it to the end; keep one of the two"},
        {"keyframes = 1\n[[keyframe]]\nat = 0\n",
         "s.toml:1: unknown key 'keyframes'; a score has title, "
         "description, ease, length, loop, [params], [[keyframe]] "
         "and [[modulation]]; did you mean keyframe?"},
    };
    for (const auto& c : cases) {
        try {
            parse_score(c.text, "s.toml");
            ADD_FAILURE() << c.text;
        } catch (const Error& error) {
            EXPECT_STREQ(error.what(), c.complaint);
        }
    }
}

TEST(ScoreAt, CrossFadesMixesAndHoldsTheEnds) {
    const Score score = parse_score(R"(
        title = "T"
        [params]
        jitter = 7
        [[keyframe]]
        at = 2
        objective = "a"
        octaves = 1
        flow = false
        [[keyframe]]
        at = "50%"        # 10 s of 20
        ease = "smooth"
        octaves = 5
        [[keyframe]]
        at = "12s"
        ease = "hold"
        objective = "b"
        flow = true
        octaves = 7
        [[keyframe]]
        at = "100%"
        objective = "c")",
                                    "s.toml");
    Params base;
    base.step = 3;
    const auto at = [&](double time_s) { return score.at(time_s, 20, base); };
    EXPECT_EQ(score.title, "T");
    EXPECT_EQ(to_text(at(0).objective), "a");
    EXPECT_EQ(at(0).jitter, 7);
    EXPECT_EQ(at(20).jitter, 7);
    EXPECT_FLOAT_EQ(at(5).step, 3);
    EXPECT_EQ(to_text(at(7).objective), "0.5*a + 0.5*b") << "the keyframe at 50% does not name it";
    EXPECT_EQ(at(6).octaves, 3);
    EXPECT_EQ(at(11).octaves, 6);
    EXPECT_FALSE(at(11.9).flow);
    EXPECT_TRUE(at(12).flow);
    EXPECT_EQ(to_text(at(19.9).objective), "b");
    EXPECT_EQ(to_text(at(20).objective), "c");
    EXPECT_EQ(at(1000).octaves, 7);
    EXPECT_EQ(score.tracks(), (std::vector<std::string>{"objective", "octaves", "jitter", "flow"}));
}

TEST(ScoreAt, NeedsTheLengthOnlyForShares) {
    EXPECT_THROW(parse_score("[[keyframe]]\nat = \"5%\"\nstep = 1\n", "s").at(0, 0, {}), Error);
    EXPECT_FLOAT_EQ(parse_score("[[keyframe]]\nat = 5\nstep = 1\n", "s").at(0, 0, {}).step, 1);
}

TEST(ScoreRelease, GivesAParameterBack) {
    Score score = parse_score("[[keyframe]]\nat = 5\nstep = 1\n", "s");
    EXPECT_TRUE(score.release("step"));
    EXPECT_FALSE(score.release("step"));
    EXPECT_FLOAT_EQ(score.at(5, 0, {}).step, Params().step);
}

/// The same by sorting and walking along the stops, for one parameter whose stops have distinct
/// times.
double walked(std::vector<std::tuple<double, double, Ease>> stops, double time_s) {
    std::sort(stops.begin(), stops.end());
    double value = std::get<1>(stops.front());
    for (size_t i = 0; i < stops.size(); ++i) {
        const auto& [from_s, from, ease] = stops[i];
        if (time_s < from_s) break;
        value = from;
        if (i + 1 == stops.size() || ease == Ease::hold) continue;
        const auto& [to_s, to, ignored] = stops[i + 1];
        const double t = std::min(1.0, (time_s - from_s) / (to_s - from_s));
        const double s = ease == Ease::smooth ? (1 - std::cos(2 * std::asin(1.0) * t)) / 2 : t;
        value = from * (1 - s) + to * s;
    }
    return value;
}

TEST(ScoreAt, EqualsAnIndependentEvaluation) {
    std::mt19937 random(23);
    std::uniform_real_distribution<double> unit(0, 1);
    for (int round = 0; round < 300; ++round) {
        const double duration_s = 1 + 99 * unit(random);
        std::vector<Keyframe> keyframes;
        std::vector<std::tuple<double, double, Ease>> stops;
        const int count = 1 + static_cast<int>(unit(random) * 8);
        bool smooth = false;
        for (int i = 0; i < count; ++i) {
            Keyframe keyframe;
            keyframe.at.is_share = unit(random) < 0.5;
            keyframe.at.value = unit(random) * (keyframe.at.is_share ? 1 : duration_s);
            keyframe.ease = static_cast<Ease>(static_cast<int>(unit(random) * 3));
            smooth |= keyframe.ease == Ease::smooth;
            keyframe.keys = {"step"};
            keyframe.values.step = static_cast<float>(32 * unit(random));
            stops.emplace_back(keyframe.at.seconds(duration_s), keyframe.values.step,
                               keyframe.ease);
            keyframes.push_back(keyframe);
        }
        const Score score(keyframes);
        for (int i = 0; i < 50; ++i) {
            const double time_s = (unit(random) * 1.2 - 0.1) * duration_s;
            // A cubic and a cosine ease are never further apart than 0.0101.
            const double tolerance = smooth ? 32 * 0.0102 : 1e-4;
            EXPECT_NEAR(score.at(time_s, duration_s, {}).step, walked(stops, time_s), tolerance);
        }
    }
}

TEST(ScoreAt, SmoothHasItsShape) {
    const Score score = parse_score(
        "ease = \"smooth\"\n[[keyframe]]\nat = 0\nstep = 0\n[[keyframe]]\nat = 4\nstep = 32\n",
        "s");
    EXPECT_FLOAT_EQ(score.at(1, 0, {}).step, 32 * 0.15625F);
    EXPECT_FLOAT_EQ(score.at(2, 0, {}).step, 16);
    EXPECT_FLOAT_EQ(score.at(3, 0, {}).step, 32 * 0.84375F);
}

}  // namespace
}  // namespace reverie
