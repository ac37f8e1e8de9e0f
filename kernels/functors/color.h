// Y'CbCr (or stored R'G'B') samples to planar float RGB and back, one functor for each direction.
//
// RGB is the video's own R'G'B' (no transfer function is applied), 0 … 255 and not clipped: colours
// outside the gamut come back as they were. Chroma is upsampled by nearest neighbour and
// downsampled by the mean over the pixels that a sample covers; output values are rounded to
// nearest. So samples -> RGB -> samples is the identity bit for bit (proof: chroma is constant over
// each cell, so its mean is unchanged up to float rounding, which is below half a step at 16 bit
// and below).
#pragma once

#include "kernels/video_planes.h"
#include "kernels/view.h"

namespace reverie {

/// rgb = to_rgb · (samples − offset), samples = from_rgb · rgb + offset; row-major 3x3.
struct ColorTransform {
    float to_rgb[9];
    float from_rgb[9];
    float offset[3];
    float max_value;  ///< the largest sample
};

/// Luma weights of a matrix (ITU-R BT.601, BT.709, BT.2020; SMPTE 240M; FCC 1953).
struct LumaWeights {
    double red, blue;
};

inline LumaWeights luma_weights(ColorMatrix matrix) {
    switch (matrix) {
        case ColorMatrix::bt601:
            return {0.299, 0.114};
        case ColorMatrix::bt2020:
            return {0.2627, 0.0593};
        case ColorMatrix::smpte240:
            return {0.212, 0.087};
        case ColorMatrix::fcc:
            return {0.30, 0.11};
        default:
            return {0.2126, 0.0722};
    }
}

/// Computed in double, on the host. Gray formats have zeros for both chroma columns.
inline ColorTransform make_color_transform(const PixelFormat& format) {
    const double steps = 1 << (format.bits - 8);
    const double max_value = (1 << format.bits) - 1;
    const double luma_range = format.full_range ? max_value : 219 * steps;
    const double chroma_range = format.full_range ? max_value : 224 * steps;
    const double black = format.full_range ? 0 : 16 * steps;
    ColorTransform t{};
    t.max_value = static_cast<float>(max_value);
    if (format.matrix == ColorMatrix::rgb && !format.gray) {
        for (int c = 0; c < 3; ++c) {
            t.to_rgb[4 * c] = static_cast<float>(255 / luma_range);
            t.from_rgb[4 * c] = static_cast<float>(luma_range / 255);
            t.offset[c] = static_cast<float>(black);
        }
        return t;
    }
    const auto [red, blue] = luma_weights(format.matrix);
    const double green = 1 - red - blue;
    const double luma = 255 / luma_range;
    const double chroma = format.gray ? 0 : 255 / chroma_range;
    const double cr_to_red = 2 * (1 - red) * chroma;
    const double cb_to_blue = 2 * (1 - blue) * chroma;
    const double to_rgb[9] = {luma,
                              0,
                              cr_to_red,  //
                              luma,
                              -cb_to_blue * blue / green,
                              -cr_to_red * red / green,  //
                              luma,
                              cb_to_blue,
                              0};
    const double y = 1 / luma;
    const double cb = chroma_range / 255 / (2 * (1 - blue));
    const double cr = chroma_range / 255 / (2 * (1 - red));
    const double from_rgb[9] = {red * y,        green * y,   blue * y,         //
                                -red * cb,      -green * cb, (1 - blue) * cb,  //
                                (1 - red) * cr, -green * cr, -blue * cr};
    for (int i = 0; i < 9; ++i) {
        t.to_rgb[i] = static_cast<float>(to_rgb[i]);
        t.from_rgb[i] = static_cast<float>(from_rgb[i]);
    }
    t.offset[0] = static_cast<float>(black);
    t.offset[1] = t.offset[2] = static_cast<float>(128 * steps);
    return t;
}

/// One component's samples: sample x of row y is data[y·stride + x·step].
template <class T>
struct Samples {
    T* data = nullptr;
    ptrdiff_t stride = 0;
    int step = 1;

