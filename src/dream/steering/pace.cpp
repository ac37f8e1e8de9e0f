#include "src/dream/steering/pace.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace reverie {
namespace {

constexpr double kPushS = 1.0 / 25;    // in which params' iterations are dreamed once
constexpr double kLongestPushS = 0.5;  // what is pushed after a pause
constexpr double kTolerance = 1e-9;    // of sums of costs

double counted(double dt_s) { return std::clamp(dt_s, 0.0, kLongestPushS); }

/// Rates are rounded to thousandths, so that 24.9999 and 25 give the same bytes.
double pushes_in(double dt_s) { return std::round(counted(dt_s) / kPushS * 1000) / 1000; }

/// How many times the iterations of `params` are due after `dt_s`.
double due(const Params& params, double dt_s) { return params.half_life > 0 ? pushes_in(dt_s) : 1; }

/// `asked` steps of size `step` are wanted and `possible` can be made; each octave makes
/// `iterations`.
Push of_steps(const Params& params, double dt_s, int iterations, double asked, double possible) {
    Push push{iterations, 1, counted(dt_s), 1};
    if (asked <= 0) push.iterations = 0;
    if (push.iterations == 0) return push;
    const double wanted = asked / possible;
    const double for_half_life = wanted * params.half_life / kLongHalfLifeS;
    const double growth = std::min(wanted, std::clamp(for_half_life, kEasyGrowth, kMostGrowth));
    push.growth = static_cast<float>(growth);
    push.stretch = wanted / growth;
    push.fade_s /= push.stretch;
    return push;
}

}  // namespace

Push push_for(const Params& params, double dt_s) {
    const double asked = params.iterations * due(params, dt_s);
    const int iterations = std::max(1, static_cast<int>(std::lround(asked)));
    return push_within(params, dt_s, iterations);
}

Push push_within(const Params& params, double dt_s, int iterations) {
    const double asked = params.iterations * due(params, dt_s);
    const int most = std::max(1, static_cast<int>(std::lround(asked)));
    const int taken = std::clamp(iterations, 1, most);
    return of_steps(params, dt_s, taken, asked, taken);
}

Turns::Deal Turns::deal(const Params& params, double dt_s, const std::vector<double>& costs,
                        double limit, int iterations) {
    const auto octaves = static_cast<int>(costs.size());
    const double once = std::accumulate(costs.begin(), costs.end(), 0.0);
    if (once * (1 - kTolerance) <= limit) {
        octave_ = 0;
        const double fit = std::min<double>(limit / once + kTolerance, iterations);
        const Push push = push_within(params, dt_s, static_cast<int>(fit));
        return {push, {0, push.iterations * octaves}};
    }
    if (octave_ >= costs.size()) octave_ = 0;
    const auto first = static_cast<int>(octave_);
    int steps = 0;
    for (double cost = 0; octave_ < costs.size(); ++octave_, ++steps) {
        cost += costs[octave_];
        if (steps > 0 && cost > limit) break;
    }
    const double asked = params.iterations * due(params, dt_s) * octaves;
    const Push push = of_steps(params, dt_s, 1, asked, steps);
    return {push, {first, push.iterations * steps}};
}

double frames_in_push(double dt_s) { return 1 / std::max(pushes_in(dt_s), 1e-3); }

Params pushed(const Params& params, const Push& push) {
    Params here = params;
    here.iterations = push.iterations;
    here.step *= push.growth;
    return here;
}

float kept_after(const Params& params, double fade_s) {
    return params.half_life > 0 ? static_cast<float>(std::exp2(-fade_s / params.half_life)) : 0.0F;
}

}  // namespace reverie
