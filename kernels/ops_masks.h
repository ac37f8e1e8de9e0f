// Masks: where a picture is dreamed. A mask has one channel, 0 … 1, and the picture's size. Made from
// a frame and its motion, steadied over time, and applied to gradients and dreams.
#pragma once

#include "kernels/device.h"

namespace reverie {

constexpr int kMostMasks = 8;  ///< that one objective can name

/// How much of a mask stays as it was: of what rises, and of what falls, 0 … 1.
struct MaskInertia {
    float rising = 0, falling = 0;
};

/// Masks of one size, with a weight each, and the weight of what has no mask.
struct MaskSum {
    Pixels<const float> mask[kMostMasks];
    float weight[kMostMasks] = {};
    int count = 0;
    float unmasked = 0;
};

class MaskOps {
  public:
    virtual ~MaskOps() = default;
    /// mask = a smooth step of src (1 channel) from `low` to `high`, which are added to *origin
    /// (device memory; null: 0).
    virtual void step_mask(Stream& stream, Pixels<const float> src, float low, float high,
                           const float* origin, Pixels<float> mask) = 0;
    /// speed (1 channel) = the length of each vector of `flow` (2 channels), times `scale`.
    virtual void flow_speed(Stream& stream, Pixels<const float> flow, float scale,
                            Pixels<float> speed) = 0;
    /// mask = `cells` (1 channel, smaller) at each pixel of `rgb`, of the 3 × 3 cells around it
    /// those weighted most whose colour is most like the pixel's: joint bilateral upsampling (Kopf
    /// et al. 2007). `colours`: 3 channels, the cells' own. `alike`: of 255, the distance at which
    /// a weight has fallen to a quarter.
    virtual void upsample_mask(Stream& stream, Pixels<const float> cells,
                               Pixels<const float> colours, Pixels<const float> rgb, float alike,
                               Pixels<float> mask) = 0;
    /// dst = now + inertia · (before(x + flow(x)) − now), bilinear: what a mask was is carried along
    /// and followed slowly. Null flow: it stood still.
    virtual void follow_mask(Stream& stream, Pixels<const float> now, Pixels<const float> before,
                             Pixels<const float> flow, MaskInertia inertia, Pixels<float> dst) = 0;
    /// dst = 1 − src.
    virtual void invert_mask(Stream& stream, Pixels<const float> src, Pixels<float> dst) = 0;
    /// dst = min(1, unmasked + Σ weight · mask).
    virtual void add_masks(Stream& stream, const MaskSum& sum, Pixels<float> dst) = 0;
    /// dst = src (3 channels) · mask. dst may be src.
    virtual void apply_mask(Stream& stream, Pixels<const float> src, Pixels<const float> mask,
                            Pixels<float> dst) = 0;
    /// gradient (3 channels) = gradient · mask, in place; *sum (device memory) = what Σ |gradient|
    /// would be if the whole picture were as the mask's share of it is, with *covered (device
    /// memory) = Σ mask: AscentOps::ascend then moves the mean pixel inside by a whole step.
    virtual void mask_gradient(Stream& stream, Pixels<const float> mask, const float* covered,
                               Pixels<float> gradient, float* sum) = 0;
};

/// All of MaskOps, for code that is generated for every op (ops.h).
#define REVERIE_MASK_OPS(op)                                                                     \
    op(step_mask) op(flow_speed) op(upsample_mask) op(follow_mask) op(invert_mask) op(add_masks) \
        op(apply_mask) op(mask_gradient)

}  // namespace reverie
