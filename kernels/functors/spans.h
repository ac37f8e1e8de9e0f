// Loops over planar pictures in spans: neighbouring pixels of a row, for functors that work on
// vector registers: each_lane gives them (channel, row, span, lane), pixel x is span · kSpan +
// lane.
#pragma once

#include "kernels/functors/lane_grid.h"

namespace reverie {

constexpr int kSpan = 16;

/// How many pixels are best taken together if lanes are permuted or many sums are kept: as many as
/// one register holds.
#ifdef __AVX512F__
constexpr int kMostTogether = 16;
#else
constexpr int kMostTogether = 8;
#endif

template <class T>
SpanGrid spans_of(const Pixels<T>& p) {
    return {{p.channels, p.height, (p.width + kSpan - 1) / kSpan, kSpan}};
}

/// Runs f on L pixels of a row from x0 on, except those beyond `width`: by f.together<L>(x0, y) if
/// that returns true, else in two halves; below 4 pixels, each by f.alone(x, y).
template <int L, class F>
REVERIE_HD void together_or_alone(const F& f, int x0, int y, int width) {
    if constexpr (L >= 4) {
        if (x0 + L <= width && f.template together<L>(x0, y)) return;
        together_or_alone<L / 2>(f, x0, y, width);
        together_or_alone<L / 2>(f, x0 + L / 2, y, width);
    } else {
        for (int x = x0; x < min_of(x0 + L, width); ++x) f.alone(x, y);
    }
}

}  // namespace reverie
