// Warps pictures along a flow. A backward flow gives for each pixel x of the newer picture its
// place in the older one: x + flow(x). So every warp is a gather. Positions outside the picture
// read its edge.
#pragma once

#include "kernels/functors/lanes.h"
#include "kernels/functors/resample.h"
#include "kernels/functors/spans.h"
#include "kernels/ops_image.h"
#include "kernels/view.h"

namespace reverie {

/// The four Catmull-Rom weights around a position with fraction t in 0 ... 1 behind its second tap.
/// V: a float, or many.
template <class V>
REVERIE_HD void cubic_weights(V t, V* w) {
    w[0] = ((-0.5f * t + 1.0f) * t - 0.5f) * t;
    w[1] = (1.5f * t - 2.5f) * t * t + 1.0f;
    w[2] = ((-1.5f * t + 2.0f) * t + 0.5f) * t;
    w[3] = (0.5f * t - 0.5f) * t * t;
}

/// Weights of kTaps neighbours, half of them on each side of the position: Catmull-Rom (4), or a
/// kernel that damps equally at every fraction (6).
template <class V, int kTaps>
struct TapWeights;

template <class V>
struct TapWeights<V, 4> {
    V w[4];
    REVERIE_HD TapWeights(V t, float /*damping*/) { cubic_weights(t, w); }
};

/// Catmull-Rom plus fourth differences at the two taps next to the position. They damp fine detail
/// (or restore it) by ω⁴ too, and leave every cubic unchanged.
template <class V>
struct TapWeights<V, 6> {
    V w[6];
    REVERIE_HD TapWeights(V t, float damping) {
        // With this factor, waves of four taps (the finest detail of dreams that is not yet lost)
        // are damped equally at every fraction, within 0.01; a factor of 1 would do that for the
        // longest waves. At most the damping of Catmull-Rom is undone, so no wave grows.
        constexpr float kAtFourTaps = 1.4f;
        const V there = cubic_damping(t);
        const V missing = kAtFourTaps * (damping - there);
        const V both = missing > -there ? missing : -there;
        const V right = both * t, left = both - right;
        cubic_weights(t, w + 1);
        w[0] = -left;
        w[1] += 4.0f * left - right;
        w[2] += 4.0f * right - 6.0f * left;
        w[3] += 4.0f * left - 6.0f * right;
        w[4] += 4.0f * right - left;
        w[5] = -right;
    }
};

/// A gather of kTaps² pixels at one position, for any number of planes. Adds weighted differences
/// from the nearest pixel above and left: a constant stays the same to the bit, and with
/// Catmull-Rom so does every picture under a flow of whole pixels.
template <int kTaps>
struct CubicGather {
    static constexpr int kBefore = kTaps / 2 - 1;
    int column[kTaps];
    int row[kTaps];  ///< already times the width
    TapWeights<float, kTaps> across, down;

    REVERIE_HD CubicGather(float x, float y, int width, int height, float damping)
        : across(fraction(x, width), damping), down(fraction(y, height), damping) {
        const int ix = floor_int(near_inside(x, width));
        const int iy = floor_int(near_inside(y, height));
        for (int k = 0; k < kTaps; ++k) {
            column[k] = clamp_to(ix + k - kBefore, 0, width - 1);
            row[k] = clamp_to(iy + k - kBefore, 0, height - 1) * width;
        }
    }

    REVERIE_HD float operator()(const float* plane) const {
        const float base = plane[row[kBefore] + column[kBefore]];
        float sum = 0;
        for (int j = 0; j < kTaps; ++j) {
            float line = 0;
            for (int i = 0; i < kTaps; ++i)
                line += across.w[i] * (plane[row[j] + column[i]] - base);
            sum += down.w[j] * line;
        }
        return base + sum;
    }

    /// Farther outside, only the edge is read.
    REVERIE_HD static float near_inside(float v, int size) {
        constexpr int kReach = kTaps / 2;
        return clamp_to(v, static_cast<float>(-kReach), static_cast<float>(size - 1 + kReach));
    }
    REVERIE_HD static float fraction(float v, int size) {
        const float p = near_inside(v, size);
        return p - static_cast<float>(floor_int(p));
    }
};

/// A bilinear gather at one position, for any number of planes.
struct LinearGather {
    int at[4];
    float tx, ty;

