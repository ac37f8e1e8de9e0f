// Half precision as files store it.
#pragma once

#include <bit>
#include <cstdint>

namespace reverie {

/// IEEE 754 half to float, subnormals and infinities included.
inline float half_to_float(uint16_t half) {
    const uint32_t sign = (half & 0x8000U) << 16U;
    const uint32_t exponent = (half >> 10U) & 0x1FU;
    const uint32_t mantissa = half & 0x3FFU;
    if (exponent == 0) {
        const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
        return sign != 0 ? -magnitude : magnitude;
    }
    const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
    return std::bit_cast<float>(sign | (wide << 23U) | (mantissa << 13U));
}

}  // namespace reverie
