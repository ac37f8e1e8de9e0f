// Conversion between the planes of a video and RGB, and pictures with transparent parts.
#pragma once

#include "kernels/device.h"
#include "kernels/video_planes.h"

namespace reverie {

/// A dream on a picture with transparent parts (alpha.h). All of one size, in device memory.
struct DreamOverBlack {
    Pixels<const float> dream;       ///< the dream of `seen`; 3 channels
    Pixels<const float> seen;        ///< the picture over black; 3 channels
    Pixels<const float> color;       ///< its straight colours; no data: `seen` divided by alpha
    Pixels<const float> alpha;       ///< 0 … 255, the first channel
    const float* touched = nullptr;  ///< how much `dream` differs from `seen`; 0: nowhere
    float least = 0;                 ///< an alpha below it is none
};

class ColorOps {
  public:
    virtual ~ColorOps() = default;
    /// dst (3 planes R, G, B, 0 … 255, not clipped) = src, whose planes are device memory and whose
    /// size is dst's. Each pixel takes the chroma sample that covers it (nearest). Alpha is
    /// ignored; gray gives R = G = B. Throws Error where sizes differ or the format is out of
    /// range.
    virtual void yuv_to_rgb(Stream& stream, const VideoPlanes& src, Pixels<float> dst) = 0;
    /// dst's planes = src, rounded to nearest and clamped to dst's bits; chroma is the mean over
    /// the pixels that a sample covers. Inverts yuv_to_rgb bit for bit if dst has the source's
    /// format; values other than the three components (alpha) become all ones.
    virtual void rgb_to_yuv(Stream& stream, Pixels<const float> src, const VideoPlanes& dst) = 0;
    /// bgra (device memory, a value a pixel) = the bytes B, G, R, 255 of a planar picture (R, G, B,
    /// 0 … 255), rounded to nearest and clipped; NaN is black.
    virtual void pack_bgra(Stream& stream, Pixels<const float> rgb, uint32_t* bgra) = 0;
    /// dst = rgb · alpha: a picture as it is seen over black, 3 channels. Throws Error where sizes
    /// differ.
    virtual void lay_over_black(Stream& stream, Pixels<const float> rgb, Pixels<const float> alpha,
                                Pixels<float> dst) = 0;
    /// dst (3 channels) = the dream's straight colours, to be stored with the alpha. Throws Error
    /// where sizes differ.
    virtual void straight_dream(Stream& stream, const DreamOverBlack& dream, Pixels<float> dst) = 0;
};

/// All of ColorOps, for code that is generated for every op (ops.h).
#define REVERIE_COLOR_OPS(op) \
    op(yuv_to_rgb) op(rgb_to_yuv) op(pack_bgra) op(lay_over_black) op(straight_dream)

}  // namespace reverie
