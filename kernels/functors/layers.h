// Functors of the network's layers. Each works on L neighbouring channels of one pixel (lanes.h);
// storage type T.
#pragma once

#include "kernels/functors/lanes.h"
#include "kernels/functors/lrn.h"
#include "kernels/functors/pooling.h"
#include "kernels/functors/spans.h"
#include "kernels/ops_layers.h"

#ifndef __CUDACC__
#include <cmath>
#endif

namespace reverie {

/// How far a picture of that size is rolled, in 0 … size−1.
REVERIE_HD Roll roll_of(const InputTransform& transform, int width, int height) {
    if (transform.roll == nullptr) return {transform.shift_x, transform.shift_y};
    return {wrap(transform.roll->x, width), wrap(transform.roll->y, height)};
}

/// Works in spans of pixels, like the functors of ascent.h; at the roll's seam and at the right
/// edge, pixel by pixel.
template <class T>
struct PrepareInput {
    Pixels<const float> rgb;
    InputTransform transform;  ///< shifts are in 0 … size−1
    Pixels<T> dst;

    template <int L>
    REVERIE_HD void operator()(int c, int y, int span, int lane) const {
        const int plane = transform.bgr ? 2 - c : c;
        const float mean =
            plane == 0 ? transform.mean.x : (plane == 1 ? transform.mean.y : transform.mean.z);
        const Roll roll = roll_of(transform, rgb.width, rgb.height);
        const int from_y = unrolled(y, roll.y, rgb.height);
        const int x0 = span * kSpan + lane;
        const int from_x = unrolled(x0, roll.x, rgb.width);
        if (L > 1 && x0 + L <= dst.width && from_x + L <= rgb.width) {
            const Floats<L> v = load_lanes<L>(&rgb.at(from_x, from_y, plane));
            store_lanes<L>(&dst.at(x0, y, c), (v - mean) * transform.scale);
            return;
        }
        for (int x = x0; x < min_of(x0 + L, dst.width); ++x) {
            const float v = rgb.at(unrolled(x, roll.x, rgb.width), from_y, plane);
            dst.at(x, y, c) = from_float<T>((v - mean) * transform.scale);
        }
    }

    /// The source of the pixel at `to` after the roll; a picture smaller than the roll's result
    /// repeats.
    static REVERIE_HD int unrolled(int to, int shift, int size) {
        const int from = to - shift;
        return from >= size ? from % size : (from < 0 ? from + size : from);
    }
};

/// The same where a pixel's channels stand side by side, in phases above stride 1 (PictureRef).
template <class T, int kStride>
struct PrepareLanes {
    Pixels<const float> rgb;
    InputTransform transform;  ///< as above
    Tensor<T> dst;
    int height, width;

    template <int L>
    REVERIE_HD void operator()(int /*block*/, int y, int x, int lane) const {
        // With at most two groups, the compiler knows the channels, and the divisions below vanish.
        if (L > 1 && lane == 0) return fill<L>(y, x, 0);
        if (L > 1 && lane == L) return fill<L>(y, x, L);
        fill<L>(y, x, lane);
    }

    template <int L>
    REVERIE_HD void fill(int y, int x, int lane) const {
        const Roll roll = roll_of(transform, rgb.width, rgb.height);
        alignas(16) float values[L];
        REVERIE_UNROLL
        for (int l = 0; l < L; ++l) {
            const int colour = (lane + l) % 3, phase = (lane + l) / 3;
            const int to_y = y * kStride + phase / kStride, to_x = x * kStride + phase % kStride;
            values[l] = 0;
            if (phase >= kStride * kStride || to_y >= height || to_x >= width) continue;
            const int plane = transform.bgr ? 2 - colour : colour;
            const float mean =
                plane == 0 ? transform.mean.x : (plane == 1 ? transform.mean.y : transform.mean.z);
            const float v = rgb.at(PrepareInput<T>::unrolled(to_x, roll.x, rgb.width),
                                   PrepareInput<T>::unrolled(to_y, roll.y, rgb.height), plane);
            values[l] = (v - mean) * transform.scale;
        }
        store_lanes<L>(dst.template group<L>(0, y, x, lane), load_lanes<L>(values));
    }
};

template <class T, int kStride>
struct CollectGradient {
    Tensor<const T> phases;
    InputTransform transform;  ///< shifts are in 0 … size−1
    Pixels<float> gradient;