    /// `stride`: values from a row to the next.
    REVERIE_HD LinearGather(float x, float y, int width, int height, int stride) {
        const float px = clamp_to(x, 0.0f, static_cast<float>(width - 1));
        const float py = clamp_to(y, 0.0f, static_cast<float>(height - 1));
        const int ix = static_cast<int>(px);
        const int iy = static_cast<int>(py);
        tx = px - static_cast<float>(ix);
        ty = py - static_cast<float>(iy);
        const int right = min_of(ix + 1, width - 1);
        const int above = iy * stride;
        const int below = min_of(iy + 1, height - 1) * stride;
        at[0] = above + ix;
        at[1] = above + right;
        at[2] = below + ix;
        at[3] = below + right;
    }

    REVERIE_HD float operator()(const float* plane) const {
        return lerp(lerp(plane[at[0]], plane[at[1]], tx), lerp(plane[at[2]], plane[at[3]], tx), ty);
    }
};

#ifndef __CUDACC__
/// Where a flow takes L neighbours of a row from, the first of which is (x, y). `found` only if
/// these sources are neighbours in one row, and the `before` pixels before and `after` pixels
/// behind them are inside the picture too.
template <int L>
struct SideBySide {
    int left = 0, above = 0;  ///< the pixel before the first one's source
    Floats<L> tx, ty;         ///< how far each source is behind its pixel, 0 … 1
    bool found = false;

    SideBySide(int x, int y, const float* dx, const float* dy, int width, int height, int before,
               int after) {
        Floats<L> from_x, from_y;
        Ints<L> number;
        for (int k = 0; k < L; ++k) {
            number[k] = k;
            from_x[k] = static_cast<float>(x + k);
            from_y[k] = static_cast<float>(y);
        }
        from_x += load_lanes<L>(dx);
        from_y += load_lanes<L>(dy);
        // Rounds towards 0, which is down inside the picture; positions far outside are rejected
        // below.
        const Ints<L> column = __builtin_convertvector(from_x, Ints<L>);
        const Ints<L> row = __builtin_convertvector(from_y, Ints<L>);
        left = column[0];
        above = row[0];
        if (left < before || left > width - L - after) return;
        if (above < before || above > height - 1 - after) return;
        if (any_of<L>((column ^ (left + number)) | (row ^ above))) return;
        tx = from_x - __builtin_convertvector(column, Floats<L>);
        ty = from_y - __builtin_convertvector(row, Floats<L>);
        found = true;
    }
};
#endif

/// dst(x) = gain(x) * src(x + flow(x)), by kTaps² pixels: a warp, or the residual of a dream
/// carried to the next frame. In spans of pixels, like the functors of ascent.h: where neighbours
/// come from neighbours, their taps are loaded together.
template <int kChannels, int kTaps>
struct Carry {
    static constexpr int kBefore = kTaps / 2 - 1;
    Pixels<const float> src;
    Pixels<const float> flow;
    const float* confidence;  ///< one a pixel, or null: 1
    Pixels<float> dst;
    float decay;    ///< gain = decay * confidence
    float damping;  ///< see TapWeights

    template <int L>
    REVERIE_HD void operator()(int /*block*/, int y, int span, int lane) const {
        together_or_alone<L>(*this, span * kSpan + lane, y, dst.width);
    }

