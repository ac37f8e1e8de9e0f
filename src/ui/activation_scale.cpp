#include "src/ui/activation_scale.h"

#include <algorithm>
#include <cmath>

namespace reverie {

void ActivationScale::learn(float activation, double dt_s) {
    if (!(activation > 0)) return;
    const double value = std::log(double{activation});
    const double kept = std::exp2(-std::max(dt_s, 0.0) / kHalfLifeS);
    // West: Updating mean and variance estimates, CACM 1979, with old weights that fade.
    weight_ = kept * weight_ + 1;
    square_ *= kept;
    const double from_mean = value - mean_;
    mean_ += from_mean / weight_;
    square_ += from_mean * (value - mean_);
}

float ActivationScale::place(float activation) const {
    if (weight_ == 0) return -1;
    if (!(activation > 0)) return 0;
    const double first = kFirstDeviation * kFirstDeviation;
    const double variance = (square_ + first) / (weight_ + 1);
    const double deviation = std::max(std::sqrt(variance), kLeastDeviation);
    const double place = (std::log(double{activation}) - mean_) / deviation / kReach;
    return static_cast<float>(std::clamp(0.5 + 0.5 * place, 0.0, 1.0));
}

}  // namespace reverie
