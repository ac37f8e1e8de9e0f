// Functors of gradient ascent. Pictures are planar; those templated on L work on L neighbouring
// pixels of a row (lanes.h), a span of kSpan pixels at a time, and fall back to single pixels
// where a span would leave the picture.
#pragma once

#include "kernels/functors/lanes.h"
#include "kernels/functors/spans.h"
#include "kernels/ops_ascent.h"
#include "kernels/view.h"

#ifndef __CUDACC__
#include <cmath>
#endif

namespace reverie {

REVERIE_HD float luminance(float r, float g, float b) {
    return 0.2126F * r + 0.7152F * g + 0.0722F * b;
}

struct AbsoluteValue {
    const float* data;
    REVERIE_HD float operator()(int64_t i) const { return fabsf(data[i]); }
};

struct SquareValue {
    const float* data;
    REVERIE_HD float operator()(int64_t i) const { return data[i] * data[i]; }
};

/// One axis of a Gaussian blur.
template <bool kVertical>
struct Blur {
    Pixels<const float> src;
    Pixels<float> dst;
    const BlurKernel* kernel;  ///< device memory

    template <int L>
    REVERIE_HD void operator()(int c, int y, int span, int lane) const {
        const int radius = kernel->radius;
        const float* weights = kernel->weight;
        const int x0 = span * kSpan + lane;
        const int reach = kVertical ? 0 : radius;
        if (x0 - reach >= 0 && x0 + L + reach <= src.width) {
            const float* before = &src.at(x0, y, c);
            const float* after = before;
            Floats<L> sum = weights[0] * load_lanes<L>(before);
            for (int k = 1; k <= radius; ++k) {
                if (!kVertical || y - k >= 0) before -= kVertical ? src.width : 1;
                if (!kVertical || y + k < src.height) after += kVertical ? src.width : 1;
                sum = sum + weights[k] * (load_lanes<L>(before) + load_lanes<L>(after));
            }
            store_lanes<L>(&dst.at(x0, y, c), sum);
            return;
        }
        for (int x = x0; x < min_of(x0 + L, src.width); ++x) {
            float sum = weights[0] * src.at(x, y, c);
            for (int k = 1; k <= radius; ++k) {
                sum += weights[k] *
                       (kVertical ? src.at_clamped(x, y - k, c) + src.at_clamped(x, y + k, c)
                                  : src.at_clamped(x - k, y, c) + src.at_clamped(x + k, y, c));
            }
            dst.at(x, y, c) = sum;
        }
    }
};

/// Writes a pixel of the mix and returns its Σ |v|.
template <int kParts>
struct MixGradient {
    const float* parts[kParts];
    const float* sums;
    float count;               ///< number of values in a part
    const StepValues* values;  ///< device memory
    int64_t plane;
    float* dst;

    REVERIE_HD float operator()(int64_t i) const {
        float v[3] = {0, 0, 0};
        REVERIE_UNROLL
        for (int k = 0; k < kParts; ++k) {
            float scale = 1;
            if (sums != nullptr) scale = sums[k] > 0 ? count / sums[k] : 0.0F;
            REVERIE_UNROLL
            for (int c = 0; c < 3; ++c) v[c] += scale * parts[k][i + c * plane];
        }
        const float luma = luminance(v[0], v[1], v[2]);
        float sum = 0;
        REVERIE_UNROLL
        for (int c = 0; c < 3; ++c) {
            const float mixed = luma + values->chroma * (v[c] - luma);
            dst[i + c * plane] = mixed;
            sum += fabsf(mixed);
        }
        return sum;
    }
};

struct PyramidDown {
    Pixels<const float> src;
    Pixels<float> dst;

    REVERIE_HD void operator()(int x, int y) const {
        const float binomial[3] = {6.0F / 16, 4.0F / 16, 1.0F / 16};
        for (int c = 0; c < dst.channels; ++c) {
            float sum = 0;
            for (int j = -2; j <= 2; ++j) {
                float row = 0;
                for (int i = -2; i <= 2; ++i) {
                    row += binomial[i < 0 ? -i : i] * src.at_clamped(2 * x + i, 2 * y + j, c);
                }
                sum += binomial[j < 0 ? -j : j] * row;
            }
            dst.at(x, y, c) = sum;
        }
    }
};

/// `coarse` at pixel (x, y) of a picture twice its size; coarse pixel i stands on fine pixel 2·i.
REVERIE_HD float doubled(const Pixels<const float>& coarse, int x, int y, int c) {
    const int x0 = x / 2, y0 = y / 2;
    const int x1 = min_of(x0 + x % 2, coarse.width - 1), y1 = min_of(y0 + y % 2, coarse.height - 1);
    return 0.25F * (coarse.at(x0, y0, c) + coarse.at(x1, y0, c) + coarse.at(x0, y1, c) +
                    coarse.at(x1, y1, c));
}

struct LaplacianLevel {
    Pixels<const float> src, coarse;
    Pixels<float> level;

