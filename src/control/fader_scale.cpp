#include "src/control/fader_scale.h"

#include <algorithm>
#include <cmath>

namespace reverie {
namespace {

constexpr double kLogarithmicFrom = 50;  // ends this many times apart
constexpr double kDefaultPlace = 0.33;   // where a squeezed default is moved to
constexpr double kSymmetricPower = 2;

bool is_symmetric(const FaderSpec& spec) { return spec.low < 0 && spec.low == -spec.high; }
/// The layers' −1 … 1 is even: what is far from 0 matters as much.
bool is_even(const FaderSpec& spec) { return spec.even || spec.high - spec.low <= 4; }
bool is_logarithmic(const FaderSpec& spec) {
    return !spec.even && spec.low > 0 && spec.high / spec.low >= kLogarithmicFrom;
}

/// The power that brings the default to kDefaultPlace, 1 where it does not need it.
double power_of(const FaderSpec& spec) {
    const double share = (spec.initial - spec.low) / (spec.high - spec.low);
    if (is_even(spec) || share <= 0 || share >= kDefaultPlace) {
        // Long ranges from nothing are fine near nothing.
        return !spec.even && share <= 0 && spec.high - spec.low > 32 ? 2 : 1;
    }
    return std::clamp(std::log(share) / std::log(kDefaultPlace), 1.0, 4.0);
}

/// Three significant digits: what a hand on a fader means.
double tidy(const FaderSpec& spec, double value) {
    if (spec.integer) return std::round(value);
    const double size = std::max(std::abs(value), (spec.high - spec.low) / 1000);
    const double unit = std::pow(10, std::floor(std::log10(size)) - 2);
    const double rounded = std::round(value / unit) * unit;
    return std::clamp(std::abs(rounded) < unit / 2 ? 0 : rounded, spec.low, spec.high);
}

}  // namespace

FaderSpec fader_spec(const ParamInfo& info) {
    return {.low = info.low,
            .high = info.high,
            .initial = number_of(Params(), info),
            .integer = info.is_integer()};
}

double fader_position(const FaderSpec& spec, double value) {
    value = std::clamp(value, spec.low, spec.high);
    if (is_logarithmic(spec)) return std::log(value / spec.low) / std::log(spec.high / spec.low);
    if (is_symmetric(spec) && !is_even(spec)) {
        const double bent = std::pow(std::abs(value) / spec.high, 1 / kSymmetricPower);
        return 0.5 + std::copysign(bent, value) / 2;
    }
    return std::pow((value - spec.low) / (spec.high - spec.low), 1 / power_of(spec));
}

double fader_value(const FaderSpec& spec, double position) {
    position = std::clamp(position, 0.0, 1.0);
    if (position == 0) return spec.low;
    if (position == 1) return spec.high;
    double value = 0;
    if (is_logarithmic(spec)) {
        value = spec.low * std::pow(spec.high / spec.low, position);
    } else if (is_symmetric(spec) && !is_even(spec)) {
        const double side = 2 * position - 1;
        value = std::copysign(std::pow(std::abs(side), kSymmetricPower) * spec.high, side);
    } else {
        value = spec.low + (spec.high - spec.low) * std::pow(position, power_of(spec));
    }
    return tidy(spec, value);
}

}  // namespace reverie
