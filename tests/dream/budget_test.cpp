// The budget against a simulated machine: no dream takes longer than allowed, no octave is left
// out, the push is what the look asks for, and the size follows the machine's speed.
#include "src/dream/steering/budget.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace reverie::budget_test {
namespace {

constexpr int kWidth = 641, kHeight = 359;
constexpr double kPlanMs = 700;   // of the first dream at a size
constexpr double kFrameS = 0.04;  // dreams begin with frames

/// A show on a machine with a simulated clock.
struct Runtime {
    double ms_per_megapixel;
    std::map<std::pair<int, int>, int> seen{};
    double since_s = kFrameS;  ///< from the beginning of the last dream to that of the next
    double last_ms = 0;

    /// The time of a dream, counted step by step.
    double count(const Turns::Deal& deal, const Params& params) {
        const std::vector<Extent> sizes =
            Dreamer::octaves(kWidth, kHeight, params, deal.portion.scale);
        double ms = 0;
        for (int octave = 0; octave < static_cast<int>(sizes.size()); ++octave) {
            for (int i = 0; i < deal.push.iterations; ++i) {
                const int step = octave * deal.push.iterations + i;
                if (step < deal.portion.first_step ||
                    step >= deal.portion.first_step + deal.portion.steps)
                    continue;
                const Extent& e = sizes[octave];
                ms += ms_per_megapixel * e.width * e.height / 1e6;
                if (seen[{e.width, e.height}]++ == 0) ms += kPlanMs;
            }
        }
        return ms;
    }

