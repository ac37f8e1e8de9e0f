// Separable resampling of planar pictures: a table of taps for each axis, then one pass along each
// axis. Pixel centres stand at half-integers and edges are clamped. The kernel is Catmull-Rom (Keys
// 1981, a = -1/2), widened by the ratio where the picture shrinks, so that nothing aliases. A pass
// adds weighted *differences* from one of its taps: a constant picture stays the same to the bit.
#pragma once

#include "kernels/functors/lanes.h"
#include "kernels/functors/spans.h"
#include "kernels/tap_table.h"
#include "kernels/view.h"

namespace reverie {

/// Keys' cubic with a = -1/2 at distance t >= 0 (in taps); 0 from 2 on.
REVERIE_HD float catmull_rom(float t) {
    const float inner = (1.5f * t - 2.5f) * t * t + 1.0f;
    const float outer = ((-0.5f * t + 2.5f) * t - 4.0f) * t + 2.0f;
    return t < 1.0f ? inner : (t < 2.0f ? outer : 0.0f);
}

/// Fills one axis' table, target i.
struct FillTaps {
    TapTable table;
    int src_size;

    REVERIE_HD void operator()(int64_t i) const {
        // The position (i + 1/2) * src / dst - 1/2 as a fraction of integers: exact at any size.
        const int64_t denominator = 2LL * table.size;
        const int64_t numerator = (2 * i + 1) * src_size - table.size;
        const bool shrinks = src_size > table.size;
        const int64_t reach = shrinks ? 4LL * src_size : 4LL * table.size;  // 2 taps, widened
        // Made positive, because / rounds towards 0.
        const int64_t from = numerator - reach + (denominator << 20);
        const int first = static_cast<int>(from / denominator + 1 - (1 << 20));
        const float narrow = shrinks ? static_cast<float>(table.size) / src_size : 1.0f;
        float sum = 0;
        for (int k = 0; k < table.taps; ++k) {
            sum += catmull_rom(distance(first + k, numerator, denominator) * narrow);
        }
        const float scale = 1.0f / sum;
        table.first[i] = first;
        for (int k = 0; k < table.taps; ++k) {
            table.weights[static_cast<int64_t>(k) * table.size + i] =
                catmull_rom(distance(first + k, numerator, denominator) * narrow) * scale;
        }
    }

    REVERIE_HD static float distance(int tap, int64_t numerator, int64_t denominator) {
        const int64_t d = tap * denominator - numerator;
        return static_cast<float>(d < 0 ? -d : d) / static_cast<float>(denominator);
    }
};

/// Resizes along y, in spans of pixels. kTaps = 0: as many as the table says.
template <int kTaps>
struct ResizeDown {
    Pixels<const float> src;  ///< of dst's width
    Pixels<float> dst;
    TapTable table;

    template <int L>
    REVERIE_HD void operator()(int c, int y, int span, int lane) const {
        const float* plane = src.data + src.plane_size() * c;
        const int64_t row = static_cast<int64_t>(c) * dst.height + y;
        together_or_alone<L>(Row{*this, plane, dst.data + row * dst.width}, span * kSpan + lane, y,
                             dst.width);
    }

    struct Row {
        const ResizeDown& of;
        const float* plane;
        float* to;

        REVERIE_HD void alone(int x, int y) const { to[x] = at<1>(x, y); }
#ifndef __CUDACC__
        template <int L>
        bool together(int x0, int y) const {
            store_lanes<L>(to + x0, at<L>(x0, y));
            return true;
        }
#endif
        template <int L>
        REVERIE_HD Floats<L> at(int x, int y) const {
            const int taps = kTaps > 0 ? kTaps : of.table.taps;
            const int first = of.table.first[y];
            const Floats<L> base = load_lanes<L>(tap(first + (taps - 1) / 2) + x);
            Floats<L> sum{};
            for (int k = 0; k < taps; ++k)
                sum += of.table.weight(k, y) * (load_lanes<L>(tap(first + k) + x) - base);
            return base + sum;
        }
        REVERIE_HD const float* tap(int y) const {
            return plane + static_cast<int64_t>(clamp_to(y, 0, of.src.height - 1)) * of.src.width;
        }
    };
};

/// Resizes along x, in spans of pixels. kTaps = 0: as many as the table says.
template <int kTaps>
struct ResizeAcross {
    Pixels<const float> src;  ///< of dst's height
    Pixels<float> dst;
    TapTable table;

    template <int L>
    REVERIE_HD void operator()(int c, int y, int span, int lane) const {
        const int64_t row = static_cast<int64_t>(c) * dst.height + y;
        together_or_alone<L>(Row{*this, src.data + row * src.width, dst.data + row * dst.width},
                             span * kSpan + lane, y, dst.width);
    }

    struct Row {
        const ResizeAcross& of;
        const float* line;
        float* to;

        REVERIE_HD void alone(int x, int /*y*/) const {
            const int last = of.src.width - 1;
            const int taps = kTaps > 0 ? kTaps : of.table.taps;
            const int first = of.table.first[x];
            const float base = line[clamp_to(first + (taps - 1) / 2, 0, last)];
            float sum = 0;
            for (int k = 0; k < taps; ++k)
                sum += of.table.weight(k, x) * (line[clamp_to(first + k, 0, last)] - base);
            to[x] = base + sum;
        }
#ifndef __CUDACC__
        /// L pixels whose first taps are among 2 L consecutive values. Returns false if they are
        /// not, or near an edge.
        template <int L>
        bool together(int x0, int /*y*/) const {
            if constexpr (L > kMostTogether) return false;
            const int taps = kTaps > 0 ? kTaps : of.table.taps;
            const int first = of.table.first[x0];
            const int span = of.table.first[x0 + L - 1] - first + 1;
            const bool two = span > L;
            const int read = (two ? 2 * L : L) + taps - 1;
            if (span > 2 * L || first < 0 || first + read > of.src.width) return false;
            const Ints<L> from = load_lanes<L>(of.table.first + x0) - first;
            const Ints<L> within = from & (L - 1);
            const auto load = [&](int k) {
                const float* taps_k = line + first + k;
                const Floats<L> low = lanes_at<L>(load_lanes<L>(taps_k), within);
                if (!two) return low;
                const Floats<L> high = lanes_at<L>(load_lanes<L>(taps_k + L), within);
                return pick(from < L, low, high);
            };
            const Floats<L> base = load((taps - 1) / 2);
            Floats<L> sum{};
            for (int k = 0; k < taps; ++k)
                sum += load_lanes<L>(of.table.weights_of(k) + x0) * (load(k) - base);
            store_lanes<L>(to + x0, base + sum);
            return true;
        }
#endif
    };
};

struct CopyValues {
    const float* src;
    float* dst;
    REVERIE_HD void operator()(int64_t i) const { dst[i] = src[i]; }
};

}  // namespace reverie
