#include "src/dream/steering/settling.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace reverie {
namespace {

constexpr int kMemory = 12;  // dreams

}  // namespace

void Settling::seen(float share, double before, double after, double added) {
    // While a dream comes up, there is not yet a direction to compare with. One broken pixel makes
    // every sum NaN.
    const bool told = share > 0 && added > 0 && before >= added && std::isfinite(after);
    if (!told) return;
    const double along = (after - before - added) / (2 * std::sqrt(before));
    const double across = std::max(0.0, added - along * along);
    dreams_ = std::min(dreams_ + 1, kMemory);
    along_ += (along / share - along_) / dreams_;
    across_ += (across / (share * share) - across_) / dreams_;
}

/// The strength R stays where a dream adds what has faded: f R² = 2 a R + c, where a is along, c
/// across, and f R² the loss of R². Steps that are g times as small, and as many more, have the
/// same a and c/g. The share p of large steps that keeps their R solves f R² = 2 p a R + p² c.
/// As far as the dream has not settled yet, large steps come up as fast as small ones.
float Settling::share(const Push& push, const Params& params) {
    coming_up_ *= kept_after(params, push.fade_s);
    const double growth = std::pow(static_cast<double>(push.growth), kUnlike);
    if (dreams_ == 0 || growth <= 1 || across_ <= 0 || params.half_life <= 0) return 1;
    const double f = 2 * std::numbers::ln2 * push.fade_s / params.half_life;
    if (f <= 0) return 1;
    const double a = along_, c = across_;
    const double strength = (a + std::sqrt(a * a + f * c / growth)) / f;
    const double share = strength * (std::sqrt(a * a + f * c) - a) / c;
    const double settled = std::clamp(share, 1 / std::sqrt(growth), 1.0);
    return static_cast<float>(settled + coming_up_ * (1 - settled));
}

}  // namespace reverie
