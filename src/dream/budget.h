// How much of a dream is dreamed at a time, so that each takes no longer than it may: its steps are
// spread over several frames, and where even one is too long, the picture is dreamed at a smaller
// size. Counts time, does not take it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/dream/dreamer.h"

namespace reverie {

class DreamBudget {
  public:
    /// `budget_ms`: what one dream may take; 0: as long as it does. `step_ms`: what a single step
    /// may take, if more than that, before the picture is dreamed smaller.
    explicit DreamBudget(double budget_ms, double step_ms = 0)
        : budget_ms_(budget_ms), step_ms_(std::max(budget_ms, step_ms)) {}
    double budget_ms() const { return budget_ms_; }
    /// As it was made, with nothing measured: for another machine or network.
    DreamBudget anew() const { return DreamBudget(budget_ms_, step_ms_); }

    /// What is to be dreamed now into a frame of this size: as many of the schedule's next steps as
    /// the budget is predicted to hold, at least one. At the schedule's end it begins anew.
    Portion next(int width, int height, const Params& params);
    /// What the last next() took.
    void took(double ms);

    /// Of the last next().
    struct Share {
        int done = 0, all = 0;  ///< steps, of the schedule's
        Extent size;            ///< of the largest picture that is dreamed
    };
    const Share& share() const { return share_; }
    /// Predicted, of one step; 0 before anything was measured.
    double ms_per_megapixel() const { return rate_; }

  private:
    void choose_scale(int width, int height, const Params& params);
    void forget_other_layers(const Objective& objective);

    double budget_ms_, step_ms_;
    double rate_ = 0;
    std::array<double, 5> measured_{};
    size_t measurements_ = 0;
    double megapixels_ = 0;  ///< of the last next(), each step's added up; 0: not to be measured
    std::vector<std::string> layers_;
    std::set<std::pair<int, int>> planned_;  ///< sizes that were dreamed at, with these layers
    float scale_ = 1;
    int cursor_ = 0;
    Share share_;
};

}  // namespace reverie
