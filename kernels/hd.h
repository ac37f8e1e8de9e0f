// What every functor may use on a CPU and on a GPU alike: REVERIE_HD, small vectors, clamp, lerp.
// No allocation, no exception, no standard container: this header is compiled by g++ and by nvcc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __CUDACC__
#define REVERIE_HD __host__ __device__ __forceinline__
#else
#define REVERIE_HD inline __attribute__((always_inline))
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

/// Where i is in a row of n that is followed by its mirror image, again and again: … 1 0 0 1 … n−1
/// n−1 ….
REVERIE_HD int mirrored(int i, int n) {
    const int r = wrap(i, 2 * n);
    return r < n ? r : 2 * n - 1 - r;
}

/// bfloat16 storage: the upper half of a float. Arithmetic is done in float.
struct Bf16 {
    uint16_t bits;
};

REVERIE_HD float to_float(float v) { return v; }

REVERIE_HD float to_float(Bf16 v) {
    const uint32_t bits = static_cast<uint32_t>(v.bits) << 16U;
    float f = 0;
    memcpy(&f, &bits, sizeof f);
    return f;
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

}  // namespace reverie
