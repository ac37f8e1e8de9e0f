// Pictures with transparent parts. A network sees them over black; what it dreams is laid on their
// own colours, beside which the alpha stays as it was.
//
// Colours are straight: of a pixel that is half seen, all of its colour is stored. What a wholly
// transparent pixel stores is hidden (magenta, or what an editor has erased), and must not come into
// sight: players and encoders mix colours of neighbours when they scale or subsample, whatever their
// alpha. So where there is a dream, a hidden pixel gets the colour of the visible ones around it,
// which makes no fringe when it is mixed in, and farther away the dream over black. A picture that
// nothing was dreamed on stays the source's own to the bit, hidden colours and all.
#pragma once

#include "kernels/ops_color.h"

namespace reverie {

/// (element of a channel)
struct LayOverBlack {
    Pixels<const float> rgb;
    const float* alpha;
    Pixels<float> dst;

    REVERIE_HD void operator()(int64_t i) const {
        const float share = clamp_to(alpha[i] / 255, 0.0F, 1.0F);
        for (int c = 0; c < 3; ++c) {
            const int64_t at = c * rgb.plane_size() + i;
            dst.data[at] = share * rgb.data[at];
        }
    }
};

/// (x, y)
struct StraightDream {
    DreamOverBlack from;
    Pixels<float> dst;

    REVERIE_HD bool is_hidden(int x, int y) const { return from.alpha.at(x, y) < from.least; }
    /// Where a filter has overshot, no colour is brighter than white.
    REVERIE_HD float own_color(int x, int y, int c) const {
        if (from.color.data != nullptr) return from.color.at(x, y, c);
        if (is_hidden(x, y)) return 0;
        return clamp_to(from.seen.at(x, y, c) * 255 / from.alpha.at(x, y), 0.0F, 255.0F);
    }
    REVERIE_HD float dreamed_color(int x, int y, int c) const {
        return own_color(x, y, c) + (from.dream.at(x, y, c) - from.seen.at(x, y, c));
    }

    REVERIE_HD void operator()(int x, int y) const {
        const bool hidden = is_hidden(x, y);
        const bool dreamed = *from.touched > 0;
        float weight = 0;
        Vec3 around;
        for (int v = max_of(y - 1, 0); hidden && dreamed && v <= min_of(y + 1, dst.height - 1);
             ++v) {
            for (int u = max_of(x - 1, 0); u <= min_of(x + 1, dst.width - 1); ++u) {
                if (is_hidden(u, v)) continue;
                const float alpha = from.alpha.at(u, v);
                around = around + alpha * Vec3{dreamed_color(u, v, 0), dreamed_color(u, v, 1),
                                               dreamed_color(u, v, 2)};
                weight += alpha;
            }
        }
        const float mean[3] = {around.x, around.y, around.z};
        for (int c = 0; c < 3; ++c) {
            if (!hidden) {
                dst.at(x, y, c) = dreamed_color(x, y, c);
            } else if (!dreamed) {
                dst.at(x, y, c) = own_color(x, y, c);
            } else {
                dst.at(x, y, c) = weight > 0 ? mean[c] / weight : from.dream.at(x, y, c);
            }
        }
    }
};

}  // namespace reverie
