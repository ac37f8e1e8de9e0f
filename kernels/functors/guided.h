// Functors that upsample a picture with the help of a guide of the larger size. The small size
// cannot hold the guide's finest detail. That detail is added in proportion to how the small
// picture follows the guide, and is erased where the small picture erases it. This is the local
// linear model of the guided filter (He, Sun & Tang, "Guided Image Filtering", 2013, eq. 5; "Fast
// Guided Filter", 2015), but only its slope: the part that the model does not explain is resampled
// unchanged; the filter would blur it.
#pragma once

#include "kernels/functors/ascent.h"
#include "kernels/functors/spans.h"
#include "kernels/functors/warp.h"
#include "kernels/view.h"

namespace reverie {

/// The slope of a window's values on the guide's, by least squares; `noise` is added to the guide's
/// variance. V: float, or lanes of it. Guide values are given as differences from the window's
/// centre, so that a flat guide's slope is 0 to the bit.
template <class V>
struct WindowMoments {
    V guide{}, squares{}, values[3]{}, products[3]{};

    REVERIE_HD V inverse_variance(float per_pixel, float noise) const {
        const V mean = per_pixel * guide;
        return 1.0f / (per_pixel * squares - mean * mean + noise);
    }
    REVERIE_HD V covariance(int c, float per_pixel) const {
        return per_pixel * products[c] - per_pixel * per_pixel * guide * values[c];
    }
};

/// slope(x) = cov(guide, src) / (var(guide) + noise) over the window around x, edges clamped; src
/// has 3 channels. In spans of pixels, like the functors of ascent.h.
struct SlopeOnGuide {
    static constexpr int kReach = 2;  ///< the window is 5 × 5
    static constexpr float kPerPixel = 1.0f / ((2 * kReach + 1) * (2 * kReach + 1));
    Pixels<const float> src;
    const float* guide;
    float noise;
    Pixels<float> slope;

    template <int L>
    REVERIE_HD void operator()(int /*block*/, int y, int span, int lane) const {
        together_or_alone<L>(*this, span * kSpan + lane, y, slope.width);
    }

    REVERIE_HD void alone(int x, int y) const {
        const int64_t plane = src.plane_size();
        const int at = y * src.width + x;
        WindowMoments<float> sums;
        for (int j = -kReach; j <= kReach; ++j) {
            const int row = clamp_to(y + j, 0, src.height - 1) * src.width;
            for (int i = -kReach; i <= kReach; ++i) {
                const int from = row + clamp_to(x + i, 0, src.width - 1);
                const float g = guide[from] - guide[at];
                sums.guide += g;
                sums.squares += g * g;
                for (int c = 0; c < 3; ++c) {
                    const float v = src.data[plane * c + from];
                    sums.values[c] += v;
                    sums.products[c] += g * v;
                }
            }
        }
        const float inverse = sums.inverse_variance(kPerPixel, noise);
        for (int c = 0; c < 3; ++c)
            slope.data[plane * c + at] = sums.covariance(c, kPerPixel) * inverse;
    }

#ifndef __CUDACC__
    /// L pixels whose windows lie between the left and the right edge.
    template <int L>
    bool together(int x0, int y) const {
        if (L > kMostTogether || x0 < kReach || x0 + L + kReach > src.width) return false;
        const int64_t plane = src.plane_size();
        const int at = y * src.width + x0;
        const Floats<L> centre = load_lanes<L>(guide + at);
        WindowMoments<Floats<L>> sums;
        for (int j = -kReach; j <= kReach; ++j) {
            const int row = clamp_to(y + j, 0, src.height - 1) * src.width + x0;
            for (int i = -kReach; i <= kReach; ++i) {
                const Floats<L> g = load_lanes<L>(guide + row + i) - centre;
                sums.guide += g;
                sums.squares += g * g;
                for (int c = 0; c < 3; ++c) {
                    const Floats<L> v = load_lanes<L>(src.data + plane * c + row + i);
                    sums.values[c] += v;
                    sums.products[c] += g * v;
                }
            }
        }
        const Floats<L> inverse = sums.inverse_variance(kPerPixel, noise);
        for (int c = 0; c < 3; ++c)
            store_lanes<L>(slope.data + plane * c + at, sums.covariance(c, kPerPixel) * inverse);
        return true;
    }
#endif
};

/// dst = base + (added + slope · (guide − smooth)), clamped as Show clamps; `slope` is bilinear at
/// dst's size.
struct ShowGuided {
    Pixels<const float> base, added;
    const float* guide;
    const float* smooth;
    Pixels<const float> slope;
    float across, down;  ///< slope's size over dst's
    Pixels<float> dst;

