// Eight floats that move as one: a vector register on the CPU, one float in each of eight threads
// on the GPU, which run the functor together (the executors' each_eight). For functors whose
// innermost loop is too short for the compiler to vectorise. Sums are added in one order on every
// backend.
#pragma once

#include "kernels/hd.h"

namespace reverie {

#if defined(__GNUC__) && !defined(__CUDACC__)

using Lanes8 = float __attribute__((vector_size(32)));

REVERIE_HD Lanes8 all_lanes(float v) { return Lanes8{v, v, v, v, v, v, v, v}; }

/// The larger of each two lanes.
REVERIE_HD Lanes8 max_lanes(Lanes8 a, Lanes8 b) { return a > b ? a : b; }

/// From any address.
REVERIE_HD Lanes8 load_lanes(const float* from) {
    Lanes8 v;
    memcpy(&v, from, sizeof v);
    return v;
}

REVERIE_HD void store_lanes(float* to, const Lanes8& v) { memcpy(to, &v, sizeof v); }

REVERIE_HD float sum_lanes(const Lanes8& v) {
    return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

#else

struct Lanes8 {
    float own;
};

/// The index of a thread among its eight, which are neighbours in a warp.
REVERIE_HD int own_lane() {
#ifdef __CUDA_ARCH__
    return static_cast<int>(threadIdx.x % 8);
#else
    return 0;
#endif
}

REVERIE_HD Lanes8 operator+(Lanes8 a, Lanes8 b) { return {a.own + b.own}; }
REVERIE_HD Lanes8 operator-(Lanes8 a, Lanes8 b) { return {a.own - b.own}; }
REVERIE_HD Lanes8 operator*(Lanes8 a, Lanes8 b) { return {a.own * b.own}; }
REVERIE_HD Lanes8 operator/(Lanes8 a, Lanes8 b) { return {a.own / b.own}; }
REVERIE_HD Lanes8 all_lanes(float v) { return {v}; }
REVERIE_HD Lanes8 max_lanes(Lanes8 a, Lanes8 b) { return {max_of(a.own, b.own)}; }
REVERIE_HD Lanes8 load_lanes(const float* from) { return {from[own_lane()]}; }
REVERIE_HD void store_lanes(float* to, Lanes8 v) { to[own_lane()] = v.own; }

/// Identical in all eight threads, to the last bit, so that they branch alike.
REVERIE_HD float sum_lanes(Lanes8 v) {
    float sum = v.own;
#ifdef __CUDA_ARCH__
    const unsigned thread = threadIdx.y * blockDim.x + threadIdx.x;  // blockDim.x is 8
    const unsigned eight = 0xFFU << (thread % 32 / 8 * 8);
    for (int apart = 4; apart > 0; apart /= 2) sum += __shfl_xor_sync(eight, sum, apart);
#endif
    return sum;
}

#endif

}  // namespace reverie
