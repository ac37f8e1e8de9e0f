// ColorOps on one backend: picks the functor that was compiled for the frame's layout, or the
// general one.
#pragma once

#include "kernels/functors/alpha.h"
#include "kernels/functors/color.h"
#include "kernels/ops_color.h"
#include "src/util/error.h"

namespace reverie {

template <class Exec>
class ColorOn : public ColorOps {
  public:
    void yuv_to_rgb(Stream& stream, const VideoPlanes& src, Pixels<float> dst) override {
        check(src, dst.width, dst.height, dst.channels);
        if (src.format.sample_bytes == 1) {
            to_rgb(Exec(stream), samples_of<const uint8_t>(src), src.format, dst);
        } else {
            to_rgb(Exec(stream), samples_of<const uint16_t>(src), src.format, dst);
        }
    }

    void rgb_to_yuv(Stream& stream, Pixels<const float> src, const VideoPlanes& dst) override {
        check(dst, src.width, src.height, src.channels);
        if (dst.format.sample_bytes == 1) {
            from_rgb(Exec(stream), src, samples_of<uint8_t>(dst), dst.format);
        } else {
            from_rgb(Exec(stream), src, samples_of<uint16_t>(dst), dst.format);
        }
    }

    void pack_bgra(Stream& stream, Pixels<const float> rgb, uint32_t* bgra) override {
        require(rgb.channels == 3, "only a picture of three channels has colours to pack");
        Exec(stream).each_element("pack_bgra", rgb.plane_size(), PackBgra{rgb, bgra});
    }

    void lay_over_black(Stream& stream, Pixels<const float> rgb, Pixels<const float> alpha,
                        Pixels<float> dst) override {
        require(
            rgb.channels == 3 && dst.channels == 3 && same_size(rgb, alpha) && same_size(rgb, dst),
            "a picture and its alpha differ in size");
        Exec(stream).each_element("lay_over_black", rgb.plane_size(),
                                  LayOverBlack{rgb, alpha.data, dst});
    }

    void straight_dream(Stream& stream, const DreamOverBlack& dream, Pixels<float> dst) override {
        const bool color = dream.color.data == nullptr || same_size(dream.color, dst);
        require(dst.channels == 3 && same_size(dream.dream, dst) && same_size(dream.seen, dst) &&
                    same_size(dream.alpha, dst) && color,
                "a dream and the picture that it is of differ in size");
        Exec(stream).each_pixel("straight_dream", dst.width, dst.height, StraightDream{dream, dst});
    }

  private:
    using Planar444 = CellLayout<1, 1, 1, 1>;
    using Planar440 = CellLayout<1, 2, 1, 1>;
    using Planar422 = CellLayout<2, 1, 1, 1>;
    using Planar420 = CellLayout<2, 2, 1, 1>;
    using SemiPlanar420 = CellLayout<2, 2, 1, 2>;
    using Packed3 = CellLayout<1, 1, 3, 3>;
    using Packed4 = CellLayout<1, 1, 4, 4>;
    using Packed422 = CellLayout<2, 1, 2, 4>;

    static void check(const VideoPlanes& planes, int width, int height, int channels) {
        const PixelFormat& f = planes.format;
        require(planes.width == width && planes.height == height && channels == 3,
                "a frame and the picture that it is converted to or from differ in size");
        const int stored = f.bits + f.shift;
        require(f.bits >= 8 && stored <= 8 * f.sample_bytes && f.sample_bytes <= 2 &&
                    f.chroma_shift_x <= 2 && f.chroma_shift_y <= 2,
                "a frame's pixel format cannot be converted");
    }

    template <class T>
    static FrameSamples<T> samples_of(const VideoPlanes& planes) {
        const PixelFormat& f = planes.format;
        FrameSamples<T> samples{};
        for (int c = 0; c < 3; ++c) {
            const PlaneComponent& from = f.component[f.gray ? 0 : c];
            samples.component[c] = {reinterpret_cast<T*>(planes.data[from.plane]) + from.offset,
                                    planes.stride_bytes[from.plane] / f.sample_bytes, from.step};
        }
        samples.transform = make_color_transform(f);
        samples.chroma_shift_x = f.gray ? 0 : f.chroma_shift_x;
        samples.chroma_shift_y = f.gray ? 0 : f.chroma_shift_y;
        samples.value_shift = f.shift;
        return samples;
    }

