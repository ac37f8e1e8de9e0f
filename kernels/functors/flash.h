// A picture's luminance by cell, and two pictures mixed cell by cell, for the flash limiter.
#pragma once

#include "kernels/view.h"

namespace reverie {

/// Relative luminance of an encoded value 0 … 1, as sRGB decodes it (IEC 61966-2-1) to within
/// 0.005, by a cubic through both ends: pow() per pixel would be slow.
REVERIE_HD float linear_of(float encoded) {
    const float v = clamp_to(encoded, 0.0F, 1.0F);
    return v * (v * (v * 0.305306011F + 0.682171111F) + 0.012522878F);
}

/// The first of the pixels of cell `cell` of `cells` over `size` pixels; that of the next cell is
/// its end.
REVERIE_HD int cell_begin(int cell, int cells, int size) {
    return static_cast<int>(static_cast<int64_t>(cell) * size / cells);
}

/// rows(x, cell row) = mean relative luminance over the cell's rows; `rgb` holds 0 … 255.
struct LuminanceRows {
    Pixels<const float> rgb;
    Pixels<float> rows;

    REVERIE_HD void operator()(int x, int cell) const {
        const int begin = cell_begin(cell, rows.height, rgb.height);
        const int end = cell_begin(cell + 1, rows.height, rgb.height);
        const int64_t plane = rgb.plane_size();
        float sum = 0;
        for (int y = begin; y < end; ++y) {
            const float* in = rgb.data + static_cast<int64_t>(y) * rgb.width + x;
            sum += 0.2126F * linear_of(in[0] / 255) + 0.7152F * linear_of(in[plane] / 255) +
                   0.0722F * linear_of(in[2 * plane] / 255);
        }
        rows.at(x, cell) = sum / static_cast<float>(end - begin);
    }
};

/// dst(cell, row) = mean over the cell's columns.
struct MeanColumns {
    Pixels<const float> src;
    Pixels<float> dst;

    REVERIE_HD void operator()(int cell, int row) const {
        const int begin = cell_begin(cell, dst.width, src.width);
        const int end = cell_begin(cell + 1, dst.width, src.width);
        float sum = 0;
        for (int x = begin; x < end; ++x) sum += src.at(x, row);
        dst.at(cell, row) = sum / static_cast<float>(end - begin);
    }
};

/// dst = from + weight · (to − from), the weights bilinear between the centres of their cells.
struct BlendCells {
    Pixels<const float> from, to, weights;
    Pixels<float> dst;

    REVERIE_HD void operator()(int x, int y) const {
        const float u = (static_cast<float>(x) + 0.5F) * static_cast<float>(weights.width) /
                            static_cast<float>(dst.width) -
                        0.5F;
        const float v = (static_cast<float>(y) + 0.5F) * static_cast<float>(weights.height) /
                            static_cast<float>(dst.height) -
                        0.5F;
        const int left = floor_int(u), top = floor_int(v);
        const float s = u - static_cast<float>(left), t = v - static_cast<float>(top);
        const float above =
            lerp(weights.at_clamped(left, top), weights.at_clamped(left + 1, top), s);
        const float below =
            lerp(weights.at_clamped(left, top + 1), weights.at_clamped(left + 1, top + 1), s);
        const float weight = lerp(above, below, t);
        const int64_t plane = dst.plane_size();
        const int64_t at = static_cast<int64_t>(y) * dst.width + x;
        for (int c = 0; c < 3; ++c) {
            const int64_t i = c * plane + at;
            dst.data[i] = lerp(from.data[i], to.data[i], weight);
        }
    }
};

}  // namespace reverie
