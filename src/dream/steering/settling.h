// A few large steps that push as much as many small ones still settle at another strength: the part
// of the steps that always points the same way adds up alike, but the part that differs each time
// (jitter, other details) cancels less. The factor on the push that corrects this is computed from
// how successive dreams have added to each other.
#pragma once

#include "src/dream/steering/pace.h"

namespace reverie {

/// Successive small steps have more in common than large ones: their differences cancel as if
/// `growth` were growth^kUnlike. Fitted with the presets, at two to sixteen steps a second, so that
/// each settles where its render does.
constexpr double kUnlike = 0.35;

class Settling {
  public:
    /// Factor on the next push, so that it settles where small steps would: 1 while a dream is
    /// coming up and before anything is known; then at least growth^(−kUnlike / 2). Call it once
    /// per dream.
    float share(const Push& push, const Params& params);

    /// Records the effect of a dream with this `share` of `push`: Σ v² of the residual before and
    /// after, and of what was added.
    void seen(float share, double before, double after, double added);

  private:
    // Per whole push, means over the last dreams: the part added along the previous residual, and
    // the square of the part across it.
    double along_ = 0, across_ = 0;
    double coming_up_ = 1;  ///< the share of the first residual that would be left by now
    int dreams_ = 0;
};

}  // namespace reverie