    Turns::Deal dream(DreamBudget& budget, const Params& params) {
        const Turns::Deal deal = budget.next(kWidth, kHeight, params, since_s);
        last_ms = count(deal, params);
        budget.took(last_ms);
        since_s = std::max(1.0, std::ceil(last_ms / 1e3 / kFrameS)) * kFrameS;
        return deal;
    }
    /// Until the size has settled.
    void settle(DreamBudget& budget, const Params& params) {
        for (int i = 0; i < 60; ++i) dream(budget, params);
    }
};

Params params_of(int octaves, int iterations) {
    Params params;
    params.octaves = octaves;
    params.iterations = iterations;
    return params;
}

BudgetLimits limits_of(double dream_ms, double step_ms = 0) {
    BudgetLimits limits;
    limits.dream_ms = dream_ms;
    limits.step_ms = step_ms > 0 ? step_ms : dream_ms;
    limits.smallest_width = 150;
    return limits;
}

TEST(DreamBudget, NoDreamIsLongerAndNoOctaveIsForgotten) {
    for (const double speed : {60.0, 230.0, 480.0, 2000.0}) {
        for (const double budget_ms : {40.0, 110.0, 150.0}) {
            const Params params = params_of(3, 2);
            DreamBudget budget(limits_of(budget_ms));
            Runtime runtime{speed};
            runtime.settle(budget, params);
            std::vector<int> done(3);
            double pushed_steps = 0, faded_s = 0;
            for (int i = 0; i < 36; ++i) {
                const Turns::Deal deal = runtime.dream(budget, params);
                EXPECT_LE(runtime.last_ms, budget_ms * 1.0001) << speed << " ms/Mpx";
                EXPECT_EQ(budget.share().done, deal.portion.steps);
                EXPECT_LE(deal.push.growth, kMostGrowth);
                for (int k = 0; k < deal.portion.steps; ++k)
                    ++done[(deal.portion.first_step + k) / deal.push.iterations];
                pushed_steps += deal.portion.steps * deal.push.growth;
                faded_s += deal.push.fade_s;
            }
            for (const int times : done) EXPECT_LE(std::abs(times - done[0]), 1);
            EXPECT_NEAR(pushed_steps / faded_s, 25.0 * 3 * 2, 1) << speed << " ms/Mpx";
        }
    }
}

TEST(DreamBudget, AFastMachineDreamsAsARenderDoes) {
    const Params params = params_of(2, 4);
    DreamBudget budget(limits_of(150));
    Runtime runtime{20};
    runtime.settle(budget, params);
    const Turns::Deal deal = runtime.dream(budget, params);
    EXPECT_EQ(deal.push.iterations, 4);
    EXPECT_EQ(deal.push.growth, 1);
    EXPECT_EQ(deal.portion.first_step, 0);
    EXPECT_EQ(deal.portion.steps, 8);
    EXPECT_EQ(deal.portion.scale, 1);
}

TEST(DreamBudget, WhereTheSourceIsSlowThereAreMoreStepsAndNotLarger) {
    const Params params = params_of(1, 2);
    DreamBudget budget(limits_of(150));
    Runtime runtime{20};
    runtime.settle(budget, params);
    const Turns::Deal deal = budget.next(kWidth, kHeight, params, 0.2);  // five frames a second
    EXPECT_EQ(deal.push.iterations, 10);
    EXPECT_EQ(deal.push.growth, 1);
}

TEST(DreamBudget, TheSizeFollowsTheMachine) {
    const Params params = params_of(1, 3);
    DreamBudget budget(limits_of(50));
    Runtime runtime{1000};  // 230 ms a step
    runtime.settle(budget, params);
    const float small = runtime.dream(budget, params).portion.scale;
    // The largest halving of the pixels whose step fits.
    EXPECT_NEAR(small * small, 0.125F, 1e-3F);
    // The smallest is 160 px wide.
    EXPECT_NEAR(budget.smallest_step_ms(), 1e-3 * kWidth * kHeight / 16, 0.5);
    runtime.ms_per_megapixel = 100;  // 23 ms a step
    runtime.settle(budget, params);
    EXPECT_EQ(runtime.dream(budget, params).portion.scale, 1);
    EXPECT_NEAR(budget.smallest_step_ms(), 1e-4 * kWidth * kHeight / 16, 0.05);
}

TEST(DreamBudget, NothingIsKnownOfSlownessBeforeSeveralDreams) {
    const Params params = params_of(1, 3);
    DreamBudget budget(limits_of(50));
    Runtime runtime{1000};
    for (int i = 0; i < 4; ++i) runtime.dream(budget, params);
    EXPECT_EQ(budget.smallest_step_ms(), 0);
}

TEST(DreamBudget, IsNeverSmallerThanItMayBe) {
    const Params params = params_of(2, 2);
    BudgetLimits limits = limits_of(150, 20);
    limits.smallest_width = 300;
    DreamBudget budget(limits);
    Runtime runtime{3000};
    runtime.settle(budget, params);
    runtime.dream(budget, params);
    EXPECT_NEAR(budget.share().size.width, 0.5 * kWidth, 1);
}

TEST(DreamBudget, BeginsSmallWhereTheFirstDreamIsNotWaitedFor) {
    const Params params = params_of(2, 2);
    BudgetLimits limits = limits_of(150);
    limits.first_width = 256;
    DreamBudget budget(limits);
    Runtime runtime{100};
    runtime.dream(budget, params);
    EXPECT_LT(budget.share().size.width, 2 * 256);
    EXPECT_EQ(budget.share().done, 1);
    runtime.settle(budget, params);
    EXPECT_EQ(budget.share().size.width, kWidth);
}

TEST(DreamBudget, AStepMayTakeLongerThanADream) {
    const Params params = params_of(1, 3);
    for (const auto& [speed, pixels] : {std::pair{600.0, 1.0F}, {1800.0, 1.0F}, {2700.0, 0.5F}}) {
        DreamBudget budget(limits_of(150, 450));  // steps of 138, 414 and 621 ms
        Runtime runtime{speed};
        runtime.settle(budget, params);
        const Turns::Deal deal = runtime.dream(budget, params);
        EXPECT_EQ(deal.portion.steps, 1) << speed << " ms/Mpx";
        EXPECT_NEAR(deal.portion.scale * deal.portion.scale, pixels, 1e-3F) << speed << " ms/Mpx";
    }
}

TEST(DreamBudget, APlanThatIsMadeIsNotTakenForASlowMachine) {
    const Params params = params_of(2, 2);
    DreamBudget budget(limits_of(150));
    Runtime runtime{230};
    for (int i = 0; i < 20; ++i) EXPECT_EQ(runtime.dream(budget, params).portion.scale, 1) << i;
}

TEST(DreamBudget, WithoutABudgetEachDreamHasTheLooksOwnSteps) {
    const Params params = params_of(4, 5);
    DreamBudget budget(BudgetLimits{});
    Runtime runtime{1e5};
    for (int i = 0; i < 5; ++i) {
        const Turns::Deal deal = runtime.dream(budget, params);
        EXPECT_EQ(deal.portion.first_step, 0);
        EXPECT_EQ(deal.portion.steps, 20);
        EXPECT_EQ(deal.portion.scale, 1);
    }
}

TEST(DreamBudget, NothingToDreamIsNoPortion) {
    DreamBudget budget(limits_of(100));
    EXPECT_EQ(budget.next(kWidth, kHeight, params_of(2, 0), 0.1).portion.steps, 0);
    budget.took(1);
    EXPECT_EQ(budget.ms_per_megapixel(), 0);
}

}  // namespace
}  // namespace reverie::budget_test