    template <class Layout>
    static bool is(const PixelFormat& f) {
        const bool steps = f.component[0].step == Layout::luma_step &&
                           f.component[1].step == Layout::chroma_step &&
                           f.component[2].step == Layout::chroma_step;
        if (f.gray)
            return Layout::cell_width * Layout::cell_height * Layout::luma_step == 1 && steps;
        return steps && 1 << f.chroma_shift_x == Layout::cell_width &&
               1 << f.chroma_shift_y == Layout::cell_height;
    }

    template <class T>
    static void to_rgb(const Exec& exec, const FrameSamples<T>& src, const PixelFormat& format,
                       Pixels<float> dst) {
        const bool done = try_to_rgb<Planar444, Planar440, Planar422, Planar420, SemiPlanar420,
                                     Packed3, Packed4, Packed422>(exec, src, format, dst);
        if (!done) {
            exec.each_pixel("yuv_to_rgb_any", dst.width, dst.height,
                            PixelToRgb<std::remove_const_t<T>>{src, dst, 0});
        }
    }

    template <class... Layouts, class T>
    static bool try_to_rgb(const Exec& exec, const FrameSamples<T>& src, const PixelFormat& format,
                           Pixels<float> dst) {
        return ((is<Layouts>(format) && (cells_to_rgb<Layouts>(exec, src, dst), true)) || ...);
    }

    template <class Layout, class T>
    static void cells_to_rgb(const Exec& exec, const FrameSamples<T>& src, Pixels<float> dst) {
        using Value = std::remove_const_t<T>;
        const int cells = dst.width / Layout::cell_width;
        const int done = cells * Layout::cell_width;
        exec.each_pixel("yuv_to_rgb", cells, dst.height, CellsToRgb<Value, Layout>{src, dst});
        if (done < dst.width) {
            exec.each_pixel("yuv_to_rgb_edge", dst.width - done, dst.height,
                            PixelToRgb<Value>{src, dst, done});
        }
    }

    template <class T>
    static void from_rgb(const Exec& exec, Pixels<const float> src, const FrameSamples<T>& dst,
                         const PixelFormat& format) {
        const bool done =
            !format.gray && try_from_rgb<Planar444, Planar440, Planar422, Planar420, SemiPlanar420,
                                         Packed3, Packed4, Packed422>(exec, src, dst, format);
        if (!done) {
            const int cells = format.cells_x(src.width);
            const int rows = format.cells_y(src.height);
            exec.each_pixel("rgb_to_yuv_any", cells, rows,
                            RgbToCell<T>{src, dst, 0, 0, format.gray});
        }
        if (is<Packed4>(format) && format.planes == 1) fill_fourth(exec, src, dst, format);
    }

    template <class T>
    static void fill_fourth(const Exec& exec, Pixels<const float> src, const FrameSamples<T>& dst,
                            const PixelFormat& format) {
        const int fourth = 6 - format.component[0].offset - format.component[1].offset -
                           format.component[2].offset;
        Samples<T> samples = dst.component[0];
        samples.data += fourth - format.component[0].offset;
        exec.each_pixel("fill_alpha", src.width, src.height, FillSamples<T>{samples});
    }

    template <class... Layouts, class T>
    static bool try_from_rgb(const Exec& exec, Pixels<const float> src, const FrameSamples<T>& dst,
                             const PixelFormat& format) {
        return ((is<Layouts>(format) && (cells_from_rgb<Layouts>(exec, src, dst), true)) || ...);
    }

    /// Runs the fast functor over whole cells, then the general one over the column and the row of
    /// cells that the edge cuts, if there are any.
    template <class Layout, class T>
    static void cells_from_rgb(const Exec& exec, Pixels<const float> src,
                               const FrameSamples<T>& dst) {
        const int cells = src.width / Layout::cell_width;
        const int rows = src.height / Layout::cell_height;
        const bool cut_column = cells * Layout::cell_width < src.width;
        const bool cut_row = rows * Layout::cell_height < src.height;
        exec.each_pixel("rgb_to_yuv", cells, rows, RgbToCells<T, Layout>{src, dst});
        if (cut_column) {
            exec.each_pixel("rgb_to_yuv_edge", 1, rows + (cut_row ? 1 : 0),
                            RgbToCell<T>{src, dst, cells, 0, false});
        }
        if (cut_row) {
            exec.each_pixel("rgb_to_yuv_edge", cells, 1, RgbToCell<T>{src, dst, 0, rows, false});
        }
    }
};

}  // namespace reverie
