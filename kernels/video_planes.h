// The memory layout and meaning of a video frame's samples: PixelFormat describes, VideoPlanes
// points. One description covers planar (yuv420p10), semi-planar (NV12, P010) and packed (RGB24,
// BGRA, YUYV) frames: each of the three components Y, U, V or R, G, B has a plane, a first sample
// and a step; so has alpha, where there is one. Samples are 8 bit, or 16 bit little endian.
#pragma once

#include <cstddef>

#include "kernels/hd.h"

namespace reverie {

/// What the three components mean. `rgb`: R, G, B themselves; else Y', Cb, Cr by that standard's
/// (non-constant) luma.
enum class ColorMatrix : uint8_t { rgb, bt601, bt709, bt2020, smpte240, fcc };

/// The location of a component's samples: sample x of a row is value offset + x·step of that row
/// of `plane`.
struct PlaneComponent {
    uint8_t plane = 0;
    uint8_t offset = 0;  ///< in samples
    uint8_t step = 1;    ///< in samples

    bool operator==(const PlaneComponent&) const = default;
};

/// Layout and meaning of a frame's samples. The default is yuv420p, 8 bit, limited range, BT.709.
struct PixelFormat {
    PlaneComponent component[3] = {{0, 0, 1}, {1, 0, 1}, {2, 0, 1}};  ///< Y U V, or R G B
    PlaneComponent alpha = {0, 0, 0};  ///< where has_alpha: at every pixel, 0 … 2^bits − 1
    uint8_t planes = 3;
    uint8_t sample_bytes = 1;    ///< 1 or 2
    uint8_t bits = 8;            ///< significant bits, 8 … 16
    uint8_t shift = 0;           ///< zero bits below them (6 in P010)
    uint8_t chroma_shift_x = 1;  ///< log2 of the luma pixels to one chroma sample, 0 … 2
    uint8_t chroma_shift_y = 1;
    bool gray = false;       ///< component 0 only
    bool has_alpha = false;  ///< colours are straight: alpha is not multiplied into them
    bool full_range = false;  ///< 0 … 2^bits − 1; else 16 … 235 and 16 … 240 times 2^(bits − 8)
    ColorMatrix matrix = ColorMatrix::bt709;

    bool operator==(const PixelFormat&) const = default;
    bool subsampled() const { return !gray && (chroma_shift_x != 0 || chroma_shift_y != 0); }
    /// Whether `plane` is a chroma plane (and so may be smaller than the picture). Packed frames
    /// have one plane.
    bool is_chroma_plane(int plane) const {
        return !gray && plane > 0 && planes > 1 && !(has_alpha && plane == alpha.plane);
    }
    /// Chroma samples in a row of a picture `width` pixels wide; a partial one counts.
    int cells_x(int width) const {
        return gray ? width : (width + (1 << chroma_shift_x) - 1) >> chroma_shift_x;
    }
    int cells_y(int height) const {
        return gray ? height : (height + (1 << chroma_shift_y) - 1) >> chroma_shift_y;
    }
    /// Rows of `plane` in a picture of `height` rows.
    int plane_height(int plane, int height) const {
        return is_chroma_plane(plane) ? cells_y(height) : height;
    }
    /// Bytes of one row of `plane`, without padding.
    size_t row_bytes(int plane, int width) const {
        size_t samples = 0;
        for (int c = 0; c < (gray ? 1 : 3); ++c) {
            if (component[c].plane != plane) continue;
            const int count = c > 0 ? cells_x(width) : width;
            samples = max_of(samples, static_cast<size_t>(count) * component[c].step);
        }
        if (has_alpha && alpha.plane == plane)
            samples = max_of(samples, static_cast<size_t>(width) * alpha.step);
        return samples * sample_bytes;
    }
};

/// A frame's planes in host or device memory. Never owns. Strides may be negative; those of 16-bit
/// frames are even.
struct VideoPlanes {
    uint8_t* data[4] = {};
    ptrdiff_t stride_bytes[4] = {};
    int width = 0;  ///< of the picture, in pixels
    int height = 0;
    PixelFormat format;
};

/// Planar formats, for frames that this program makes itself.
inline PixelFormat planar_yuv(int bits, int chroma_shift_x, int chroma_shift_y, ColorMatrix matrix,
                              bool full_range) {
    PixelFormat format;
    format.bits = static_cast<uint8_t>(bits);
    format.sample_bytes = bits > 8 ? 2 : 1;
    format.chroma_shift_x = static_cast<uint8_t>(chroma_shift_x);
    format.chroma_shift_y = static_cast<uint8_t>(chroma_shift_y);
    format.matrix = matrix;
    format.full_range = full_range;
    return format;
}

/// G, B, R in planes 0, 1, 2, full range.
inline PixelFormat planar_gbr(int bits) {
    PixelFormat format = planar_yuv(bits, 0, 0, ColorMatrix::rgb, true);
    format.component[0].plane = 2;
    format.component[1].plane = 0;
    format.component[2].plane = 1;
    return format;
}

/// R, G, B in one plane, `step` samples a pixel (3, or 4 with an unused last one), full range.
inline PixelFormat packed_rgb(int bits, int step) {
    PixelFormat format = planar_yuv(bits, 0, 0, ColorMatrix::rgb, true);
    format.planes = 1;
    for (int c = 0; c < 3; ++c)
        format.component[c] = {0, static_cast<uint8_t>(c), static_cast<uint8_t>(step)};
    return format;
}

/// R, G, B, alpha in one plane, full range.
inline PixelFormat packed_rgba(int bits) {
    PixelFormat format = packed_rgb(bits, 4);
    format.alpha = {0, 3, 4};
    format.has_alpha = true;
    return format;
}

/// The same format with its alpha ignored.
inline PixelFormat without_alpha(PixelFormat format) {
    if (!format.has_alpha) return format;
    format.has_alpha = false;
    format.alpha = {0, 0, 0};
    int planes = 1;
    for (int c = 0; c < (format.gray ? 1 : 3); ++c)
        planes = max_of<int>(planes, format.component[c].plane + 1);
    format.planes = static_cast<uint8_t>(planes);
    return format;
}

/// The alpha of a frame that has one, as a gray frame in the same memory.
inline VideoPlanes alpha_of(VideoPlanes planes) {
    PixelFormat& format = planes.format;
    for (PlaneComponent& component : format.component) component = format.alpha;
    format.gray = format.full_range = true;
    format.has_alpha = false;
    format.alpha = {0, 0, 0};
    return planes;
}

}  // namespace reverie