    REVERIE_HD T& at(ptrdiff_t x, ptrdiff_t y) const { return data[y * stride + x * step]; }
};

/// The three components of a frame and how their values are to be read. A gray frame's chroma is
/// its luma, times zero.
template <class T>
struct FrameSamples {
    Samples<T> component[3];
    ColorTransform transform;
    int chroma_shift_x;
    int chroma_shift_y;
    int value_shift;

    REVERIE_HD float value(int c, T sample) const {
        return static_cast<float>(sample >> value_shift) - transform.offset[c];
    }
    REVERIE_HD T sample(int c, float r, float g, float b) const {
        const float* m = transform.from_rgb + 3 * c;
        const float v = m[0] * r + m[1] * g + m[2] * b + (transform.offset[c] + 0.5F);
        return static_cast<T>(static_cast<int>(clamp_to(v, 0.0F, transform.max_value + 0.5F))
                              << value_shift);
    }
};

/// The layout that a fast functor is compiled for. A cell is the block of pixels that one chroma
/// sample covers.
template <int kCellWidth, int kCellHeight, int kLumaStep, int kChromaStep>
struct CellLayout {
    static constexpr int cell_width = kCellWidth;
    static constexpr int cell_height = kCellHeight;
    static constexpr int luma_step = kLumaStep;
    static constexpr int chroma_step = kChromaStep;
};

/// Samples to RGB for whole cells of a row: (cell, row of pixels).
template <class T, class Layout>
struct CellsToRgb {
    FrameSamples<const T> src;
    Pixels<float> dst;

    REVERIE_HD void operator()(int cell, int row) const {
        const ptrdiff_t chroma_row = row / Layout::cell_height;
        const ptrdiff_t chroma_x = static_cast<ptrdiff_t>(cell) * Layout::chroma_step;
        const Samples<const T>* s = src.component;
        const float cb = src.value(1, s[1].data[chroma_row * s[1].stride + chroma_x]);
        const float cr = src.value(2, s[2].data[chroma_row * s[2].stride + chroma_x]);
        const float* m = src.transform.to_rgb;
        const Vec3 chroma{m[1] * cb + m[2] * cr, m[4] * cb + m[5] * cr, m[7] * cb + m[8] * cr};
        const int64_t plane = dst.plane_size();
        for (int i = 0; i < Layout::cell_width; ++i) {
            const int x = cell * Layout::cell_width + i;
            const float y = src.value(
                0, s[0].data[row * s[0].stride + static_cast<ptrdiff_t>(x) * Layout::luma_step]);
            float* out = dst.data + static_cast<int64_t>(row) * dst.width + x;
            out[0] = m[0] * y + chroma.x;
            out[plane] = m[3] * y + chroma.y;
            out[2 * plane] = m[6] * y + chroma.z;
        }
    }
};

/// The same for any layout, pixel by pixel: (x − first_x, y).
template <class T>
struct PixelToRgb {
    FrameSamples<const T> src;
    Pixels<float> dst;
    int first_x;

    REVERIE_HD void operator()(int column, int y) const {
        const int x = first_x + column;
        const int cx = x >> src.chroma_shift_x;
        const int cy = y >> src.chroma_shift_y;
        const float luma = src.value(0, src.component[0].at(x, y));
        const float cb = src.value(1, src.component[1].at(cx, cy));
        const float cr = src.value(2, src.component[2].at(cx, cy));
        const float* m = src.transform.to_rgb;
        for (int c = 0; c < 3; ++c) {
            dst.at(x, y, c) = m[3 * c] * luma + (m[3 * c + 1] * cb + m[3 * c + 2] * cr);
        }
    }
};

/// RGB to samples for whole cells: (cell, row of cells).
template <class T, class Layout>
struct RgbToCells {
    Pixels<const float> src;
    FrameSamples<T> dst;