    REVERIE_HD void operator()(int x, int y) const {
        const Roll roll = roll_of(transform, gradient.width, gradient.height);
        int from_x = x + roll.x, from_y = y + roll.y;
        if (from_x >= gradient.width) from_x -= gradient.width;
        if (from_y >= gradient.height) from_y -= gradient.height;
        const int phase = 3 * (kStride * (from_y % kStride) + from_x % kStride);
        for (int c = 0; c < 3; ++c) {
            gradient.at(x, y, transform.bgr ? 2 - c : c) =
                to_float(phases.at_channel(phase + c, from_y / kStride, from_x / kStride));
        }
    }
};

REVERIE_HD bool is_finite(float v) { return v - v == 0.0F; }

struct SettleGradient {
    const float* sum;
    const GradientScale* scale;
    float* gradient;

    REVERIE_HD void operator()(int64_t i) const {
        gradient[i] = is_finite(*sum) ? gradient[i] / scale->factor() : 0.0F;
    }
};

struct AdaptScale {
    static constexpr float kStep = 0.25F, kLeast = 0x1p-40F;
    static constexpr float kPatience = 500;  ///< finite steps before the scale rises again
    const float* sum;
    GradientScale* scale;

    REVERIE_HD void operator()(int64_t /*one*/) const {
        const bool finite = is_finite(*sum);
        const bool rise = finite && scale->backoff < 1 && scale->steps + 1 >= kPatience;
        if (!finite) scale->backoff = max_of(kLeast, scale->backoff * kStep);
        if (rise) scale->backoff = min_of(1.0F, scale->backoff * 2);
        scale->steps = finite && !rise ? min_of(scale->steps + 1, kPatience) : 0.0F;
    }
};

template <class From, class To>
struct CopyTensor {
    Tensor<const From> from;
    Tensor<To> to;
    bool accumulate;

    template <int L>
    REVERIE_HD void operator()(int block, int y, int x, int lane) const {
        if (from.block_channels == to.block_channels && from.template together<L>()) {
            To* const out = to.template group<L>(block, y, x, lane);
            Floats<L> v = load_lanes<L>(from.template group<L>(block, y, x, lane));
            if (accumulate) v = load_lanes<L>(static_cast<const To*>(out)) + v;
            store_lanes<L>(out, v);
            return;
        }
        for (int l = lane; l < lane + L; ++l) {
            To& out = to.at(block, y, x, l);
            const float v = to_float(from.at_channel(block * to.block_channels + l, y, x));
            out = from_float<To>(accumulate ? to_float(out) + v : v);
        }
    }
};

/// Whether the objective leaves out position i on an axis of n.
REVERIE_HD bool near_edge(int i, int n, int seam, int border) {
    return i < border || i >= n - border || (seam >= 0 && i >= seam - border && i < seam + border);
}

/// Whether the objective leaves out the pixel (px, py) of a layer.
REVERIE_HD bool left_out(const ObjectiveEdges& edges, int px, int py, int width, int height) {
    int column = edges.seam_x, row = edges.seam_y;
    if (edges.roll != nullptr) {
        column = seam_of(edges.roll->x, edges.picture_width, width);
        row = seam_of(edges.roll->y, edges.picture_height, height);
    }
    return near_edge(px, width, column, edges.border) || near_edge(py, height, row, edges.border);
}

template <class T, PoolKind kPool, class Window>
struct FinishGradient {
    Tensor<const T> x;
    Tensor<T> dx;
    bool accumulate, relu;
    Window window;
    Tensor<const T> pool_dy;
    Tensor<const uint8_t> argmax;
    const float* alpha;
    const float* beta;
    const GradientScale* scale;
    ObjectiveEdges edges;

    /// Adds the gradient that a pixel gets through window (oy, ox), in which it is tap (ky, kx).
    template <int L>
    REVERIE_HD Floats<L> through_window(int block, int oy, int ox, int lane, int ky, int kx,
                                        const Floats<L>& sum) const {
        const Floats<L> d = load_lanes<L>(pool_dy.template group<L>(block, oy, ox, lane));
        if constexpr (kPool == PoolKind::max) {
            return add_where_argmax<L>(sum, d, argmax.template group<L>(block, oy, ox, lane),
                                       ky * window.kernel + kx);
        } else {
            const int count = places_of(window, oy * window.stride - window.pad_top,
                                        ox * window.stride - window.pad_left, dx.height, dx.width);
            return sum + d * (1.0F / static_cast<float>(count));
        }
    }

