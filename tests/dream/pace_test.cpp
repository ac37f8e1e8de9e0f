// A look is a push per second: the push of dreams and their fading, against plain arithmetic,
// second by second.
#include "src/dream/steering/pace.h"

#include <gtest/gtest.h>

#include <cmath>

namespace reverie::pace_test {
namespace {

Params params_of(int iterations, float step, float half_life) {
    Params params;
    params.iterations = iterations;
    params.step = step;
    params.half_life = half_life;
    return params;
}

/// Where a dream settles that is repeatedly pushed and faded in this way: x = x·kept + pushed.
double settled(const Params& params, const Push& push, double steps) {
    const double kept = std::exp2(-push.fade_s / params.half_life);
    return steps * push.growth * params.step / (1 - kept);
}

TEST(Push, IsTheLooksOwnAt25FramesASecond) {
    for (const double dt_s : {0.04, 0.04 + 1e-12, 7.04 - 7.0}) {
        const Params params = params_of(3, 1.7F, 0.8F);
        const Push push = push_for(params, dt_s);
        EXPECT_EQ(push.iterations, 3);
        EXPECT_EQ(push.growth, 1);
        EXPECT_EQ(push.fade_s, dt_s);
        EXPECT_EQ(push.stretch, 1);
        EXPECT_EQ(pushed(params, push), params);
    }
}

TEST(Push, IsTheSameASecondAtAnyRate) {
    for (const double rate : {6.0, 12.5, 24.0, 29.97, 50.0, 59.94, 144.0}) {
        const Params params = params_of(2, 1.5F, 0.8F);
        const Push push = push_for(params, 1 / rate);
        EXPECT_NEAR(rate * push.iterations * push.growth, 25.0 * 2, 0.25) << rate;
        EXPECT_EQ(push.stretch, 1) << rate;
        EXPECT_NEAR(push.fade_s, 1 / rate, 1e-12) << rate;
        EXPECT_GE(push.growth, 0.3) << rate;
        EXPECT_LE(push.growth, 1.34) << rate;  // more steps, before they grow
    }
}

TEST(Push, AfterAPauseIsThatOfHalfASecond) {
    const Params params = params_of(2, 1.5F, 0.8F);
    const Push pause = push_for(params, 600), half = push_for(params, 0.5);
    EXPECT_EQ(pause.iterations, half.iterations);
    EXPECT_EQ(pause.fade_s, 0.5);
}

TEST(Push, IsNothingWhereNoTimeHasGoneByAndWhereNothingIsAsked) {
    EXPECT_EQ(push_for(params_of(2, 1.5F, 0.8F), 0).iterations, 0);
    EXPECT_EQ(push_for(params_of(0, 1.5F, 0.8F), 0.04).iterations, 0);
}

TEST(Push, IsAWholeDreamWhereNothingLasts) {
    for (const double dt_s : {0.01, 0.04, 3.0}) {
        const Push push = push_for(params_of(8, 1.5F, 0), dt_s);
        EXPECT_EQ(push.iterations, 8);
        EXPECT_EQ(push.growth, 1);
    }
    EXPECT_EQ(kept_after(params_of(8, 1.5F, 0), 0.04), 0);
}

TEST(Push, StepsGrowAndThenTheHalfLifeSoThatADreamSettlesAtTheSame) {
    for (const float half_life : {0.8F, 1.5F, 6.0F}) {
        const Params params = params_of(2, 1.5F, half_life);
        const Push whole = push_for(params, 0.04);
        for (const double dt_s : {0.08, 0.1, 0.15, 0.3, 0.45}) {
            const Push push = push_within(params, dt_s, 1);
            const double asked = dt_s / 0.04 * 2;
            EXPECT_EQ(push.iterations, 1);
            EXPECT_NEAR(push.growth * push.stretch, asked, 0.01 * push.stretch);
            EXPECT_GE(push.growth, std::min(asked, kEasyGrowth) * 0.999);
            EXPECT_LE(push.growth, kMostGrowth);
            // Beyond the easy growth only as far as it keeps the half-life short.
            if (push.growth > kEasyGrowth * 1.001) {
                EXPECT_GE(half_life * push.stretch, std::min(double{half_life}, kLongHalfLifeS));
            }
            if (push.growth < kMostGrowth * 0.999) {
                EXPECT_LE(half_life * push.stretch, kLongHalfLifeS * 1.001 + half_life);
            }
            // Up to what fades between two dreams.
            EXPECT_NEAR(settled(params, push, 1) / settled(params, whole, 2), 1, 0.07) << dt_s;
        }
    }
}

TEST(Turns, AreTakenByOctavesWhereNotAllCanBe) {
    const Params params = params_of(2, 1.5F, 0.8F);
    const std::vector<double> costs{1, 2, 4};
    Turns turns;
    std::vector<int> done(costs.size());
    double pushed_steps = 0, faded_s = 0;
    constexpr double kDtS = 0.2;
    for (int i = 0; i < 12; ++i) {
        const Turns::Deal deal = turns.deal(params, kDtS, costs, 4, 100);
        EXPECT_EQ(deal.push.iterations, 1);
        double cost = 0;
        for (int k = 0; k < deal.portion.steps; ++k) {
            cost += costs[deal.portion.first_step + k];
            ++done[deal.portion.first_step + k];
        }
        EXPECT_LE(cost, 4);
        pushed_steps += deal.portion.steps * deal.push.growth;
        faded_s += deal.push.fade_s;
    }
    EXPECT_EQ(done, (std::vector<int>{6, 6, 6}));
    // For each second of fading, as many steps as the look asks for.
    EXPECT_NEAR(pushed_steps / faded_s, 25.0 * 2 * 3, 1e-3);
}

TEST(Turns, AreNotTakenWhereThereIsTimeForAll) {
    const Params params = params_of(4, 1.5F, 0.8F);
    Turns turns;
    const auto deal = [&](double limit, int most) {
        return turns.deal(params, 0.08, {0.1, 0.2, 0.4}, limit, most);
    };
    EXPECT_EQ(deal(0.7, 100).push.iterations, 1);
    EXPECT_EQ(deal(2.2, 100).push.iterations, 3);
    EXPECT_EQ(deal(2.2, 2).push.iterations, 2);
    EXPECT_EQ(deal(100, 100).push.iterations, 8);  // no more than are asked for
    EXPECT_EQ(deal(2.2, 100).portion.first_step, 0);
    EXPECT_EQ(deal(2.2, 100).portion.steps, 9);
}

}  // namespace
}  // namespace reverie::pace_test
