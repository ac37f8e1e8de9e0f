// Pictures with alpha. The network sees them composited over black; the dream is then added to
// their straight colours, and the alpha stays as it was.
//
// Colours are straight (not premultiplied): a half-transparent pixel stores its full colour. A
// fully transparent pixel may store anything (magenta, or what an editor has erased). That hidden
// colour must not become visible: players and encoders mix the colours of neighbours when they
// scale or subsample, whatever their alpha. So where there is a dream, a hidden pixel gets the mean
// colour of its visible neighbours, which leaves no fringe when it is mixed in; without visible
// neighbours it gets the dream over black. A picture on which nothing was dreamed stays equal to
// the source to the bit, including its hidden colours.
#pragma once

#include "kernels/ops_color.h"

namespace reverie {

/// Called with i, the index of a pixel in its plane.
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

/// Called with (x, y).
struct StraightDream {
    DreamOverBlack from;
    Pixels<float> dst;

    REVERIE_HD bool is_hidden(int x, int y) const { return from.alpha.at(x, y) < from.least; }
    /// Clamped to white: a filter that overshot may have made a colour larger than its alpha.
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
