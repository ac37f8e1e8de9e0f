// Dreams over time: a late dream lands where its place in the scene has moved to, and a dream in
// time equals a late one that takes no time.
#include "src/dream/temporal_dream.h"

#include <gtest/gtest.h>

#include "src/dream/dreamer.h"
#include "tests/support/rig.h"

namespace reverie::temporal_dream_test {
namespace {

using test::mean_absolute;
using test::mean_distance;
using test::quick_params;
using test::random_picture;
using test::Rig;

constexpr int kWidth = 129, kHeight = 97;

/// A show whose dreams appear at once when they are done.
const TemporalOptions kAtOnce{FlowOptions::live(), true, false};

/// The window at (x, y) of a larger picture.
std::vector<float> window(const std::vector<float>& large, int large_width, int large_height, int x,
                          int y) {
    std::vector<float> values;
    for (int c = 0; c < 3; ++c) {
        for (int row = 0; row < kHeight; ++row) {
            const auto begin =
                large.begin() + (static_cast<ptrdiff_t>(c) * large_height + y + row) * large_width;
            values.insert(values.end(), begin + x, begin + x + kWidth);
        }
    }
    return values;
}

class TemporalDreamTest : public testing::Test {
  protected:
    void advance(TemporalDream& dream, const std::vector<float>& frame, double time_s,
                 const Params& params) {
        frame_ = rig_.up(frame, kWidth, kHeight);
        dream.advance(*rig_.stream, frame_, time_s, params);
    }
    /// Begins a dream as a machine with enough time for all of it.
    void begin(TemporalDream& dream, const Params& params, DreamJob& job) {
        dream.begin(*rig_.stream, params, push_for(params, dream.since_dreamed()), job);
    }
    std::vector<float> shown(TemporalDream& dream) {
        return rig_.down(dream.composite(*rig_.stream, 1));
    }
    /// Puts a smooth bump at (x, y) into a job, in place of a dream.
    void bump(DreamJob& job, float x, float y) {
        std::vector<float> values;
        for (int c = 0; c < 3; ++c) {
            for (int row = 0; row < kHeight; ++row) {
                for (int column = 0; column < kWidth; ++column)
                    values.push_back(bump_at(static_cast<float>(column) - x, row - y));
            }
        }
        rig_.device.upload(*rig_.stream, job.residual.view().data, values.data(),
                           values.size() * sizeof(float));
    }
    static float bump_at(float dx, float dy) {
        return 40 * std::exp(-(dx * dx + dy * dy) / (2 * 36));
    }

