// The parts of a live show that need no device: fades of parameters, and what is counted.
#include <gtest/gtest.h>

#include "src/control/library.h"
#include "src/control/live_params.h"
#include "src/show/live_statistics.h"
#include "src/util/error.h"

namespace reverie {
namespace {

Params preset(const std::string& name, Params params = {}) {
    load_preset(name).apply(params);
    return params;
}

TEST(LiveParams, APresetFadesInAndArrives) {
    LiveParams params{Params()};
    const Params from = params.now(), to = preset("bold");
    params.load("bold", 2);
    EXPECT_EQ(params.now(), from);
    params.advance(0.5);
    EXPECT_EQ(params.now(), mix(from, to, 0.25));
    params.advance(0.7);
    params.advance(5);
    EXPECT_EQ(params.now(), to);
    EXPECT_EQ(params.preset(), "bold");
    EXPECT_THROW(params.load("no such", 1), UsageError);
    EXPECT_EQ(params.now(), to);
}

TEST(LiveParams, WhatIsSetByHandStaysSetInAFade) {
    LiveParams params{Params()};
    params.load("bold", 2);
    Params hand;
    hand.strength = 0.3F;
    params.set(hand, {"strength"});
    params.advance(1);
    EXPECT_EQ(params.now().strength, 0.3F);
    params.advance(2);
    Params expected = preset("bold");
    expected.strength = 0.3F;
    EXPECT_EQ(params.now(), expected);
}

TEST(LiveParams, TheCrossfaderGoesFromOneEndToTheOther) {
    LiveParams params{Params()};
    params.crossfade("fur", "bold", 0);
    EXPECT_EQ(params.now(), preset("fur"));
    params.crossfade("fur", "bold", 0.25F);
    EXPECT_EQ(params.now(), mix(preset("fur"), preset("bold"), 0.25));
    params.run_crossfade(1, 3);
    params.advance(1.5);
    EXPECT_TRUE(params.crossfade().running);
    EXPECT_NEAR(params.crossfade().position, 0.75, 1e-6);
    params.advance(1.5);
    EXPECT_FALSE(params.crossfade().running);
    EXPECT_EQ(params.now(), preset("bold"));
}

TEST(LiveStatistics, CountsWhatWasShownAndHowLate) {
    using std::chrono::milliseconds;
    LiveStatistics statistics(50);
    auto now = LiveStatistics::Clock::now();
    for (int i = 1; i <= 100; ++i) {
        now += milliseconds(20);
        statistics.presented(now, now - milliseconds(i));
    }
    now += milliseconds(130);
    statistics.presented(now, {});  // the same picture again: it has no latency
    statistics.dreamed(now, 70, 2, 1.5);
    statistics.dreamed(now, 40, 1, 2);
    const LiveStatistics::Report report = statistics.report(now);
    EXPECT_EQ(report.frames, 101);
    EXPECT_EQ(report.dreams, 2);
    EXPECT_NEAR(report.steps_per_dream, 1.5, 1e-6);
    EXPECT_NEAR(report.steps_per_s, 3 / 2.11, 1e-6);
    EXPECT_NEAR(report.stretched, 1.75, 1e-6);
    EXPECT_NEAR(report.latency_ms_p95, 95, 0.2);
    EXPECT_NEAR(report.latency_frames_p95, 95 * 0.05, 0.02);
    EXPECT_EQ(report.late_frames, 1);
    ASSERT_EQ(report.late_at_s.size(), 1U);
    EXPECT_NEAR(report.late_at_s[0], 99 * 0.02 + 0.13, 1e-6);
    EXPECT_NEAR(report.worst_frame_ms, 130, 1e-6);
    EXPECT_NEAR(report.seconds, 99 * 0.02 + 0.13, 1e-6);
    EXPECT_NEAR(report.presented_fps, 101 / 2.11, 1e-6);
    EXPECT_NEAR(statistics.recent_fps(now), 45, 1);  // (1000 − 130) / 20, and the last one
    ASSERT_EQ(statistics.frame_times().size(), 100U);
    EXPECT_NEAR(statistics.frame_times().front(), 20, 1e-3);
}

TEST(LiveStatistics, StrengthIsThatOfTheLastTenSeconds) {
    LiveStatistics statistics(60);
    const auto begun = LiveStatistics::Clock::now();
    EXPECT_EQ(statistics.report(begun).strength, 0);
    EXPECT_EQ(statistics.report(begun).stretched, 1);
    double sum = 0;
    for (int s = 0; s <= 30; ++s) {
        statistics.seen_strength(begun + std::chrono::seconds(s), s * s);
        if (s >= 20) sum += s * s;
    }
    EXPECT_NEAR(statistics.strength(), sum / 11, 1e-9);
}

}  // namespace
}  // namespace reverie
