// Eight floats that move as one: a vector register on the CPU, eight scalars on the GPU. For
// functors whose innermost loop is too short for the compiler to find it. Sums are added in one
// fixed order on every backend.
#pragma once

#include "kernels/hd.h"

namespace reverie {

#if defined(__GNUC__) && !defined(__CUDACC__)

using Lanes8 = float __attribute__((vector_size(32)));

REVERIE_HD Lanes8 all_lanes(float v) { return Lanes8{v, v, v, v, v, v, v, v}; }

/// The larger of each two lanes.
REVERIE_HD Lanes8 max_lanes(Lanes8 a, Lanes8 b) { return a > b ? a : b; }

#else

struct Lanes8 {
    float lane[8];
    REVERIE_HD float operator[](int i) const { return lane[i]; }
};

#define REVERIE_LANES_OPERATOR(op)                                      \
    REVERIE_HD Lanes8 operator op(const Lanes8& a, const Lanes8& b) {   \
        Lanes8 r;                                                       \
        for (int i = 0; i < 8; ++i) r.lane[i] = a.lane[i] op b.lane[i]; \
        return r;                                                       \
    }
REVERIE_LANES_OPERATOR(+)
REVERIE_LANES_OPERATOR(-)
REVERIE_LANES_OPERATOR(*)
REVERIE_LANES_OPERATOR(/)
#undef REVERIE_LANES_OPERATOR

REVERIE_HD Lanes8 all_lanes(float v) { return Lanes8{{v, v, v, v, v, v, v, v}}; }

REVERIE_HD Lanes8 max_lanes(const Lanes8& a, const Lanes8& b) {
    Lanes8 r;
    for (int i = 0; i < 8; ++i) r.lane[i] = max_of(a.lane[i], b.lane[i]);
    return r;
}

#endif

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

}  // namespace reverie
