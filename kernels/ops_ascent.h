// Steps of gradient ascent on a picture, and the processing of a gradient before a step: smoothing,
// Laplacian-pyramid normalisation, chroma. Pictures and gradients are planar, 3 × H × W. Sums stay
// on the device: nothing here waits for the host.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/device.h"
#include "src/util/error.h"

namespace reverie {

/// Largest σ of AscentOps::blur, in pixels.
constexpr float kLargestBlur = 16.0F;

constexpr int kLargestRadius = 48;  ///< of a blur: three σ of kLargestBlur

/// A Gaussian for AscentOps::blur, in device memory: weight[k] is that of the k-th neighbour on
/// either side, k = 0 … radius.
struct BlurKernel {
    int radius = 0;
    float weight[kLargestRadius + 1] = {1};
    bool operator==(const BlurKernel&) const = default;
};

/// A kernel with a σ of `sigma` pixels. Throws Error outside of 0 … kLargestBlur.
inline BlurKernel blur_kernel(float sigma) {
    require(sigma >= 0 && sigma <= kLargestBlur, "a blur's sigma must be 0 to 16 pixels");
    BlurKernel kernel;
    kernel.radius = std::min(kLargestRadius, static_cast<int>(std::ceil(3 * sigma)));
    float total = 1;
    for (int k = 1; k <= kernel.radius; ++k) {
        const float t = static_cast<float>(k) / sigma;
        kernel.weight[k] = std::exp(-0.5F * t * t);
        total += 2 * kernel.weight[k];
    }
    for (float& weight : kernel.weight) weight /= total;
    return kernel;
}

/// The parameters that a step reads. They are in device memory, also for whole ops: a captured
/// graph reads the values present when it runs.
struct StepValues {
    static constexpr int kBlurs = 3;
    float step = 0;            ///< how far the mean pixel moves
    float chroma = 1;          ///< the factor on the colours' distance from the luminance
    BlurKernel blurs[kBlurs];  ///< for smoothing
    bool operator==(const StepValues&) const = default;
};

/// The gradient of a step, mixed from parts; see AscentOps::mix_gradient.
struct GradientMix {
    static constexpr int kMostParts = StepValues::kBlurs;
    Pixels<const float> parts[kMostParts];
    int count = 1;
    /// Device memory, absolute_sum of each part, which is scaled to mean |v| 1, or left out where
    /// that is 0. Null: parts are not scaled.
    const float* sums = nullptr;
    const StepValues* values = nullptr;  ///< device memory
};

/// How to change a picture's brightness, contrast and colour; see AscentOps::balance.
struct Balancing {
    float luma_now = 0, luma_target = 0;  ///< 0 … 255
    float contrast = 1, saturation = 1;   ///< factors
};

/// A picture upsampled with the help of a guide of the larger size; see AscentOps::show_guided.
struct GuidedPicture {
    Pixels<const float> picture;  ///< resampled to the larger size, 3 channels
    Pixels<const float> guide;    ///< of the larger size, 1 channel
    Pixels<const float> smooth;   ///< the guide at the smaller size, resampled to the larger one
    Pixels<const float> slope;    ///< AscentOps::slope_on_guide at the smaller size, 3 channels
};

class AscentOps {
  public:
    virtual ~AscentOps() = default;
    /// *sum (device memory) = Σ |v|.
    virtual void absolute_sum(Stream& stream, Pixels<const float> src, float* sum) = 0;
    /// *sum (device memory) = Σ v².
    virtual void square_sum(Stream& stream, Pixels<const float> src, float* sum) = 0;
    /// dst = src blurred by a kernel in device memory, edges clamped, channel by channel. `scratch`
    /// has dst's size; dst may be src.
    virtual void blur(Stream& stream, Pixels<const float> src, const BlurKernel* kernel,
                      Pixels<float> scratch, Pixels<float> dst) = 0;
    /// dst, of ⌈w/2⌉ × ⌈h/2⌉, = src filtered by the 5-tap binomial and halved (Burt & Adelson
    /// 1983).
    virtual void pyramid_down(Stream& stream, Pixels<const float> src, Pixels<float> dst) = 0;
    /// level = src − coarse doubled to src's size (bilinear): one level of a Laplacian pyramid.
    virtual void laplacian_level(Stream& stream, Pixels<const float> src,
                                 Pixels<const float> coarse, Pixels<float> level) = 0;
    /// dst = coarse doubled + level / rms(level), with *squares = square_sum(level). dst may be
    /// level.
    virtual void restore_level(Stream& stream, Pixels<const float> coarse,
                               Pixels<const float> level, const float* squares,
                               Pixels<float> dst) = 0;
    /// v = v / rms, with *squares = square_sum(picture), in place; zero where *squares is.
    virtual void divide_by_rms(Stream& stream, const float* squares, Pixels<float> picture) = 0;
    /// dst = luminance (Rec. 709) + chroma · (v − luminance), v = Σ parts as the mix says; *sum
    /// (device memory) = Σ |dst|. dst may be a part.
    virtual void mix_gradient(Stream& stream, const GradientMix& mix, Pixels<float> dst,
                              float* sum) = 0;
    /// x = clamp(x + step · g · n / *sum), *sum = absolute_sum(g): a step whose mean is values'
    /// step. `sum` and `values` are device memory. The range is 0 … 255, widened to `base`'s
    /// value: a value of the source is never clipped.
    virtual void ascend(Stream& stream, Pixels<const float> gradient, const float* sum,
                        const StepValues* values, Pixels<const float> base, Pixels<float> x) = 0;
    /// dst = a + factor · b.
    virtual void add_scaled(Stream& stream, Pixels<const float> a, float factor,
                            Pixels<const float> b, Pixels<float> dst) = 0;
    /// dst = frame + strength · residual, clamped to 0 … 255 widened to what `frame` has there.
    virtual void composite(Stream& stream, Pixels<const float> frame, Pixels<const float> residual,
                           float strength, Pixels<float> dst) = 0;
    /// slope = how the values of `src` follow the guide's around each pixel: cov(guide, src) /
    /// (var(guide) + noise) over 5 × 5 pixels, edges clamped (a of He, Sun & Tang, "Guided Image
    /// Filtering", 2013, eq. 5). 3 channels; the guide has 1 and is of the same size. `noise` is a
    /// variance above 0: where the guide varies less than that, the slope is small.
    virtual void slope_on_guide(Stream& stream, Pixels<const float> src, Pixels<const float> guide,
                                float noise, Pixels<float> slope) = 0;
    /// dst = frame + picture + slope · (guide − smooth), clamped as composite() does: detail of the
    /// guide that the smaller size could not hold is added in proportion to how the picture follows
    /// the guide's coarser structures, so that the picture's edges match the guide's in place and
    /// sharpness. Equals composite() where the guide has no such detail. The slope is bilinear
    /// between its pixels' centres. `guide` and `smooth` may be planes of dst.
    virtual void show_guided(Stream& stream, Pixels<const float> frame, const GuidedPicture& guided,
                             Pixels<float> dst) = 0;
    /// dst(x + origin, wrapped) = tile(x), for all x at least `margin` from the tile's edge.
    virtual void place_tile(Stream& stream, Pixels<const float> tile, int margin, int origin_x,
                            int origin_y, Pixels<float> dst) = 0;
    /// dst(x) = src(x − margin), beyond src's edges its mirror image. A negative margin cuts edges
    /// off.
    virtual void mirror(Stream& stream, Pixels<const float> src, int margin, Pixels<float> dst) = 0;
    /// sums[0 … 3] (device memory): luma's sum, Σ |luma − its mean|, Σ the mean distance of R, G, B
    /// from luma (saturation), Σ |luma − the mean of its four neighbours| (grain).
    virtual void measure(Stream& stream, Pixels<const float> rgb, float* sums) = 0;
    /// v = luma_target + contrast · (luma − luma_now) + saturation · (v − luma), clamped to 0 …
    /// 255. dst may be src.
    virtual void balance(Stream& stream, Pixels<const float> src, const Balancing& balancing,
                         Pixels<float> dst) = 0;
};

/// All of AscentOps, for code that is generated for every op (ops.h).
#define REVERIE_ASCENT_OPS(op)                                                                     \
    op(absolute_sum) op(square_sum) op(blur) op(pyramid_down) op(laplacian_level)                  \
        op(restore_level) op(divide_by_rms) op(mix_gradient) op(ascend) op(add_scaled)             \
            op(composite) op(slope_on_guide) op(show_guided) op(place_tile) op(mirror) op(measure) \
                op(balance)

}  // namespace reverie
