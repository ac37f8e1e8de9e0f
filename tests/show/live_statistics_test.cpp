// What a live show counts.
#include "src/show/live_statistics.h"

#include <gtest/gtest.h>

namespace reverie {
namespace {

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