    /// The gradient through all windows that cover a pixel, if all of them exist. In window (oy,
    /// ox) the pixel is tap (kFirstY, kFirstX).
    template <int L, int kFirstY, int kFirstX>
    REVERIE_HD Floats<L> through_all(int block, int oy, int ox, int lane) const {
        Floats<L> sum = Floats<L>{};
        REVERIE_UNROLL
        for (int ky = kFirstY; ky < Window::kernel; ky += Window::stride) {
            REVERIE_UNROLL
            for (int kx = kFirstX; kx < Window::kernel; kx += Window::stride) {
                sum = through_window<L>(block, oy - ky / Window::stride, ox - kx / Window::stride,
                                        lane, ky, kx, sum);
            }
        }
        return sum;
    }

    /// The gradient that pixel (px, py) gets through the windows that cover it.
    template <int L>
    REVERIE_HD Floats<L> through_pool(int block, int py, int px, int lane) const {
        // The pixel's offsets in the windows that cover it are `stride` apart.
        const int ty = py + window.pad_top, tx = px + window.pad_left;
        const int phase_y = ty % window.stride, phase_x = tx % window.stride;
        const int last_y = ty / window.stride, last_x = tx / window.stride;
        if constexpr (is_fixed<Window>()) {
            const bool all_there = ty >= window.kernel - 1 && tx >= window.kernel - 1 &&
                                   last_y < pool_dy.height && last_x < pool_dy.width;
            constexpr int kOther = Window::stride - 1;
            static_assert(kOther == 0 || kOther == 1);
            if (all_there) {
                if (phase_y == 0) {
                    if (phase_x == 0) return through_all<L, 0, 0>(block, last_y, last_x, lane);
                    return through_all<L, 0, kOther>(block, last_y, last_x, lane);
                }
                if (phase_x == 0) return through_all<L, kOther, 0>(block, last_y, last_x, lane);
                return through_all<L, kOther, kOther>(block, last_y, last_x, lane);
            }
        }
        Floats<L> sum = Floats<L>{};
        for (int j = 0; phase_y + j < window.kernel; j += window.stride) {
            const int ky = phase_y + j, oy = last_y - j / window.stride;
            if (oy < 0 || oy >= pool_dy.height) continue;
            for (int i = 0; phase_x + i < window.kernel; i += window.stride) {
                const int kx = phase_x + i, ox = last_x - i / window.stride;
                if (ox < 0 || ox >= pool_dy.width) continue;
                sum = through_window<L>(block, oy, ox, lane, ky, kx, sum);
            }
        }
        return sum;
    }

    template <int L>
    REVERIE_HD void operator()(int block, int py, int px, int lane) const {
        T* const out = dx.template group<L>(block, py, px, lane);
        Floats<L> sum = Floats<L>{};
        if (accumulate) sum = load_lanes<L>(static_cast<const T*>(out));
        if constexpr (kPool == PoolKind::global_average) {
            const float share =
                1.0F / (static_cast<float>(dx.height) * static_cast<float>(dx.width));
            sum = sum + load_lanes<L>(pool_dy.template group<L>(block, 0, 0, lane)) * share;
        } else if constexpr (kPool != PoolKind::none) {
            sum = sum + through_pool<L>(block, py, px, lane);
        }
        if (relu || alpha != nullptr) {
            const Floats<L> a = load_lanes<L>(x.template group<L>(block, py, px, lane));
            if (alpha != nullptr && !left_out(edges, px, py, dx.width, dx.height)) {
                const int c = block * x.block_channels + lane;
                const float factor = scale != nullptr ? scale->factor() : 1.0F;
                sum = sum + (load_lanes<L>(alpha + c) * a + load_lanes<L>(beta + c)) * factor;
            }
            if (relu) sum = pick(a > 0.0F, sum, Floats<L>{});
        }
        store_lanes<L>(out, sum);
    }
};

template <class T>
struct ObjectiveValue {
    Tensor<const T> x;
    const float* alpha;
    const float* beta;

