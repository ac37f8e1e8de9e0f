// Where few large steps push as much as many small ones would, what they draw still settles at
// another strength: the part of the steps that points the same way again and again adds up alike,
// but what is different each time (jitter, other details) cancels less. The share of the push that
// makes up for it follows from how dreams have added to each other.
#pragma once

#include "src/dream/pace.h"

namespace reverie {

/// Small steps that follow each other have more in common than large ones that do: what is
/// different in them cancels as if `growth` were growth^kUnlike. Found with the presets, at two to
/// sixteen steps a second, so that each settles where its render does.
constexpr double kUnlike = 0.35;

class Settling {
  public:
    /// Of the next push, that settles where small steps would: 1 while a dream is coming up, and
    /// before anything is known; then growth^(−kUnlike / 2) at the least. Call it once for each
    /// dream.
    float share(const Push& push, const Params& params);

    /// What a dream that was pushed by this `share` of `push` has made of its residual: Σ v² of the
    /// residual before and after, and of what was added.
    void seen(float share, double before, double after, double added);

  private:
    // Of whole pushes, means over the last dreams: what they add along the residual there was, and
    // the square of what they add across it.
    double along_ = 0, across_ = 0;
    double coming_up_ = 1;  ///< what would be left by now of what was there at first
    int dreams_ = 0;
};

}  // namespace reverie
