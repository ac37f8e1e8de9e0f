// AscentOps on one backend.
#pragma once

#include <cmath>

#include "kernels/functors/ascent.h"
#include "kernels/functors/guided.h"
#include "kernels/ops_ascent.h"
#include "src/util/error.h"

namespace reverie {

template <class Exec>
class AscentOn : public AscentOps {
  public:
    void absolute_sum(Stream& stream, Pixels<const float> src, float* sum) override {
        Exec(stream).reduce("absolute_sum", src.size(), sum, AbsoluteValue{src.data});
    }

    void square_sum(Stream& stream, Pixels<const float> src, float* sum) override {
        Exec(stream).reduce("square_sum", src.size(), sum, SquareValue{src.data});
    }

    void blur(Stream& stream, Pixels<const float> src, const BlurKernel* kernel,
              Pixels<float> scratch, Pixels<float> dst) override {
        Exec exec(stream);
        exec.each_lane("blur down", spans_of(scratch), Blur<true>{src, scratch, kernel});
        exec.each_lane("blur across", spans_of(dst), Blur<false>{scratch, dst, kernel});
    }

    void pyramid_down(Stream& stream, Pixels<const float> src, Pixels<float> dst) override {
        Exec(stream).each_pixel("pyramid_down", dst.width, dst.height, PyramidDown{src, dst});
    }

    void laplacian_level(Stream& stream, Pixels<const float> src, Pixels<const float> coarse,
                         Pixels<float> level) override {
        Exec(stream).each_pixel("laplacian_level", level.width, level.height,
                                LaplacianLevel{src, coarse, level});
    }

    void restore_level(Stream& stream, Pixels<const float> coarse, Pixels<const float> level,
                       const float* squares, Pixels<float> dst) override {
        Exec(stream).each_pixel("restore_level", dst.width, dst.height,
                                RestoreLevel{coarse, level, squares, dst});
    }

    void divide_by_rms(Stream& stream, const float* squares, Pixels<float> picture) override {
        Exec(stream).each_element(
            "divide_by_rms", picture.size(),
            DivideByRms{squares, static_cast<float>(picture.size()), picture.data});
    }

    void mix_gradient(Stream& stream, const GradientMix& mix, Pixels<float> dst,
                      float* sum) override {
        require(mix.count == 1 || mix.count == 3, "a gradient is mixed of one part or of three");
        if (mix.count == 1) return mix_parts<1>(stream, mix, dst, sum);
        mix_parts<3>(stream, mix, dst, sum);
    }

    void ascend(Stream& stream, Pixels<const float> gradient, const float* sum,
                const StepValues* values, Pixels<const float> base, Pixels<float> x) override {
        const auto count = static_cast<float>(gradient.size());
        Exec(stream).each_element("ascend", x.size(),
                                  Ascend{gradient.data, sum, values, count, base.data, x.data});
    }

    void add_scaled(Stream& stream, Pixels<const float> a, float factor, Pixels<const float> b,
                    Pixels<float> dst) override {
        Exec(stream).each_element("add_scaled", dst.size(),
                                  AddScaled{a.data, factor, b.data, dst.data});
    }

    void composite(Stream& stream, Pixels<const float> frame, Pixels<const float> residual,
                   float strength, Pixels<float> dst) override {
        Exec(stream).each_element("composite", dst.size(),
                                  Show{frame.data, residual.data, strength, dst.data});
    }

    void slope_on_guide(Stream& stream, Pixels<const float> src, Pixels<const float> guide,
                        float noise, Pixels<float> slope) override {
        Exec(stream).each_lane("slope_on_guide", spans_of(slope.plane(0)),
                               SlopeOnGuide{src, guide.data, noise, slope});
    }

    void show_guided(Stream& stream, Pixels<const float> frame, const GuidedPicture& guided,
                     Pixels<float> dst) override {
        const auto ratio = [](int from, int to) {
            return static_cast<float>(from) / static_cast<float>(to);
        };
        Exec(stream).each_lane(
            "show_guided", spans_of(dst.plane(0)),
            ShowGuided{frame, guided.picture, guided.guide.data, guided.smooth.data, guided.slope,
                       ratio(guided.slope.width, dst.width), ratio(guided.slope.height, dst.height),
                       dst});
    }

    void place_tile(Stream& stream, Pixels<const float> tile, int margin, int origin_x,
                    int origin_y, Pixels<float> dst) override {
        Exec(stream).each_pixel("place_tile", tile.width - 2 * margin, tile.height - 2 * margin,
                                PlaceTile{tile, margin, origin_x, origin_y, dst});
    }

    void mirror(Stream& stream, Pixels<const float> src, int margin, Pixels<float> dst) override {
        Exec(stream).each_pixel("mirror", dst.width, dst.height, Mirror{src, margin, dst});
    }

    void balance(Stream& stream, Pixels<const float> src, const Balancing& b,
                 Pixels<float> dst) override {
        Exec(stream).each_element(
            "balance", src.plane_size(),
            Balance{src, b.luma_now, b.luma_target, b.contrast, b.saturation, dst});
    }

    void measure(Stream& stream, Pixels<const float> rgb, float* sums) override {
        Exec exec(stream);
        const LumaValue luma{rgb};
        const int64_t n = rgb.plane_size();
        exec.reduce("measure luma", n, sums, luma);
        exec.reduce("measure contrast", n, sums + 1,
                    ContrastValue{luma, sums, static_cast<float>(n)});
        exec.reduce("measure saturation", n, sums + 2, SaturationValue{luma});
        exec.reduce("measure grain", n, sums + 3, GrainValue{luma});
    }

  private:
    template <int kParts>
    void mix_parts(Stream& stream, const GradientMix& mix, Pixels<float> dst, float* sum) {
        MixGradient<kParts> functor{{},         mix.sums,         static_cast<float>(dst.size()),
                                    mix.values, dst.plane_size(), dst.data};
        for (int k = 0; k < kParts; ++k) functor.parts[k] = mix.parts[k].data;
        Exec(stream).reduce("mix_gradient", dst.plane_size(), sum, functor);
    }
};

}  // namespace reverie
