#include "src/media/sources/orient.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace reverie {
namespace {

/// How one component of the source is traversed: sample (column, row) of the upright picture is
/// first[column·step_x + row·step_y].
template <class T>
struct Walk {
    const T* first;
    ptrdiff_t step_x, step_y;
};

/// Where one component of the upright picture goes.
template <class T>
struct Target {
    T* first;
    ptrdiff_t step_x, step_y;
};

template <class T>
void copy_component(Walk<T> walk, int shift, Target<T> to, int width, int height) {
    constexpr int kTile = 32;  // both sides stay in the cache when rows become columns
    for (int top = 0; top < height; top += kTile) {
        const int bottom = std::min(height, top + kTile);
        for (int left = 0; left < width; left += kTile) {
            const int right = std::min(width, left + kTile);
            for (int y = top; y < bottom; ++y) {
                const T* from = walk.first + y * walk.step_y;
                for (int x = left; x < right; ++x) {
                    to.first[y * to.step_y + x * to.step_x] =
                        static_cast<T>(from[x * walk.step_x] >> shift);
                }
            }
        }
    }
}

/// `c`: 3 is alpha.
const PlaneComponent& component_of(const PixelFormat& format, int c) {
    return c == 3 ? format.alpha : format.component[c];
}

template <class T>
void orient_samples(const VideoPlanes& src, Orientation o, const VideoPlanes& dst) {
    const PixelFormat& f = src.format;
    const bool expand = f.subsampled() && !dst.format.subsampled();
    for (int c = 0; c < (f.has_alpha ? 4 : 3); ++c) {
        if (f.gray && (c == 1 || c == 2)) continue;
        const bool chroma = c == 1 || c == 2;
        const PlaneComponent& from = component_of(f, c);
        const PlaneComponent& to = component_of(dst.format, c);
        const T* data = reinterpret_cast<const T*>(src.data[from.plane]) + from.offset;
        const ptrdiff_t stride = src.stride_bytes[from.plane] / static_cast<ptrdiff_t>(sizeof(T));
        T* out = reinterpret_cast<T*>(dst.data[to.plane]) + to.offset;
        const ptrdiff_t out_stride = dst.stride_bytes[to.plane] / static_cast<ptrdiff_t>(sizeof(T));
        if (expand && chroma) {
            for (int q = 0; q < dst.height; ++q) {
                for (int p = 0; p < dst.width; ++p) {
                    int x = o.transpose ? q : p;
                    int y = o.transpose ? p : q;
                    x = o.flip_x ? src.width - 1 - x : x;
                    y = o.flip_y ? src.height - 1 - y : y;
                    const T* row = data + (y >> f.chroma_shift_y) * stride;
                    out[q * out_stride + p] =
                        static_cast<T>(row[(x >> f.chroma_shift_x) * from.step] >> f.shift);
                }
            }
            continue;
        }
        const int width = chroma ? f.cells_x(src.width) : src.width;
        const int height = chroma ? f.cells_y(src.height) : src.height;
        const ptrdiff_t along_x = o.flip_x ? -from.step : from.step;
        const ptrdiff_t along_y = o.flip_y ? -stride : stride;
        Walk<T> walk{data, along_x, along_y};
        if (o.flip_x) walk.first += static_cast<ptrdiff_t>(width - 1) * from.step;
        if (o.flip_y) walk.first += (height - 1) * stride;
        if (o.transpose) std::swap(walk.step_x, walk.step_y);
        copy_component(walk, f.shift, Target<T>{out, to.step, out_stride},
                       o.transpose ? height : width, o.transpose ? width : height);
    }
}

}  // namespace

Orientation orientation_of(const int32_t matrix[9]) {
    // The matrix takes stored (x, y) to shown (a·x + c·y, b·x + d·y).
    const double a = matrix[0];
    const double b = matrix[1];
    const double c = matrix[3];
    const double d = matrix[4];
    Orientation o;
    o.transpose = std::abs(b) + std::abs(c) > std::abs(a) + std::abs(d);
    o.flip_x = o.transpose ? b < 0 : a < 0;
    o.flip_y = o.transpose ? c < 0 : d < 0;
    return o;
}

int rotation_of(const int32_t matrix[9]) {
    const Orientation o = orientation_of(matrix);
    if (o.transpose) return o.flip_x ? 270 : 90;
    return o.flip_x && o.flip_y ? 180 : 0;
}

Orientation orientation_of_exif(int exif) {
    switch (exif) {
        case 2:
            return {false, true, false};
        case 3:
            return {false, true, true};
        case 4:
            return {false, false, true};
        case 5:
            return {true, false, false};
        case 6:
            return {true, false, true};
        case 7:
            return {true, true, true};
        case 8:
            return {true, true, false};
        default:
            return {};
    }
}

PixelFormat oriented_format(const PixelFormat& format, int width, int height,
                            Orientation orientation) {
    if (orientation.upright()) return format;
    PixelFormat f = format.matrix == ColorMatrix::rgb && !format.gray
                        ? planar_gbr(format.bits)
                        : planar_yuv(format.bits, format.chroma_shift_x, format.chroma_shift_y,
                                     format.matrix, format.full_range);
    f.full_range = format.full_range;
    f.gray = format.gray;
    if (f.gray) {
        f.planes = 1;
        f.chroma_shift_x = f.chroma_shift_y = 0;
        f.component[1] = f.component[2] = f.component[0];
    }
    if (orientation.transpose) std::swap(f.chroma_shift_x, f.chroma_shift_y);
    const bool cut =
        width % (1 << format.chroma_shift_x) != 0 || height % (1 << format.chroma_shift_y) != 0;
    if (cut) f.chroma_shift_x = f.chroma_shift_y = 0;
    if (!format.has_alpha) return f;
    // Gray and alpha are interleaved: libav has no planar format for them.
    f.has_alpha = true;
    f.alpha = f.gray ? PlaneComponent{0, 1, 2} : PlaneComponent{3, 0, 1};
    f.planes = f.gray ? 1 : 4;
    if (f.gray)
        for (PlaneComponent& component : f.component) component.step = 2;
    return f;
}

void orient(const VideoPlanes& src, Orientation orientation, const VideoPlanes& dst) {
    if (src.format.sample_bytes == 1) {
        orient_samples<uint8_t>(src, orientation, dst);
    } else {
        orient_samples<uint16_t>(src, orientation, dst);
    }
}

}  // namespace reverie