    REVERIE_HD void alone(int x, int y) const {
        const int i = y * dst.width + x;
        const float* dx = flow.data;
        const float* dy = flow.data + flow.plane_size();
        const CubicGather<kTaps> gather(static_cast<float>(x) + dx[i],
                                        static_cast<float>(y) + dy[i], src.width, src.height,
                                        damping);
        const float gain = confidence != nullptr ? decay * confidence[i] : decay;
        for (int c = 0; c < kChannels; ++c) {
            dst.data[dst.plane_size() * c + i] = gain * gather(src.data + src.plane_size() * c);
        }
    }

#ifndef __CUDACC__
    /// L pixels whose sources are neighbours in one row, with all taps inside. Otherwise returns
    /// false and does nothing.
    template <int L>
    bool together(int x0, int y) const {
        const int i = y * dst.width + x0;
        const float* dx = flow.data + i;
        const SideBySide<L> from(x0, y, dx, dx + flow.plane_size(), src.width, src.height, kBefore,
                                 kTaps / 2);
        if (!from.found) return false;
        const TapWeights<Floats<L>, kTaps> across(from.tx, damping), down(from.ty, damping);
        Floats<L> gain = Floats<L>{} + decay;
        if (confidence != nullptr) gain *= load_lanes<L>(confidence + i);
        for (int c = 0; c < kChannels; ++c) {
            const float* taps = src.data + src.plane_size() * c +
                                (from.above - kBefore) * src.width + from.left - kBefore;
            const Floats<L> base = load_lanes<L>(taps + kBefore * (src.width + 1));
            Floats<L> sum{};
            for (int j = 0; j < kTaps; ++j) {
                Floats<L> line{};
                for (int k = 0; k < kTaps; ++k)
                    line += across.w[k] * (load_lanes<L>(taps + j * src.width + k) - base);
                sum += down.w[j] * line;
            }
            store_lanes<L>(dst.data + dst.plane_size() * c + i, gain * (base + sum));
        }
        return true;
    }
#endif
};

/// The flow from C to A, composed of the flow from C to B and that from B to A: dst(x) = newer(x) +
/// older(x + newer(x)).
struct ComposeFlows {
    Pixels<const float> newer, older;
    Pixels<float> dst;

    REVERIE_HD void operator()(int x, int y) const {
        const int i = y * dst.width + x;
        const int64_t plane = dst.plane_size();
        const float dx = newer.data[i];
        const float dy = newer.data[plane + i];
        const LinearGather gather(static_cast<float>(x) + dx, static_cast<float>(y) + dy, dst.width,
                                  dst.height, dst.width);
        dst.data[i] = dx + gather(older.data);
        dst.data[plane + i] = dy + gather(older.data + plane);
    }
};

/// The backward flow of an affine motion.
struct AffineFlow {
    AffineMotion motion;
    Pixels<float> flow;

    REVERIE_HD void operator()(int x, int y) const {
        const float dx = static_cast<float>(x) - motion.centre.x,
                    dy = static_cast<float>(y) - motion.centre.y;
        flow.at(x, y, 0) = motion.a * dx + motion.b * dy - dx + motion.shift.x;
        flow.at(x, y, 1) = motion.a * dy - motion.b * dx - dy + motion.shift.y;
    }
};

/// Where an affine motion takes a point.
REVERIE_HD Vec2 moved(const AffineMotion& m, Vec2 p) {
    const Vec2 d = p - m.centre;
    return m.centre + Vec2{m.a * d.x + m.b * d.y, m.a * d.y - m.b * d.x} + m.shift;
}

/// v reflected, as often as it takes, at the two edges of pixels 0 ... size - 1.
REVERIE_HD float mirrored(float v, int size) {
    const float period = 2.0f * static_cast<float>(size);
    const float turns = (v + 0.5f) / period;
    const float t = period * (turns - static_cast<float>(floor_int(turns)));
    return min_of(t, period - t) - 0.5f;
}

struct MirroredFlow {
    MirroredMotion motion;
    Pixels<float> flow;

    REVERIE_HD void operator()(int x, int y) const {
        const Vec2 here{static_cast<float>(x), static_cast<float>(y)};
        Vec2 from = moved(motion.step, here);
        if (!inside(from)) {
            const Vec2 e = moved(motion.to_mirror, from);
            from =
                moved(motion.from_mirror, {mirrored(e.x, flow.width), mirrored(e.y, flow.height)});
            from = {mirrored(from.x, flow.width), mirrored(from.y, flow.height)};
        }
        flow.at(x, y, 0) = from.x - here.x;
        flow.at(x, y, 1) = from.y - here.y;
    }

    /// Whether p is between the outermost pixels' centres: beyond them, an interpolation reads
    /// pixels outside.
    REVERIE_HD bool inside(Vec2 p) const {
        return p.x >= 0 && p.x <= static_cast<float>(flow.width - 1) && p.y >= 0 &&
               p.y <= static_cast<float>(flow.height - 1);
    }
};

struct ScaleOffset {
    const float* src;
    float scale, offset;
    float* dst;

    REVERIE_HD void operator()(int64_t i) const { dst[i] = scale * src[i] + offset; }
};

}  // namespace reverie