    Rig rig_;
    Image frame_;
};

TEST_F(TemporalDreamTest, LandsWhereItsPlaceHasGone) {
    constexpr int kLarge = 200, kLate = 7, kDx = 3, kDy = -2;
    const std::vector<float> large = random_picture(kLarge, kLarge, 5);
    TemporalDream dream(rig_.device, kAtOnce);
    const Params params = quick_params();
    DreamJob job;
    std::vector<float> frame;
    for (int k = 0; k <= kLate; ++k) {
        // When the window moves, the picture in it moves the opposite way.
        frame = window(large, kLarge, kLarge, 40 - kDx * k, 40 - kDy * k);
        advance(dream, frame, 0.04 * k, params);
        if (k == 0) begin(dream, params, job);
    }
    EXPECT_EQ(dream.lateness(), kLate);
    bump(job, 50, 50);
    ASSERT_TRUE(dream.finish(*rig_.stream, job));
    const std::vector<float> now = shown(dream);
    double error = 0, size = 0;
    const float x = 50 + kDx * kLate, y = 50 + kDy * kLate;
    for (int row = 20; row < 60; ++row) {
        for (int column = 50; column < 100; ++column) {
            const size_t i = static_cast<size_t>(row) * kWidth + column;
            const float expected = bump_at(static_cast<float>(column) - x, row - y);
            error += std::abs(now[i] - frame[i] - expected);
            size += expected;
        }
    }
    EXPECT_LT(error, 0.1 * size);
}

TEST_F(TemporalDreamTest, InTimeItIsWhatTheDreamerDreams) {
    TemporalDream dream(rig_.device, kAtOnce);
    const Params params = quick_params();
    const std::vector<float> frame = random_picture(kWidth, kHeight, 3);
    advance(dream, frame, 0, params);
    DreamJob job;
    begin(dream, params, job);
    Dreamer dreamer(rig_.network, 0);
    dreamer.dream(*rig_.stream, job.frame, job.params, job.index, job.residual);
    ASSERT_TRUE(dream.finish(*rig_.stream, job));

    const Image image = rig_.up(frame, kWidth, kHeight);
    Image residual = rig_.up(std::vector<float>(frame.size()), kWidth, kHeight);
    dreamer.dream(*rig_.stream, image, params, 0, residual);
    const std::vector<float> added = rig_.down(residual), now = shown(dream);
    EXPECT_GT(mean_absolute(added), 0.5);
    for (size_t i = 0; i < now.size(); ++i) ASSERT_NEAR(now[i], frame[i] + added[i], 1e-3);
}

TEST_F(TemporalDreamTest, FadesByTheHalfLifeOnlyWhenItIsDreamedOn) {
    TemporalDream dream(rig_.device, kAtOnce);
    Params params = quick_params();
    params.half_life = 0.2F;
    params.flow = false;
    const std::vector<float> frame = random_picture(kWidth, kHeight, 3);
    advance(dream, frame, 0, params);
    DreamJob job;
    begin(dream, params, job);
    bump(job, 60, 40);
    dream.finish(*rig_.stream, job);
    const std::vector<float> first = shown(dream);
    advance(dream, frame, 0.4, params);
    EXPECT_EQ(shown(dream), first);
    begin(dream, params, job);  // two half-lives later
    dream.finish(*rig_.stream, job);
    EXPECT_NEAR(mean_distance(shown(dream), frame) / mean_distance(first, frame), 0.25, 0.01);
}

TEST_F(TemporalDreamTest, ZoomCarriesTheDreamAboutTheMiddle) {
    TemporalDream dream(rig_.device, kAtOnce);
    Params params = quick_params();
    params.flow = false;
    params.zoom = 2;
    const std::vector<float> frame(static_cast<size_t>(3) * kWidth * kHeight, 128.0F);
    advance(dream, frame, 0, params);
    DreamJob job;
    begin(dream, params, job);
    const float middle_x = 0.5F * (kWidth - 1), middle_y = 0.5F * (kHeight - 1);
    bump(job, middle_x + 10, middle_y);
    for (int k = 1; k <= 5; ++k) advance(dream, frame, 0.1 * k, params);
    ASSERT_TRUE(dream.finish(*rig_.stream, job));
    const std::vector<float> now = shown(dream);
    const size_t row = static_cast<size_t>(middle_y) * kWidth;
    // After half a second, everything is √2 as large and as far away.
    for (int dx = -30; dx <= 30; dx += 5) {
        const float expected = bump_at(static_cast<float>(dx) / std::sqrt(2.0F) - 10, 0);
        EXPECT_NEAR(now[row + static_cast<size_t>(middle_x) + dx] - 128, expected, 1) << dx;
    }
}

TEST_F(TemporalDreamTest, ADreamOfAnotherShowIsForgotten) {
    TemporalDream dream(rig_.device, kAtOnce);
    const Params params = quick_params();
    const std::vector<float> frame = random_picture(kWidth, kHeight, 3);
    advance(dream, frame, 5, params);
    DreamJob job;
    begin(dream, params, job);
    bump(job, 60, 40);
    advance(dream, frame, 1, params);  // back in time, as when a clip starts again
    EXPECT_FALSE(dream.finish(*rig_.stream, job));
    EXPECT_EQ(shown(dream), frame);
}

TEST_F(TemporalDreamTest, ADreamThatComesLateIsShownByAndBy) {
    TemporalDream dream(rig_.device, TemporalOptions::live());
    Params params = quick_params();
    params.flow = false;
    const std::vector<float> frame = random_picture(kWidth, kHeight, 3);
    advance(dream, frame, 0, params);
    DreamJob job;
    begin(dream, params, job);
    bump(job, 60, 40);
    constexpr double kTookS = 0.4, kDtS = 0.04;
    for (double s = kDtS; s < kTookS + 1e-6; s += kDtS) advance(dream, frame, s, params);
    ASSERT_TRUE(dream.finish(*rig_.stream, job));
    const double whole = mean_absolute(rig_.down(job.residual));
    EXPECT_EQ(shown(dream), frame);  // not yet
    // It appears gradually: exponentially, with half of the dream's duration as time constant.
    for (int k = 1; k <= 5; ++k) {
        advance(dream, frame, kTookS + k * kDtS, params);
        const double there = mean_distance(shown(dream), frame) / whole;
        EXPECT_NEAR(there, 1 - std::exp(-k * kDtS / (0.5 * kTookS)), 0.01) << k;
    }
    for (int k = 6; k < 60; ++k) advance(dream, frame, kTookS + k * kDtS, params);
    EXPECT_NEAR(mean_distance(shown(dream), frame), whole, 1e-3 * whole);
}

/// A render is a show whose dreams take no time.
TEST_F(TemporalDreamTest, InTimeAndLateAreOneWhereNoTimeIsTaken) {
    TemporalDream in_time(rig_.device), late(rig_.device, {});
    Dreamer dreamer(rig_.network, 0);
    Params params = quick_params();
    params.zoom = 1.2F;
    params.occlusion = 0.7F;
    params.half_life = 0.3F;
    DreamJob job;
    for (int k = 0; k < 4; ++k) {
        const double time_s = 0.05 * k;  // not at 25 frames a second
        frame_ = rig_.up(random_picture(kWidth, kHeight, 3 + k / 2), kWidth, kHeight);
        in_time.dream(*rig_.stream, dreamer, frame_, time_s, params);
        late.advance(*rig_.stream, frame_, time_s, params);
        begin(late, params, job);
        dreamer.dream(*rig_.stream, job.frame, job.params, job.index, job.residual);
        ASSERT_TRUE(late.finish(*rig_.stream, job));
        const std::vector<float> a = shown(in_time), b = shown(late);
        // Rounding changes the argmax of max pooling, here and there.
        ASSERT_LT(mean_distance(a, b), 2e-2 * mean_distance(a, rig_.down(frame_))) << "frame " << k;
    }
}

TEST(TemporalDream, ABrokenPixelHeals) {
    Rig rig;
    TemporalDream dream(rig.device);
    Params params = quick_params();
    params.flow = false;
    params.zoom = 1.3F;
    params.iterations = 0;
    std::vector<float> values = random_picture(kWidth, kHeight, 3);
    Image frame = rig.up(values, kWidth, kHeight);
    Dreamer dreamer(rig.network, 0);
    dream.dream(*rig.stream, dreamer, frame, 0, params);
    values[1000] = NAN;
    frame = rig.up(values, kWidth, kHeight);
    dream.dream(*rig.stream, dreamer, frame, 0.04, params);
    values[1000] = 100;
    frame = rig.up(values, kWidth, kHeight);
    dream.dream(*rig.stream, dreamer, frame, 0.08, params);
    for (const float v : rig.down(dream.composite(*rig.stream, 1))) ASSERT_TRUE(std::isfinite(v));
}

TEST_F(TemporalDreamTest, ForgetsWhatWasDreamed) {
    const std::vector<float> frame = random_picture(kWidth, kHeight, 3);
    TemporalDream late(rig_.device, kAtOnce);
    Params params = quick_params();
    params.flow = false;
    DreamJob job;
    advance(late, frame, 0, params);
    begin(late, params, job);
    bump(job, 60, 40);
    EXPECT_TRUE(late.finish(*rig_.stream, job));
    EXPECT_NE(shown(late), frame);
    late.reset();
    EXPECT_FALSE(late.has_frame());
    advance(late, frame, 0.04, params);
    EXPECT_EQ(shown(late), frame);
}

TEST(TemporalDream, TakesNoMoreMemoryThanIsSaidBeforehand) {
    Rig rig;
    constexpr int kWide = 321, kHigh = 187;
    const int64_t before = rig.device.counters().bytes;
    TemporalDream late(rig.device, TemporalOptions::live());
    Params params;
    params.zoom = 1.1F;
    params.occlusion = 0.5F;
    DreamJob job;
    for (int i = 0; i < 4; ++i) {
        const Image frame =
            rig.up(test::random_picture(kWide, kHigh, static_cast<uint32_t>(i)), kWide, kHigh);
        late.advance(*rig.stream, frame, 0.04 * i, params);
        if (i == 0) late.begin(*rig.stream, params, push_for(params, 0.04), job);
        late.composite(*rig.stream, 1);
    }
    EXPECT_TRUE(late.finish(*rig.stream, job));
    const auto taken = static_cast<double>(rig.device.counters().bytes - before);
    const auto said = static_cast<double>(TemporalDream::show_bytes(kWide, kHigh));
    EXPECT_LE(taken, said);
    EXPECT_GE(taken, 0.75 * said);
}

}  // namespace
}  // namespace reverie::temporal_dream_test
