// What every functor may use on a CPU and on a GPU alike: REVERIE_HD, small vectors, clamp, lerp.
// No allocation, no exception, no standard container: this header is compiled by g++ and by nvcc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __CUDACC__
#include <cuda_fp16.h>
#define REVERIE_HD __host__ __device__ __forceinline__
#else
#define REVERIE_HD inline __attribute__((always_inline))
#endif

/// Put before a loop over lanes: its arrays stay in registers only if the compiler knows their
/// indices.
#ifdef __CUDA_ARCH__
#define REVERIE_UNROLL _Pragma("unroll")
#else
#define REVERIE_UNROLL
#endif

namespace reverie {

struct Vec2 {
    float x = 0, y = 0;
};

struct Vec3 {
    float x = 0, y = 0, z = 0;
};

REVERIE_HD Vec2 operator+(Vec2 a, Vec2 b) { return {a.x + b.x, a.y + b.y}; }
REVERIE_HD Vec2 operator-(Vec2 a, Vec2 b) { return {a.x - b.x, a.y - b.y}; }
REVERIE_HD Vec2 operator*(float s, Vec2 a) { return {s * a.x, s * a.y}; }
REVERIE_HD Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
REVERIE_HD Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
REVERIE_HD Vec3 operator*(float s, Vec3 a) { return {s * a.x, s * a.y, s * a.z}; }

template <class T>
REVERIE_HD T min_of(T a, T b) {
    return a < b ? a : b;
}

template <class T>
REVERIE_HD T max_of(T a, T b) {
    return a > b ? a : b;
}

template <class T>
REVERIE_HD T clamp_to(T v, T low, T high) {
    return min_of(max_of(v, low), high);
}

REVERIE_HD float lerp(float a, float b, float t) { return a + (b - a) * t; }

/// Largest integer not above v; v must fit an int.
REVERIE_HD int floor_int(float v) {
    const int i = static_cast<int>(v);
    return i - (v < static_cast<float>(i) ? 1 : 0);
}

/// i modulo n in 0 … n−1, also for negative i.
REVERIE_HD int wrap(int i, int n) {
    const int r = i % n;
    return r < 0 ? r + n : r;
}

/// Index i reflected into 0 … n−1, as if a row of n were followed by its mirror image again and
/// again: … 1 0 0 1 … n−1 n−1 ….
REVERIE_HD int mirrored(int i, int n) {
    const int r = wrap(i, 2 * n);
    return r < n ? r : 2 * n - 1 - r;
}

/// bfloat16 storage: the upper half of a float. Arithmetic is done in float.
struct Bf16 {
    uint16_t bits;
};

/// IEEE 754 half precision storage: 11 bits, up to 65504. Arithmetic is done in float.
struct Half {
    uint16_t bits;
};

REVERIE_HD float to_float(float v) { return v; }

REVERIE_HD float to_float(Bf16 v) {
    const uint32_t bits = static_cast<uint32_t>(v.bits) << 16U;
    float f = 0;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/// Subnormals, infinities and NaN included.
REVERIE_HD float to_float(Half v) {
#ifdef __CUDA_ARCH__
    return __half2float(__ushort_as_half(v.bits));
#else
    const uint32_t sign = (v.bits & 0x8000U) << 16U;
    const uint32_t exponent = (v.bits >> 10U) & 0x1FU;
    const uint32_t mantissa = v.bits & 0x3FFU;
    uint32_t bits = 0;
    if (exponent == 0) {
        const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
        memcpy(&bits, &magnitude, sizeof bits);
    } else {
        bits = ((exponent == 31 ? 255U : exponent + 112U) << 23U) | (mantissa << 13U);
    }
    bits |= sign;
    float f = 0;
    memcpy(&f, &bits, sizeof f);
    return f;
#endif
}

template <class T>
REVERIE_HD T from_float(float v);

template <>
REVERIE_HD float from_float<float>(float v) {
    return v;
}

/// Rounds to nearest, ties to even. NaN is not kept (activations and gradients hold none).
template <>
REVERIE_HD Bf16 from_float<Bf16>(float v) {
    uint32_t bits = 0;
    memcpy(&bits, &v, sizeof bits);
    return {static_cast<uint16_t>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U)};
}

/// Rounds to nearest, ties to even; what is too large becomes infinite, NaN stays.
template <>
REVERIE_HD Half from_float<Half>(float v) {
#ifdef __CUDA_ARCH__
    return {__half_as_ushort(__float2half_rn(v))};
#else
    uint32_t bits = 0;
    memcpy(&bits, &v, sizeof bits);
    const uint32_t sign = (bits >> 16U) & 0x8000U;
    bits &= 0x7FFFFFFFU;
    uint32_t half = 0;
    if (bits >= 0x47800000U) {  // 65536 and above
        half = bits > 0x7F800000U ? 0x7E00U : 0x7C00U;
    } else if (bits < 0x38800000U) {  // subnormal: the float's own addition rounds to 2^-24
        float magnitude = 0;
        memcpy(&magnitude, &bits, sizeof magnitude);
        magnitude += 0.5F;
        memcpy(&half, &magnitude, sizeof half);
        half -= 0x3F000000U;
    } else {  // the exponent's bias changes by 112; a carry out of the mantissa raises it
        half = (bits - (112U << 23U) + 0xFFFU + ((bits >> 13U) & 1U)) >> 13U;
    }
    return {static_cast<uint16_t>(sign | half)};
#endif
}

}  // namespace reverie
