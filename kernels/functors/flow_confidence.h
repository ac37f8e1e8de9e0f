// How far a backward flow can be trusted: 0 ... 1 for each pixel.
#pragma once

#include "kernels/functors/flow.h"
#include "kernels/functors/flow_refine.h"
#include "kernels/functors/warp.h"
#include "kernels/ops_flow.h"

namespace reverie {

/// The confidence at a level whose two directions are solved. It falls from 1 to 1/2 where
/// following the flow there and back ends sqrt(1/2) of a picture's pixel away from the start (for a
/// long flow: a tenth of its length), and where the luma found there differs by 14 levels (by more
/// on an edge, where a fraction of a pixel matters).
struct Confidence {
    FlowLevel level;
    Plane dst;
    float scale2;  ///< square of the size of this level's pixels

    REVERIE_HD void operator()(int x, int y) const {
        const Plane& to = level.to[0].luma;
        const int i = y * to.stride + x;
        const float u = level.field[0].u.origin[i];
        const float v = level.field[0].v.origin[i];
        const float px = static_cast<float>(x) + u;
        const float py = static_cast<float>(y) + v;
        const LinearGather gather(px, py, level.width, level.height, to.stride);

        const float fu = gather(level.field[1].u.origin);
        const float fv = gather(level.field[1].v.origin);
        const float loop = (u + fu) * (u + fu) + (v + fv) * (v + fv);
        const float length = (u * u + v * v) + (fu * fu + fv * fv);
        const float agree = falloff(loop * scale2 / (0.5f + 0.01f * scale2 * length));

        const float dx = level.from[0].dx.origin[i];
        const float dy = level.from[0].dy.origin[i];
        const Plane& light = level.field[0].light;
        const LinearGather around =
            from_coarser(light, static_cast<float>(x), static_cast<float>(y), 1.0f / kLightCell);
        const float difference =
            level.from[0].luma.origin[i] + around(light.origin) - gather(to.origin);
        const float alike =
            falloff(difference * difference / (200.0f + 2.0f * (dx * dx + dy * dy)));
        dst.origin[i] = agree * alike * visible(px, level.width) * visible(py, level.height);
    }

    /// 1 at 0, 1/2 at 1, soon 0.
    REVERIE_HD static float falloff(float squared) { return 1.0f / (1.0f + squared * squared); }
};

/// See FlowOps::compose_paths. In spans of pixels, like Carry.
struct ComposePaths {
    TrustedFlow newer, older;
    Pixels<float> flow, confidence;

    template <int L>
    REVERIE_HD void operator()(int /*block*/, int y, int span, int lane) const {
        together_or_alone<L>(*this, span * kSpan + lane, y, flow.width);
    }

    REVERIE_HD void alone(int x, int y) const {
        const int i = y * flow.width + x;
        const int64_t plane = flow.plane_size();
        const float dx = newer.flow.data[i];
        const float dy = newer.flow.data[plane + i];
        const LinearGather gather(static_cast<float>(x) + dx, static_cast<float>(y) + dy,
                                  flow.width, flow.height, flow.width);
        flow.data[i] = dx + gather(older.flow.data);
        flow.data[plane + i] = dy + gather(older.flow.data + plane);
        confidence.data[i] = newer.confidence.data[i] * gather(older.confidence.data);
    }

#ifndef __CUDACC__
    template <int L>
    bool together(int x0, int y) const {
        const int i = y * flow.width + x0;
        const int64_t plane = flow.plane_size();
        const float* dx = newer.flow.data + i;
        const float* dy = dx + plane;
        const SideBySide<L> from(x0, y, dx, dy, flow.width, flow.height, 1, 1);
        if (!from.found) return false;
        const int at = from.above * flow.width + from.left;
        const auto gathered = [&](const float* taps) {
            const auto line = [&](const float* two) {
                const Floats<L> left = load_lanes<L>(two);
                return left + from.tx * (load_lanes<L>(two + 1) - left);
            };
            const Floats<L> upper = line(taps + at);
            return upper + from.ty * (line(taps + at + flow.width) - upper);
        };
        store_lanes<L>(flow.data + i, load_lanes<L>(dx) + gathered(older.flow.data));
        store_lanes<L>(flow.data + plane + i,
                       load_lanes<L>(dy) + gathered(older.flow.data + plane));
        store_lanes<L>(confidence.data + i,
                       load_lanes<L>(newer.confidence.data + i) * gathered(older.confidence.data));
        return true;
    }
#endif
};

struct HeedDoubt {
    const float* confidence;
    float occlusion, doubt;  ///< 1 / stretch
    float* dst;

    REVERIE_HD void operator()(int64_t i) const {
        const float c = confidence[i];
        const float left = c > 0 ? c / (c + (1.0F - c) * doubt) : 0.0F;
        dst[i] = 1.0F - occlusion * (1.0F - left);
    }
};

struct MeanShare {
    const float* values;
    float share;
    REVERIE_HD float operator()(int64_t i) const { return share * values[i]; }
};

}  // namespace reverie