    REVERIE_HD float operator()(int64_t i) const {
        const int lane = static_cast<int>(i % x.block_channels);
        const int64_t pixel = i / x.block_channels;
        const int64_t plane = static_cast<int64_t>(x.height) * x.width;
        const int block = static_cast<int>(pixel / plane);
        const int at = static_cast<int>(pixel % plane);
        const float a = to_float(x.at(block, at / x.width, at % x.width, lane));
        const int c = block * x.block_channels + lane;
        return 0.5F * alpha[c] * a * a + beta[c] * a;
    }
};

template <class T>
struct RowSquares {
    Tensor<const T> x;
    float* sums;

    template <int L>
    REVERIE_HD void operator()(int block, int y, int /*x*/, int lane) const {
        Floats<L> sum = Floats<L>{};
        for (int i = 0; i < x.width; ++i) {
            const Floats<L> a = load_lanes<L>(x.template group<L>(block, y, i, lane));
            sum = sum + a * a;
        }
        alignas(16) float lanes[L];
        store_lanes<L>(lanes, sum);
        for (int l = 0; l < L; ++l)
            sums[(block * x.block_channels + lane + l) * x.height + y] = lanes[l];
    }
};

template <class T>
struct StrongestChannel {
    Tensor<const T> x;
    int count;
    Pixels<int> index;

    REVERIE_HD void operator()(int at_x, int at_y) const {
        int strongest = 0;
        float most = to_float(x.at_channel(0, at_y, at_x));
        for (int c = 1; c < count; ++c) {
            const float a = to_float(x.at_channel(c, at_y, at_x));
            if (a <= most) continue;
            most = a;
            strongest = c;
        }
        index.at(at_x, at_y) = strongest;
    }
};

template <class T>
struct AddMatched {
    Pixels<const int> match;
    Tensor<T> dx;
    bool accumulate;
    const float* features;
    const float* weight;
    const GradientScale* scale;
    LayerMasks masks;
    ObjectiveEdges edges;

    template <int L>
    REVERIE_HD void operator()(int block, int py, int px, int lane) const {
        T* const out = dx.template group<L>(block, py, px, lane);
        Floats<L> sum = Floats<L>{};
        if (accumulate) sum = load_lanes<L>(static_cast<const T*>(out));
        if (left_out(edges, px, py, dx.width, dx.height)) {
            store_lanes<L>(out, sum);
            return;
        }
        float here = weight[0];
        for (int k = 0; k < masks.count; ++k)
            here += weight[1 + k] * mask_at(masks, k, px, py, dx.width, dx.height);
        const float factor = here * (scale != nullptr ? scale->factor() : 1.0F);
        const int64_t c = block * dx.block_channels + lane;
        const float* const feature = features + c + int64_t{match.at(px, py)} * dx.channels();
        store_lanes<L>(out, sum + load_lanes<L>(feature) * factor);
    }
};

template <class T>
struct AddMasked {
    Tensor<const T> x;
    Tensor<T> dx;
    bool accumulate;
    const float* alpha;
    const float* beta;
    int stride;
    const GradientScale* scale;
    LayerMasks masks;
    ObjectiveEdges edges;

    template <int L>
    REVERIE_HD void operator()(int block, int py, int px, int lane) const {
        T* const out = dx.template group<L>(block, py, px, lane);
        Floats<L> sum = Floats<L>{};
        if (accumulate) sum = load_lanes<L>(static_cast<const T*>(out));
        if (!left_out(edges, px, py, dx.width, dx.height)) {
            const Floats<L> a = load_lanes<L>(x.template group<L>(block, py, px, lane));
            const float factor = scale != nullptr ? scale->factor() : 1.0F;
            const int c = block * x.block_channels + lane;
            for (int k = 0; k < masks.count; ++k) {
                const float here = factor * mask_at(masks, k, px, py, dx.width, dx.height);
                const float* const alphas = alpha + k * stride + c;
                const float* const betas = beta + k * stride + c;
                sum = sum + (load_lanes<L>(alphas) * a + load_lanes<L>(betas)) * here;
            }
        }
        store_lanes<L>(out, sum);
    }
};

template <class T>
struct ActivationMap {
    Tensor<const T> x;
    int first, count;  ///< channels
    float scale;
    Pixels<float> map;

    REVERIE_HD void operator()(int at_x, int at_y) const {
        float sum = 0;
        for (int c = first; c < first + count; ++c) {
            const float a = to_float(x.at_channel(c, at_y, at_x));
            sum += a * a;
        }
        map.at(at_x, at_y) = sqrtf(scale * sum);
    }
};

}  // namespace reverie
