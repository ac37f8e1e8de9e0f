// A few large steps settle where many small ones do. Both are simulated as vectors that fade, and
// to which each step adds a constant part and a random one.
#include "src/dream/steering/settling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace reverie::settling_test {
namespace {

constexpr int kSize = 501;
constexpr double kPerStepS = 0.25;  // between two large steps
constexpr int kSmall = 3;           // small steps in a large one

class Simulated {
  public:
    Simulated(double same, double different) : same_(same), different_(different) {}

    void fade(double kept) {
        for (double& v : r_) v *= kept;
    }
    /// Makes `share` of a step; returns Σ v² of what was added.
    double add(double share) {
        double added = 0;
        for (int i = 0; i < kSize; ++i) {
            const double v =
                share * (same_ * (i % 2 == 0 ? 1 : -1) + different_ * normal_(random_));
            r_[i] += v;
            added += v * v;
        }
        return added;
    }
    double square() const {
        double sum = 0;
        for (const double v : r_) sum += v * v;
        return sum;
    }

  private:
    double same_, different_;
    std::vector<double> r_ = std::vector<double>(kSize);
    std::mt19937 random_{5};
    std::normal_distribution<double> normal_;
};

Params params_of(double half_life) {
    Params params;
    params.half_life = static_cast<float>(half_life);
    return params;
}

/// The root mean square at which it settles. `settles`: with the share of the push that Settling
/// gives.
double large_steps(double same, double different, double half_life, bool settles) {
    const Params params = params_of(half_life);
    Push push;
    push.growth = static_cast<float>(std::pow(kSmall, 1 / kUnlike));
    push.fade_s = kPerStepS;
    Simulated picture(same, different);
    Settling settling;
    double sum = 0;
    constexpr int kBefore = 300, kCounted = 300;
    for (int i = 0; i < kBefore + kCounted; ++i) {
        picture.fade(kept_after(params, kPerStepS));
        const double before = picture.square();
        const float share = settles ? settling.share(push, params) : 1;
        const double added = picture.add(share);
        settling.seen(share, before, picture.square(), added);
        if (i >= kBefore) sum += picture.square();
    }
    return std::sqrt(sum / kCounted);
}

double small_steps(double same, double different, double half_life) {
    Simulated picture(same, different);
    double sum = 0;
    constexpr int kBefore = 900, kCounted = 900;
    for (int i = 0; i < kBefore + kCounted; ++i) {
        picture.fade(std::exp2(-kPerStepS / kSmall / half_life));
        picture.add(1.0 / kSmall);
        if (i >= kBefore) sum += picture.square();
    }
    return std::sqrt(sum / kCounted);
}

TEST(Settling, FewLargeStepsSettleWhereManySmallOnesDo) {
    struct Look {
        double same, different, half_life;
    };
    for (const Look& look :
         {Look{0, 1, 2}, Look{1, 0, 2}, Look{0.05, 1, 3}, Look{0.3, 1, 1.5}, Look{0.1, 1, 6}}) {
        const double wanted = small_steps(look.same, look.different, look.half_life);
        const double got = large_steps(look.same, look.different, look.half_life, true);
        EXPECT_NEAR(got / wanted, 1, 0.1) << look.same << " " << look.half_life;
    }
    // Without that share, it does not settle there.
    EXPECT_GT(large_steps(0, 1, 2, false) / small_steps(0, 1, 2), 1.6);
}

TEST(Settling, AllOfThePushUntilItIsKnown) {
    const Params params = params_of(1);
    Push push;
    push.growth = 4;
    push.fade_s = 0.1;
    Settling settling;
    EXPECT_EQ(settling.share(push, params), 1);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    settling.seen(1, nan, nan, nan);
    settling.seen(1, 1, 4, 3);  // it adds more than there was: the dream is building up
    EXPECT_EQ(settling.share(push, params), 1);
    settling.seen(1, 100, 101, 1);
    float share = 1;
    for (int i = 0; i < 100; ++i) share = settling.share(push, params);
    EXPECT_NEAR(share, std::pow(4, -kUnlike / 2), 1e-3);
    push.growth = 1;
    EXPECT_EQ(settling.share(push, params), 1);
    EXPECT_EQ(settling.share(push, params_of(0)), 1);
}

}  // namespace
}  // namespace reverie::settling_test
