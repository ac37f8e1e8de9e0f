// How much of a dream is dreamed at a time, so that each takes no longer than it may, and how large
// it is dreamed, so that there are enough of them. Counts time, does not take it.
#pragma once

#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/dream/pace.h"

namespace reverie {

struct BudgetLimits {
    double dream_ms = 0;  ///< what one dream may take; 0: as long as it does
    /// What a single step may take before the picture is dreamed smaller; 0: as long as it does.
    double step_ms = 0;
    /// Of the frame's width, that is dreamed at before anything is known of the machine.
    int first_width = 0;     ///< px; 0: all
    int smallest_width = 0;  ///< px, that a dream is not made smaller than
};

class DreamBudget {
  public:
    explicit DreamBudget(const BudgetLimits& limits) : limits_(limits) {}
    double budget_ms() const { return limits_.dream_ms; }
    /// As it was made, with nothing measured: for another machine or network.
    DreamBudget anew() const { return DreamBudget(limits_); }

    /// What is to be dreamed now into a frame of this size, `dt_s` seconds after the dream before:
    /// as many of the steps that `params` ask for as the budget is predicted to hold, at least one.
    Turns::Deal next(int width, int height, const Params& params, double dt_s);
    /// What the last next() took.
    void took(double ms);

    /// Of the last next().
    struct Share {
        int done = 0;        ///< steps
        double stretch = 1;  ///< see Push
        float growth = 1;    ///< likewise
        Extent size;         ///< of the largest picture that is dreamed
    };
    const Share& share() const { return share_; }
    /// Predicted, of one step; 0 before anything was measured.
    double ms_per_megapixel() const { return rate_; }
    /// Likewise of a step in the smallest picture that may be dreamed, after several dreams: 0
    /// before. It is the machine, or the network, that is slow where that takes long.
    double smallest_step_ms() const { return smallest_step_ms_; }

  private:
    void choose_scale(int width, int height, const Params& params);
    void forget_other_layers(const Objective& objective);

    BudgetLimits limits_;
    double rate_ = 0;
    std::array<double, 5> measured_{};
    size_t measurements_ = 0;
    double megapixels_ = 0;  ///< of the last next(), each step's added up; 0: not to be measured
    std::vector<std::string> layers_;
    std::set<std::pair<int, int>> planned_;  ///< sizes that were dreamed at, with these layers
    double smallest_step_ms_ = 0;
    float scale_ = 1;
    Turns turns_;
    Share share_;
};

}  // namespace reverie
