// The network's layers except convolution, forward and backward, on tensors in the convolutions'
// layout (ConvEngine::slice).
//
// All tensors that pass through a ReLU are stored after it, so "activation > 0" is the ReLU's mask.
// A gradient is finished in one pass: what convolutions have summed into it, what comes through
// pooling, what the objective adds, and the mask.
#pragma once

#include "kernels/device.h"
#include "kernels/ops_masks.h"
#include "kernels/tensor_layout.h"

namespace reverie {

/// By how many pixels a picture is rolled right and down.
struct Roll {
    int x = 0, y = 0;
};

/// From RGB 0 … 255 to the network's input units: (v − mean) · scale, in the network's channel
/// order.
struct InputTransform {
    Vec3 mean{128, 128, 128};  ///< in R, G, B, 0 … 255
    float scale = 1.0F / 128;
    bool bgr = false;
    /// the picture is rolled by this many pixels to the right and down (jitter)
    int shift_x = 0, shift_y = 0;
    const Roll* roll = nullptr;  ///< device memory; if not null, used instead of the shifts
};

struct PoolWindow {
    int kernel = 3;
    int stride = 2;
    int pad_top = 0, pad_left = 0;
    bool count_padding = false;  ///< average: what lies outside counts as zeros
};

enum class PoolKind : uint8_t { none, max, average, global_average };

/// A factor on an objective's gradient while it passes through half-precision tensors, so that
/// small values do not become subnormal. In device memory: no step waits for the host.
struct GradientScale {
    float base = 1;     ///< from the objective's coefficients; set by the host
    float backoff = 1;  ///< at most 1: lowered when a gradient was not finite; set by the device
    float steps = 0;    ///< finite gradients since backoff changed
    REVERIE_HD float factor() const { return base * backoff; }
};

/// Where the objective adds nothing, in pixels of a layer.
struct ObjectiveEdges {
    int border = 0;                ///< within so many of each edge,
    int seam_x = -1, seam_y = -1;  ///< nor within as many of this column and row, if not negative
    /// Device memory, or null: the seams follow from how a picture of this size is rolled.
    const Roll* roll = nullptr;
    int picture_width = 0, picture_height = 0;
};

/// dx = mask · (dx or 0 + pooling's share + alpha·x + beta); see LayerOps::finish_gradient.
struct GradientFinish {
    TensorRef x;              ///< the activations
    TensorRef dx;             ///< their gradient: read where `accumulate`, always written
    bool accumulate = false;  ///< dx already holds a sum
    bool relu = true;         ///< x is the output of a ReLU: no gradient where it is 0
    PoolKind pool = PoolKind::none;
    PoolWindow window;
    TensorRef pool_dy;                ///< gradient of the pooled tensor
    const uint8_t* argmax = nullptr;  ///< of max pooling, as max_pool wrote it
    /// the objective's gradient, alpha[c]·x + beta[c]; both or neither are null
    const float* alpha = nullptr;
    const float* beta = nullptr;
    const GradientScale* scale = nullptr;  ///< of the objective's gradient; null: 1
    ObjectiveEdges edges;
};

/// The masks of an objective, and where a layer's pixels are in them. What the network sees is their
/// picture with `margin` pixels more on each side, rolled; of that, a plan sees a part of
/// plan_width × plan_height.
struct LayerMasks {
    Pixels<const float> mask[kMostMasks];  ///< 1 channel, any size; null: 1 everywhere
    int count = 0;
    int margin = 0;
    int seen_width = 0, seen_height = 0;  ///< with the margin
    int plan_width = 0, plan_height = 0;
    int shift_x = 0, shift_y = 0;  ///< the roll, px to the right and down
    const Roll* roll = nullptr;    ///< device memory; if not null, used instead of the shifts
};

/// dx = dx or 0 + w · features[match], at each pixel that of its own, with w = weight[0] + Σ
/// weight[1 + k] · masks[k]; see LayerOps::add_matched.
struct GuideGradient {
    Pixels<const int> match;  ///< of dx's size: the number of a feature
    TensorRef dx;
    bool accumulate = false;          ///< dx already holds a sum
    const float* features = nullptr;  ///< device memory: one row a feature, as dx stores channels
    const float* weight = nullptr;    ///< device memory: one, and one for each mask
    const GradientScale* scale = nullptr;  ///< null: 1
    LayerMasks masks;
    ObjectiveEdges edges;
};

/// dx = dx or 0 + Σ masks[k] · (alpha[k]·x + beta[k]); see LayerOps::add_masked.
struct MaskedGradient {
    TensorRef x, dx;
    bool accumulate = false;  ///< dx already holds a sum
    /// Device memory: for each mask one value a channel, as x stores them, `stride` apart.
    const float* alpha = nullptr;
    const float* beta = nullptr;
    int stride = 0;
    const GradientScale* scale = nullptr;  ///< null: 1
    LayerMasks masks;
    ObjectiveEdges edges;
};

/// Local response normalisation across channels (Krizhevsky et al. 2012): y = x · (k + alpha/size ·
/// Σ x²)^−beta.
struct LrnConstants {
    int size = 5;  ///< channels of the sum, odd
    float alpha = 1e-4F;
    float beta = 0.75F;
    float k = 1;
    bool operator==(const LrnConstants&) const = default;
};

/// A convolution, or the data gradient of one, as ConvSpec describes it; sums are taken in double.
struct DirectConvolution {
    bool gradient = false;  ///< `to` = the gradient with respect to the input, `from` = dy
    TensorRef from, to;     ///< `to` is of the type of `from` or of f32
    /// Device memory, zero-padded as the tensors are. forward: OIHW with o = b·block_channels + l
    /// stored as [b][i][ky][kx][l], block_channels those of `to`; gradient: the same with i and o
    /// exchanged.
    const float* filters = nullptr;
    const float* bias = nullptr;  ///< one a channel of `to`, or null
    int kernel_height = 1, kernel_width = 1;
    int stride = 1;
    int pad_top = 0, pad_left = 0;
    bool relu = false;
    bool accumulate = false;  ///< to += instead of to =
};

/// The pixel of a layer where a picture rolled by `shift` pixels meets its other end.
REVERIE_HD int seam_of(int shift, int picture, int layer) {
    return static_cast<int>((static_cast<int64_t>(wrap(shift, picture)) * layer + picture / 2) /
                            picture);
}

/// Where along a mask of `mask` pixels the pixel i of a layer's `layer` lies; the rest as in LayerMasks,
/// along one axis.
REVERIE_HD float mask_place(int i, int layer, int plan, int shift, int seen, int margin, int mask) {
    const auto f = [](int v) { return static_cast<float>(v); };
    float at = (f(i) + 0.5F) * f(plan) / f(layer) - f(wrap(shift, seen));
    while (at < 0) at += f(seen);
    while (at >= f(seen)) at -= f(seen);
    return (at - f(margin)) * f(mask) / f(seen - 2 * margin) - 0.5F;
}

/// The k-th mask at the pixel (px, py) of a layer, bilinear.
REVERIE_HD float mask_at(const LayerMasks& masks, int k, int px, int py, int width, int height) {
    const Pixels<const float>& mask = masks.mask[k];
    if (mask.data == nullptr) return 1.0F;
    const int shift_x = masks.roll != nullptr ? masks.roll->x : masks.shift_x;
    const int shift_y = masks.roll != nullptr ? masks.roll->y : masks.shift_y;
    const float x = mask_place(px, width, masks.plan_width, shift_x, masks.seen_width, masks.margin,
                               mask.width);
    const float y = mask_place(py, height, masks.plan_height, shift_y, masks.seen_height,
                               masks.margin, mask.height);
    const int left = floor_int(x), above = floor_int(y);
    const float tx = x - static_cast<float>(left), ty = y - static_cast<float>(above);
    return lerp(lerp(mask.at_clamped(left, above), mask.at_clamped(left + 1, above), tx),
                lerp(mask.at_clamped(left, above + 1), mask.at_clamped(left + 1, above + 1), tx),
                ty);
}

class LayerOps {
  public:
    virtual ~LayerOps() = default;
    /// `rgb` (3 × H × W) to the network's input, rolled.
    virtual void prepare_input(Stream& stream, Pixels<const float> rgb,
                               const InputTransform& transform, const PictureRef& dst) = 0;
    /// The inverse for gradients: `phases` is laid out as PictureRef says. `gradient` (3 × H × W)
    /// is in R, G, B, unrolled, per unit of network input.
    virtual void collect_gradient(Stream& stream, TensorRef phases, int stride,
                                  const InputTransform& transform, Pixels<float> gradient) = 0;
    /// gradient /= scale's factor, where *sum (device memory) = Σ |gradient| is finite; else 0, and
    /// the scale is lowered for the steps to come. After many finite steps it rises again.
    virtual void settle_gradient(Stream& stream, const float* sum, GradientScale* scale,
                                 Pixels<float> gradient) = 0;
    /// to = from, or to += from: between layouts, slices and storage types. Same channels and size.
    virtual void copy_tensor(Stream& stream, TensorRef from, TensorRef to, bool accumulate) = 0;
    /// y = max over each window of x (values outside are left out); `argmax` (as many bytes as y
    /// has elements, in y's order, packed as if y were no slice) gets the argmax's index in its
    /// window, 255 where the maximum is 0.
    virtual void max_pool(Stream& stream, TensorRef x, PoolWindow window, TensorRef y,
                          uint8_t* argmax) = 0;
    /// y = mean over each window of x, of the values inside only unless the window counts padding.
    virtual void average_pool(Stream& stream, TensorRef x, PoolWindow window, TensorRef y) = 0;
    /// y (1 × 1 pixel) = mean over all pixels of x.
    virtual void global_average(Stream& stream, TensorRef x, TensorRef y) = 0;
    virtual void lrn(Stream& stream, TensorRef x, const LrnConstants& constants, TensorRef y) = 0;
    /// dx is written, not added to.
    virtual void lrn_backward(Stream& stream, TensorRef x, TensorRef dy,
                              const LrnConstants& constants, TensorRef dx) = 0;
    virtual void finish_gradient(Stream& stream, const GradientFinish& finish) = 0;
    /// See DirectConvolution. Any layout, any stride.
    virtual void direct_convolution(Stream& stream, const DirectConvolution& convolution) = 0;
    /// *loss (device memory) = Σ alpha[c]/2·x² + beta[c]·x.
    virtual void objective_value(Stream& stream, TensorRef x, const float* alpha, const float* beta,
                                 float* loss) = 0;
    /// sums (device memory, channels × height, as x stores its channels) = Σ x² over each row.
    virtual void row_squares(Stream& stream, TensorRef x, float* sums) = 0;
    /// map (x's height × width) = √(scale · Σ x²) at each pixel, over x's channels `first` … `first
    /// + count − 1`, as x stores them.
    virtual void activation_map(Stream& stream, TensorRef x, int first, int count, float scale,
                                Pixels<float> map) = 0;
    /// index = the number of the largest of x's first `count` channels at each pixel, as x stores
    /// them; the first of equal ones.
    virtual void strongest_channel(Stream& stream, TensorRef x, int count, Pixels<int> index) = 0;
    virtual void add_matched(Stream& stream, const GuideGradient& guide) = 0;
    /// Masks are read bilinearly where the middle of a layer's pixel is.
    virtual void add_masked(Stream& stream, const MaskedGradient& masked) = 0;
};

/// All of LayerOps, for code that is generated for every op (ops.h).
#define REVERIE_LAYER_OPS(op)                                                               \
    op(prepare_input) op(collect_gradient) op(settle_gradient) op(copy_tensor) op(max_pool) \
        op(average_pool) op(global_average) op(lrn) op(lrn_backward) op(finish_gradient)    \
            op(direct_convolution) op(objective_value) op(row_squares) op(activation_map)   \
                op(strongest_channel) op(add_matched) op(add_masked)

}  // namespace reverie
