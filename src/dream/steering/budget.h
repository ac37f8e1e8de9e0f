// Decides how many steps each dream gets, so that it stays within its time budget, and at which
// size, so that dreams come often enough. Only computes with times: the caller measures them.
#pragma once

#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/dream/steering/pace.h"

namespace reverie {

struct BudgetLimits {
    double dream_ms = 0;  ///< most that one dream may take; 0: no limit
    /// The most that a single step may take before the picture is dreamed smaller; 0: no limit.
    double step_ms = 0;
    /// The width to dream at while nothing has been measured yet.
    int first_width = 0;     ///< px; 0: the frame's
    int smallest_width = 0;  ///< px; a dream is never made smaller
};

class DreamBudget {
  public:
    explicit DreamBudget(const BudgetLimits& limits) : limits_(limits) {}
    double budget_ms() const { return limits_.dream_ms; }
    /// A new budget with the same limits and no measurements: for another machine or network.
    DreamBudget anew() const { return DreamBudget(limits_); }

    /// Plans the next dream of a frame of this size, `dt_s` seconds after the last one: as many of
    /// the steps in `params` as are predicted to fit the budget, at least one.
    Turns::Deal next(int width, int height, const Params& params, double dt_s);
    /// Reports how long the last planned dream took.
    void took(double ms);

    /// What the last next() planned.
    struct Share {
        int done = 0;        ///< steps
        double stretch = 1;  ///< see Push
        float growth = 1;    ///< likewise
        Extent size;         ///< of the largest octave
    };
    const Share& share() const { return share_; }
    /// Predicted for one step; 0 before the first measurement.
    double ms_per_megapixel() const { return rate_; }
    /// Predicted for a step at the smallest allowed size; 0 until several dreams were measured.
    /// Where it is large, the machine is too slow for the network.
    double smallest_step_ms() const { return smallest_step_ms_; }

  private:
    void choose_scale(int width, int height, const Params& params);
    void forget_other_layers(const Objective& objective);

    BudgetLimits limits_;
    double rate_ = 0;
    std::array<double, 5> measured_{};
    size_t measurements_ = 0;
    double megapixels_ = 0;  ///< sum over the steps of the last next(); 0: not to be measured
    std::vector<std::string> layers_;
    std::set<std::pair<int, int>> planned_;  ///< sizes already dreamed at with these layers
    double smallest_step_ms_ = 0;
    float scale_ = 1;
    Turns turns_;
    Share share_;
};

}  // namespace reverie