    template <int L>
    REVERIE_HD void operator()(int /*block*/, int y, int span, int lane) const {
        together_or_alone<L>(*this, span * kSpan + lane, y, dst.width);
    }

    REVERIE_HD void alone(int x, int y) const {
        const LinearGather gather((static_cast<float>(x) + 0.5f) * across - 0.5f,
                                  (static_cast<float>(y) + 0.5f) * down - 0.5f, slope.width,
                                  slope.height, slope.width);
        const int64_t at = static_cast<int64_t>(y) * dst.width + x;
        const float detail = guide[at] - smooth[at];
        for (int c = 0; c < 3; ++c) {
            const int64_t i = dst.plane_size() * c + at;
            const float more = added.data[i] + gather(slope.data + slope.plane_size() * c) * detail;
            dst.data[i] = displayable(base.data[i] + more, base.data[i]);
        }
    }

#ifndef __CUDACC__
    /// L pixels whose slopes are among L consecutive values of a row. Returns false if they are
    /// not, or near an edge.
    template <int L>
    bool together(int x0, int y) const {
        const float begin = (static_cast<float>(x0) + 0.5f) * across - 0.5f;
        const int first = floor_int(begin);
        if (L > kMostTogether || first < 0 || first + L > slope.width || across * (L - 1) > L - 2)
            return false;
        Floats<L> from;
        for (int k = 0; k < L; ++k)
            from[k] = begin - static_cast<float>(first) + across * static_cast<float>(k);
        const Ints<L> left = __builtin_convertvector(from, Ints<L>), right = left + 1;
        const Floats<L> tx = from - __builtin_convertvector(left, Floats<L>);
        const float py = clamp_to((static_cast<float>(y) + 0.5f) * down - 0.5f, 0.0f,
                                  static_cast<float>(slope.height - 1));
        const int row = static_cast<int>(py);
        const float ty = py - static_cast<float>(row);
        const int below = row + 1 < slope.height ? slope.width : 0;
        const int64_t at = static_cast<int64_t>(y) * dst.width + x0;
        const Floats<L> detail = load_lanes<L>(guide + at) - load_lanes<L>(smooth + at);
        for (int c = 0; c < 3; ++c) {
            const float* taps = slope.data + slope.plane_size() * c + row * slope.width + first;
            const Floats<L> upper = load_lanes<L>(taps), lower = load_lanes<L>(taps + below);
            const Floats<L> between = upper + (lower - upper) * ty;
            const Floats<L> l = lanes_at<L>(between, left);
            const Floats<L> gain = l + (lanes_at<L>(between, right) - l) * tx;
            const int64_t i = dst.plane_size() * c + at;
            const Floats<L> under = load_lanes<L>(base.data + i);
            const Floats<L> v = under + (load_lanes<L>(added.data + i) + gain * detail);
            const Floats<L> least = under < 0.0f ? under : Floats<L>{};
            const Floats<L> most = under > 255.0f ? under : Floats<L>{} + 255.0f;
            const Floats<L> not_less = v < least ? least : v;
            store_lanes<L>(dst.data + i, not_less > most ? most : not_less);
        }
        return true;
    }
#endif
};

}  // namespace reverie