    REVERIE_HD void operator()(int x, int y) const {
        for (int c = 0; c < level.channels; ++c)
            level.at(x, y, c) = src.at(x, y, c) - doubled(coarse, x, y, c);
    }
};

struct RestoreLevel {
    Pixels<const float> coarse, level;
    const float* squares;
    Pixels<float> dst;

    REVERIE_HD void operator()(int x, int y) const {
        const float scale =
            *squares > 0 ? sqrtf(static_cast<float>(level.size()) / *squares) : 0.0F;
        for (int c = 0; c < dst.channels; ++c) {
            dst.at(x, y, c) = doubled(coarse, x, y, c) + scale * level.at(x, y, c);
        }
    }
};

struct DivideByRms {
    const float* squares;
    float count;
    float* data;

    REVERIE_HD void operator()(int64_t i) const {
        data[i] *= *squares > 0 ? sqrtf(count / *squares) : 0.0F;
    }
};

/// v clamped to the range 0 … 255, which is widened to include `base`.
REVERIE_HD float displayable(float v, float base) {
    return clamp_to(v, min_of(0.0F, base), max_of(255.0F, base));
}

struct Ascend {
    const float* gradient;
    const float* sum;
    const StepValues* values;  ///< device memory
    float count;               ///< number of values in the gradient
    const float* base;
    float* x;

    REVERIE_HD void operator()(int64_t i) const {
        const float scale = *sum > 0 ? values->step * count / *sum : 0.0F;
        x[i] = displayable(x[i] + scale * gradient[i], base[i]);
    }
};

struct AddScaled {
    const float* a;
    float factor;
    const float* b;
    float* dst;

    REVERIE_HD void operator()(int64_t i) const { dst[i] = a[i] + factor * b[i]; }
};

struct Show {
    const float* frame;
    const float* residual;
    float strength;
    float* dst;

    REVERIE_HD void operator()(int64_t i) const {
        dst[i] = displayable(frame[i] + strength * residual[i], frame[i]);
    }
};

struct PlaceTile {
    Pixels<const float> tile;
    int margin;
    int origin_x, origin_y;
    Pixels<float> dst;

    REVERIE_HD void operator()(int x, int y) const {
        const int to_x = wrap(x + margin + origin_x, dst.width),
                  to_y = wrap(y + margin + origin_y, dst.height);
        for (int c = 0; c < dst.channels; ++c)
            dst.at(to_x, to_y, c) = tile.at(x + margin, y + margin, c);
    }
};

struct Mirror {
    Pixels<const float> src;
    int margin;
    Pixels<float> dst;

    REVERIE_HD void operator()(int x, int y) const {
        const int from_x = mirrored(x - margin, src.width),
                  from_y = mirrored(y - margin, src.height);
        for (int c = 0; c < dst.channels; ++c) dst.at(x, y, c) = src.at(from_x, from_y, c);
    }
};

struct LumaValue {
    Pixels<const float> rgb;

    REVERIE_HD float at(int64_t i) const {
        const int64_t plane = rgb.plane_size();
        return luminance(rgb.data[i], rgb.data[i + plane], rgb.data[i + 2 * plane]);
    }
    REVERIE_HD float operator()(int64_t i) const { return at(i); }
};

struct ContrastValue {
    LumaValue luma;
    const float* sum;
    float count;

    REVERIE_HD float operator()(int64_t i) const { return fabsf(luma.at(i) - *sum / count); }
};

struct SaturationValue {
    LumaValue luma;

    REVERIE_HD float operator()(int64_t i) const {
        const int64_t plane = luma.rgb.plane_size();
        const float* v = luma.rgb.data + i;
        const float y = luma.at(i);
        return (fabsf(v[0] - y) + fabsf(v[plane] - y) + fabsf(v[2 * plane] - y)) / 3;
    }
};

struct GrainValue {
    LumaValue luma;

    REVERIE_HD float operator()(int64_t i) const {
        const int w = luma.rgb.width, h = luma.rgb.height;
        const int x = static_cast<int>(i % w), y = static_cast<int>(i / w);
        const int64_t row = static_cast<int64_t>(w);
        const float around = luma.at(i - (x > 0 ? 1 : 0)) + luma.at(i + (x + 1 < w ? 1 : 0)) +
                             luma.at(i - (y > 0 ? row : 0)) + luma.at(i + (y + 1 < h ? row : 0));
        return fabsf(luma.at(i) - around / 4);
    }
};

struct Balance {
    Pixels<const float> src;
    float luma_now, luma_target, contrast, saturation;
    Pixels<float> dst;

    REVERIE_HD void operator()(int64_t i) const {
        const int64_t plane = src.plane_size();
        const float y = LumaValue{src}.at(i);
        const float balanced = luma_target + contrast * (y - luma_now);
        for (int c = 0; c < 3; ++c) {
            const int64_t at = i + c * plane;
            dst.data[at] = clamp_to(balanced + saturation * (src.data[at] - y), 0.0F, 255.0F);
        }
    }
};

}  // namespace reverie
