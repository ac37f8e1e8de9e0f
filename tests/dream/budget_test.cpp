// The budget against a machine that is only counted: no dream takes longer than it may, no step is
// forgotten, and the size follows the machine.
#include "src/dream/budget.h"

#include <gtest/gtest.h>

#include <map>

namespace reverie {
namespace {

constexpr int kWidth = 641, kHeight = 359;
constexpr double kPlanMs = 700;  // of the first dream at a size

struct Machine {
    double ms_per_megapixel;
    std::map<std::pair<int, int>, int> seen{};

    /// What a portion takes, counted step by step.
    double dream(const Portion& portion, const Params& params) {
        const std::vector<Extent> sizes = Dreamer::octaves(kWidth, kHeight, params, portion.scale);
        double ms = 0;
        for (int octave = 0; octave < static_cast<int>(sizes.size()); ++octave) {
            for (int i = 0; i < params.iterations; ++i) {
                const int step = octave * params.iterations + i;
                if (step < portion.first_step || step >= portion.first_step + portion.steps)
                    continue;
                const Extent& e = sizes[octave];
                ms += ms_per_megapixel * e.width * e.height / 1e6;
                if (seen[{e.width, e.height}]++ == 0) ms += kPlanMs;
            }
        }
        return ms;
    }
};

Params params_of(int octaves, int iterations) {
    Params params;
    params.octaves = octaves;
    params.iterations = iterations;
    return params;
}

/// Dreams until the size has settled.
void settle(DreamBudget& budget, Machine& machine, const Params& params) {
    for (int i = 0; i < 60; ++i)
        budget.took(machine.dream(budget.next(kWidth, kHeight, params), params));
}

TEST(DreamBudget, NoDreamIsLongerAndNoStepIsForgotten) {
    for (const double speed : {60.0, 230.0, 480.0, 2000.0}) {
        for (const double budget_ms : {40.0, 110.0, 150.0}) {
            const Params params = params_of(3, 2);
            DreamBudget budget(budget_ms);
            Machine machine{speed};
            settle(budget, machine, params);
            std::map<int, int> done;
            for (int i = 0; i < 36; ++i) {
                const Portion portion = budget.next(kWidth, kHeight, params);
                const double ms = machine.dream(portion, params);
                EXPECT_LE(ms, budget_ms * 1.0001) << speed << " ms/Mpx";
                EXPECT_EQ(budget.share().done, portion.steps);
                EXPECT_EQ(budget.share().all, 6);
                budget.took(ms);
                for (int step = 0; step < portion.steps; ++step) ++done[portion.first_step + step];
            }
            ASSERT_EQ(done.size(), 6U);
            for (const auto& [step, times] : done)
                EXPECT_LE(std::abs(times - done[0]), 1) << "step " << step;
        }
    }
}

TEST(DreamBudget, AFastMachineDreamsAllAtOnce) {
    const Params params = params_of(2, 4);
    DreamBudget budget(150);
    Machine machine{60};
    settle(budget, machine, params);
    const Portion portion = budget.next(kWidth, kHeight, params);
    EXPECT_EQ(portion.first_step, 0);
    EXPECT_EQ(portion.steps, 8);
    EXPECT_EQ(portion.scale, 1);
}

TEST(DreamBudget, TheSizeFollowsTheMachine) {
    const Params params = params_of(1, 3);
    DreamBudget budget(50);
    Machine machine{1000};  // 230 ms a step
    settle(budget, machine, params);
    const float small = budget.next(kWidth, kHeight, params).scale;
    // The largest halving of the pixels whose step fits.
    EXPECT_NEAR(small * small, 0.125F, 1e-3F);
    machine.ms_per_megapixel = 100;  // 23 ms a step
    settle(budget, machine, params);
    EXPECT_EQ(budget.next(kWidth, kHeight, params).scale, 1);
}

TEST(DreamBudget, AStepMayTakeLongerThanADream) {
    const Params params = params_of(1, 3);
    for (const auto& [speed, pixels] : {std::pair{600.0, 1.0F}, {1800.0, 1.0F}, {2700.0, 0.5F}}) {
        DreamBudget budget(150, 450);  // steps of 138, 414 and 621 ms
        Machine machine{speed};
        settle(budget, machine, params);
        const Portion portion = budget.next(kWidth, kHeight, params);
        EXPECT_EQ(portion.steps, 1) << speed << " ms/Mpx";
        EXPECT_NEAR(portion.scale * portion.scale, pixels, 1e-3F) << speed << " ms/Mpx";
    }
}

TEST(DreamBudget, APlanThatIsMadeIsNotTakenForASlowMachine) {
    const Params params = params_of(2, 2);
    DreamBudget budget(150);
    Machine machine{230};
    for (int i = 0; i < 20; ++i) {
        const Portion portion = budget.next(kWidth, kHeight, params);
        EXPECT_EQ(portion.scale, 1) << "dream " << i;
        budget.took(machine.dream(portion, params));
    }
}

TEST(DreamBudget, WithoutABudgetAllIsDreamed) {
    const Params params = params_of(4, 5);
    DreamBudget budget(0);
    Machine machine{1e5};
    for (int i = 0; i < 5; ++i) {
        const Portion portion = budget.next(kWidth, kHeight, params);
        EXPECT_EQ(portion.first_step, 0);
        EXPECT_EQ(portion.steps, 20);
        EXPECT_EQ(portion.scale, 1);
        budget.took(machine.dream(portion, params));
    }
}

TEST(DreamBudget, NothingToDreamIsNoPortion) {
    DreamBudget budget(100);
    const Portion portion = budget.next(kWidth, kHeight, params_of(2, 0));
    EXPECT_EQ(portion.steps, 0);
    budget.took(1);
    EXPECT_EQ(budget.ms_per_megapixel(), 0);
}

}  // namespace
}  // namespace reverie
