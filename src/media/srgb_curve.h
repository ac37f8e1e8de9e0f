// The curve of sRGB (IEC 61966-2-1) between stored values and light, both 0 … 1.
#pragma once

#include <cmath>

namespace reverie {

inline double light_of_srgb(double stored) {
    return stored <= 0.04045 ? stored / 12.92 : std::pow((stored + 0.055) / 1.055, 2.4);
}

/// Clamps light outside 0 … 1; NaN gives 0.
inline float srgb_of_light(float light) {
    if (!(light > 0)) return 0;
    if (light >= 1) return 1;
    return light <= 0.0031308F ? 12.92F * light : 1.055F * std::pow(light, 1 / 2.4F) - 0.055F;
}

}  // namespace reverie
