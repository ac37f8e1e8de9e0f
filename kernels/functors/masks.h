// Functors of masks: one channel, 0 … 1; see ops_masks.h.
#pragma once

#include "kernels/functors/warp.h"
#include "kernels/ops_masks.h"
#include "kernels/view.h"

#ifndef __CUDACC__
#include <cmath>
#endif

namespace reverie {

/// 3t² − 2t³ of t = (v − low) / (high − low), clamped.
REVERIE_HD float smooth_step(float v, float low, float high) {
    const float t = clamp_to((v - low) / (high - low), 0.0f, 1.0f);
    return t * t * (3.0f - 2.0f * t);
}

struct StepMask {
    const float* src;
    float low, high;
    const float* origin;
    float* mask;

    REVERIE_HD void operator()(int64_t i) const {
        const float from = origin != nullptr ? *origin : 0.0f;
        mask[i] = smooth_step(src[i] - from, low, high);
    }
};

struct FlowSpeed {
    const float* flow;
    int64_t plane;
    float scale;
    float* speed;

    REVERIE_HD void operator()(int64_t i) const {
        const float dx = flow[i], dy = flow[i + plane];
        speed[i] = scale * sqrtf(dx * dx + dy * dy);
    }
};

struct UpsampleMask {
    Pixels<const float> cells, colours, rgb;
    float across, down;  ///< the cells' size over the picture's
    float per_square;    ///< 1 / alike²
    Pixels<float> mask;

    REVERIE_HD void operator()(int x, int y) const {
        const float cx = (static_cast<float>(x) + 0.5f) * across - 0.5f;
        const float cy = (static_cast<float>(y) + 0.5f) * down - 0.5f;
        const int nearest_x = floor_int(cx + 0.5f), nearest_y = floor_int(cy + 0.5f);
        const float red = rgb.at(x, y, 0), green = rgb.at(x, y, 1), blue = rgb.at(x, y, 2);
        // Cells are few: 32 bits count them, and a vector holds twice as many such numbers.
        const int columns = cells.width, rows = cells.height, plane = columns * rows;
        float sum = 0, weights = 0;
        for (int j = -1; j <= 1; ++j) {
            const int row = clamp_to(nearest_y + j, 0, rows - 1) * columns;
            const float near_y = tent(static_cast<float>(nearest_y + j) - cy);
            for (int i = -1; i <= 1; ++i) {
                const int cell = row + clamp_to(nearest_x + i, 0, columns - 1);
                const float near_x = tent(static_cast<float>(nearest_x + i) - cx);
                const float r = red - colours.data[cell];
                const float g = green - colours.data[cell + plane];
                const float b = blue - colours.data[cell + 2 * plane];
                const float far = 1.0f + (r * r + g * g + b * b) * per_square;
                const float weight = near_x * near_y / (far * far);
                sum += weight * cells.data[cell];
                weights += weight;
            }
        }
        mask.at(x, y) = sum / weights;
    }

    /// Falls to 0 at a distance of two cells: never 0 for all nine.
    static REVERIE_HD float tent(float distance) { return 2.0f - fabsf(distance); }
};

struct FollowMask {
    Pixels<const float> now, before;
    const float* flow;  ///< or null
    MaskInertia inertia;
    Pixels<float> dst;

    REVERIE_HD void operator()(int x, int y) const {
        const int64_t at = static_cast<int64_t>(y) * dst.width + x;
        float was = before.data[at];
        if (flow != nullptr) {
            const LinearGather gather(static_cast<float>(x) + flow[at],
                                      static_cast<float>(y) + flow[at + dst.plane_size()],
                                      dst.width, dst.height, dst.width);
            was = gather(before.data);
        }
        const float is = now.data[at];
        dst.data[at] = is + (is > was ? inertia.rising : inertia.falling) * (was - is);
    }
};

struct InvertMask {
    const float* src;
    float* dst;
    REVERIE_HD void operator()(int64_t i) const { dst[i] = 1.0f - src[i]; }
};

struct AddMasks {
    MaskSum sum;
    float* dst;

    REVERIE_HD void operator()(int64_t i) const {
        float v = sum.unmasked;
        for (int k = 0; k < sum.count; ++k) v += sum.weight[k] * sum.mask[k].data[i];
        dst[i] = min_of(1.0f, v);
    }
};

struct ApplyMask {
    const float* src;
    const float* mask;
    int64_t plane;
    float* dst;

    REVERIE_HD void operator()(int64_t i) const {
        for (int c = 0; c < 3; ++c) dst[i + c * plane] = src[i + c * plane] * mask[i];
    }
};

/// Masks a pixel of the gradient and returns its share of Σ |v|.
struct MaskGradient {
    const float* mask;
    const float* covered;
    int64_t plane;
    float* gradient;

    REVERIE_HD float operator()(int64_t i) const {
        float sum = 0;
        for (int c = 0; c < 3; ++c) {
            float& v = gradient[i + c * plane];
            v *= mask[i];
            sum += fabsf(v);
        }
        return *covered > 0 ? sum * (static_cast<float>(plane) / *covered) : 0.0f;
    }
};

}  // namespace reverie
