// Who is in front of a camera: simulated grids and measurements, against results computed by hand.
#include "src/session/presence.h"

#include <gtest/gtest.h>

#include <random>

#include "src/util/error.h"

namespace reverie {
namespace {

constexpr size_t kCells = 33 * 17;

/// An empty place with a camera's noise, and a figure on some of its cells.
class Place {
  public:
    explicit Place(uint32_t seed) : random_(seed) {
        std::uniform_real_distribution<float> level(20, 230);
        for (size_t i = 0; i < 3 * kCells; ++i) empty_.push_back(level(random_));
    }
    std::vector<float> look(size_t figure_begin, size_t figure_end, float light = 0) {
        std::normal_distribution<float> noise(0, 1.5F);
        std::vector<float> grid = empty_;
        for (size_t i = 0; i < grid.size(); ++i) {
            const size_t cell = i % kCells;
            if (cell >= figure_begin && cell < figure_end) grid[i] = grid[i] < 128 ? 200.0F : 30.0F;
            grid[i] += light + noise(random_);
        }
        return grid;
    }

  private:
    std::mt19937 random_;
    std::vector<float> empty_;
};

TEST(Background, SeesAFigureAndNothingElse) {
    Place place(5);
    Background background(20);
    for (int i = 0; i < 200; ++i) EXPECT_LT(background.observe(place.look(0, 0), 0.1), 0.005);
    const float share = background.observe(place.look(100, 184), 0.1);
    EXPECT_NEAR(share, 84.0 / kCells, 0.003);
    // The light gets brighter everywhere.
    EXPECT_LT(background.observe(place.look(0, 0, 18), 0.1), 0.005);
    EXPECT_NEAR(background.observe(place.look(100, 184, 18), 0.1), 84.0 / kCells, 0.003);
}

TEST(Background, WhatStaysForLongBecomesPartOfIt) {
    Place place(6);
    Background background(10);
    for (int i = 0; i < 300; ++i) background.observe(place.look(0, 0), 0.1);
    float share = 0;
    for (int i = 0; i < 50; ++i) share = background.observe(place.look(50, 90), 0.1);
    EXPECT_NEAR(share, 40.0 / kCells, 0.003);  // half a time constant: still a figure
    for (int i = 0; i < 3000; ++i) share = background.observe(place.look(50, 90), 0.1);
    EXPECT_LT(share, 0.005);
    EXPECT_NEAR(background.observe(place.look(0, 0), 0.1), 40.0 / kCells, 0.003);
}

TEST(Background, AnotherSizeBeginsAnew) {
    Background background;
    EXPECT_EQ(background.observe(std::vector<float>(3, 9), 0.1), 0);
    EXPECT_EQ(background.observe(std::vector<float>(30, 200), 0.1), 0);
    EXPECT_THROW(background.observe({}, 0.1), Error);
    EXPECT_THROW(background.observe({1, 2}, 0.1), Error);
}

TEST(MovingShare, CountsCellsThatAreFastAndLookDifferent) {
    const std::vector<float> before(3 * kCells, 100);
    std::vector<float> grid = before, flow(2 * kCells, 0);
    for (size_t i = 0; i < 40; ++i) flow[i] = 3;               // fast, to the right
    for (size_t i = 20; i < 60; ++i) grid[kCells + i] = 110;   // looks different
    for (size_t i = 40; i < 60; ++i) flow[kCells + i] = 0.2F;  // slow, downwards
    // 0.02 · 640 px/s · 0.1 s = 1.28 px.
    EXPECT_FLOAT_EQ(moving_share(flow, grid, before, 0.1, 640), 20.0F / kCells);
    EXPECT_FLOAT_EQ(moving_share(flow, grid, before, 0.01, 640), 40.0F / kCells);
    EXPECT_FLOAT_EQ(changed_share(grid, before), 40.0F / kCells);
    EXPECT_EQ(moving_share(flow, grid, {}, 0.1, 640), 0);
    EXPECT_EQ(moving_share(flow, grid, before, 0, 640), 0);
    EXPECT_EQ(changed_share(grid, {}), 0);
}

/// Steps of a tenth of a second; when the state changes first, in seconds, or -1.
double runs_until(Presence& presence, PresenceState wanted, float motion, float difference,
                  double longest_s) {
    for (int i = 1; i <= static_cast<int>(longest_s * 10); ++i) {
        if (presence.step(motion, difference, 0.1, {}) == wanted) return i / 10.0;
    }
    return -1;
}

TEST(Presence, SomebodyComesStandsStillAndLeaves) {
    const PresenceThresholds t;
    Presence presence;
    EXPECT_EQ(presence.state(), PresenceState::nobody);
    EXPECT_EQ(runs_until(presence, PresenceState::moving, 0.05F, 0.1F, 5), 0.1);
    EXPECT_NEAR(runs_until(presence, PresenceState::still, 0, 0.1F, 5), t.still_after_s, 0.11);
    EXPECT_EQ(runs_until(presence, PresenceState::nobody, 0, 0.1F, 100), -1);
    EXPECT_EQ(runs_until(presence, PresenceState::moving, 0.05F, 0.1F, 5), 0.1);
    // Gone: quiet first, then empty for long enough.
    EXPECT_NEAR(runs_until(presence, PresenceState::nobody, 0, 0, 30),
                t.still_after_s + t.absent_after_s, 0.2);
    EXPECT_NEAR(presence.since_s(), 0, 1e-9);
    presence.step(0, 0, 2.5, t);
    EXPECT_NEAR(presence.since_s(), 2.5, 1e-9);
}

TEST(Presence, BetweenItsThresholdsNothingChanges) {
    const PresenceThresholds t;
    const float motion = (t.still_below + t.moving_above) / 2;
    const float difference = (t.absent_below + t.present_above) / 2;
    Presence nobody;
    EXPECT_EQ(runs_until(nobody, PresenceState::moving, motion, difference, 60), -1);
    EXPECT_EQ(nobody.state(), PresenceState::nobody);
    Presence moving;
    moving.step(0.05F, 0.1F, 0.1, t);
    EXPECT_EQ(runs_until(moving, PresenceState::still, motion, difference, 60), -1);
    EXPECT_EQ(runs_until(moving, PresenceState::nobody, motion, difference, 60), -1);
    Presence still;
    still.step(0, 0.1F, 0.1, t);
    EXPECT_EQ(still.state(), PresenceState::still);
    EXPECT_EQ(runs_until(still, PresenceState::nobody, 0, difference, 60), -1);
}

TEST(Presence, AFlickerDoesNotMakeItFlutter) {
    // Measurements cross both thresholds many times a second: that counts as motion without a
    // pause.
    Presence presence;
    std::mt19937 random(8);
    std::uniform_real_distribution<float> jump(0, 0.03F);
    presence.step(0.05F, 0.2F, 0.1, {});
    int changes = 0;
    for (int i = 0; i < 2000; ++i) {
        const PresenceState before = presence.state();
        changes += presence.step(jump(random), jump(random), 0.1, {}) != before ? 1 : 0;
    }
    EXPECT_EQ(changes, 0);
    EXPECT_EQ(presence.state(), PresenceState::moving);
}

TEST(Presence, ThresholdsThatCrossDoNotMakeItFlutter) {
    PresenceThresholds crossed;
    crossed.still_below = 0.1F;
    crossed.moving_above = 0.01F;
    crossed.absent_below = 0.2F;
    crossed.present_above = 0.02F;
    crossed.still_after_s = 0;
    crossed.absent_after_s = 0;
    Presence presence;
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(presence.step(0.05F, 0.1F, 0.1, crossed), PresenceState::moving);
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(presence.step(0, 0.1F, 0.1, crossed), PresenceState::still);
}

}  // namespace
}  // namespace reverie