    REVERIE_HD void operator()(int cell, int cell_row) const {
        const Samples<T>* s = dst.component;
        const int64_t plane = src.plane_size();
        Vec3 sum;
        for (int j = 0; j < Layout::cell_height; ++j) {
            const int y = cell_row * Layout::cell_height + j;
            for (int i = 0; i < Layout::cell_width; ++i) {
                const int x = cell * Layout::cell_width + i;
                const float* in = src.data + static_cast<int64_t>(y) * src.width + x;
                const Vec3 rgb{in[0], in[plane], in[2 * plane]};
                s[0].data[y * s[0].stride + static_cast<ptrdiff_t>(x) * Layout::luma_step] =
                    dst.sample(0, rgb.x, rgb.y, rgb.z);
                sum = sum + rgb;
            }
        }
        const Vec3 mean = (1.0F / (Layout::cell_width * Layout::cell_height)) * sum;
        const ptrdiff_t x = static_cast<ptrdiff_t>(cell) * Layout::chroma_step;
        s[1].data[cell_row * s[1].stride + x] = dst.sample(1, mean.x, mean.y, mean.z);
        s[2].data[cell_row * s[2].stride + x] = dst.sample(2, mean.x, mean.y, mean.z);
    }
};

/// The same for any layout and for the cells that the picture's edge cuts: (cell − first_cell, row
/// − first_row). The mean is over the pixels inside the picture.
template <class T>
struct RgbToCell {
    Pixels<const float> src;
    FrameSamples<T> dst;
    int first_cell;
    int first_row;
    bool gray;

    REVERIE_HD void operator()(int column, int row) const {
        const int cell_x = first_cell + column;
        const int cell_y = first_row + row;
        const int right = min_of(src.width, (cell_x + 1) << dst.chroma_shift_x);
        const int bottom = min_of(src.height, (cell_y + 1) << dst.chroma_shift_y);
        Vec3 sum;
        int count = 0;
        for (int y = cell_y << dst.chroma_shift_y; y < bottom; ++y) {
            for (int x = cell_x << dst.chroma_shift_x; x < right; ++x) {
                const Vec3 rgb{src.at(x, y, 0), src.at(x, y, 1), src.at(x, y, 2)};
                dst.component[0].at(x, y) = dst.sample(0, rgb.x, rgb.y, rgb.z);
                sum = sum + rgb;
                ++count;
            }
        }
        if (gray) return;
        const Vec3 mean = (1.0F / static_cast<float>(count)) * sum;
        dst.component[1].at(cell_x, cell_y) = dst.sample(1, mean.x, mean.y, mean.z);
        dst.component[2].at(cell_x, cell_y) = dst.sample(2, mean.x, mean.y, mean.z);
    }
};

/// Sets all bits of each pixel's fourth sample (alpha, or unused).
template <class T>
struct FillSamples {
    Samples<T> dst;

    REVERIE_HD void operator()(int x, int y) const { dst.at(x, y) = static_cast<T>(-1); }
};

/// For little-endian machines: byte 0 is blue.
struct PackBgra {
    Pixels<const float> rgb;
    uint32_t* bgra;

    /// Written so that NaN gives 0.
    REVERIE_HD static uint32_t byte_of(float v) {
        const float lit = v > 0 ? v : 0.0F;
        const float lifted = (lit < 255.0F ? lit : 255.0F) + 0.5F;
        return static_cast<uint32_t>(static_cast<int32_t>(lifted));
    }

    REVERIE_HD void operator()(int64_t i) const {
        const int64_t plane = rgb.plane_size();
        bgra[i] = byte_of(rgb.data[2 * plane + i]) | byte_of(rgb.data[plane + i]) << 8U |
                  byte_of(rgb.data[i]) << 16U | 0xFF000000U;
    }
};

}  // namespace reverie
