// Resampling and warping of planar float pictures. Inputs and outputs must not overlap.
#pragma once

#include "kernels/device.h"
#include "kernels/tap_table.h"

namespace reverie {

/// How many floats of scratch memory ImageOps::resize needs for this pair of sizes.
inline size_t resize_scratch_size(const Pixels<const float>& src, const Pixels<float>& dst) {
    const auto axis = [](int from, int to) {
        return (static_cast<size_t>(resize_taps(from, to)) + 1) * static_cast<size_t>(to);
    };
    const bool rows_first = dst.height <= src.height;
    const size_t between = rows_first ? static_cast<size_t>(src.width) * dst.height
                                      : static_cast<size_t>(dst.width) * src.height;
    return between * dst.channels + axis(src.width, dst.width) + axis(src.height, dst.height);
}

/// A rotation, scaling and shift, as a backward map: in the picture before, the pixel at x was at
/// centre + (a b; -b a)·(x - centre) + shift.
struct AffineMotion {
    float a = 1, b = 0;
    Vec2 centre, shift;
    bool is_identity() const { return a == 1 && b == 0 && shift.x == 0 && shift.y == 0; }
};

/// The motion of one canvas since its last picture, and since the picture whose mirror images
/// surround it.
struct MirroredMotion {
    AffineMotion step;       ///< from now to the last picture
    AffineMotion to_mirror;  ///< from the last picture to the mirrored one, same centre
    AffineMotion from_mirror;
};

class ImageOps {
  public:
    virtual ~ImageOps() = default;
    /// dst = src at dst's size, channel by channel; pixel centres stand at half-integers, edges are
    /// clamped. Catmull-Rom, its support widened by the ratio where dst is smaller (so that nothing
    /// aliases). A copy where the sizes are equal; a constant picture stays the same to the bit.
    /// `scratch`: at least resize_scratch_size floats of the same device, contents lost (see
    /// Resizer in src/dream, which keeps it).
    virtual void resize(Stream& stream, Pixels<const float> src, Pixels<float> dst,
                        float* scratch) = 0;
    /// dst(x) = src(x + flow(x)), Catmull-Rom, edges clamped; any number of channels. `flow`: 2
    /// channels (dx, dy) in pixels. All of one size; flow is finite or NaN (which reads an edge).
    virtual void warp(Stream& stream, Pixels<const float> src, Pixels<const float> flow,
                      Pixels<float> dst) = 0;
    /// As warp(), by 6 × 6 taps that damp fine detail by the same amount at any fraction, by
    /// `damping` (0 … 1/32; see cubic_damping): for pictures that one motion warps repeatedly,
    /// where warp() damps nothing at whole pixels and most halfway between. No frequency is
    /// amplified. Exact under a flow of whole pixels where damping is 0.
    virtual void warp_evenly(Stream& stream, Pixels<const float> src, Pixels<const float> flow,
                             float damping, Pixels<float> dst) = 0;
    /// dst(x) = decay * confidence(x) * src(x + flow(x)): the residual of a dream, carried along
    /// and faded. As warp(); `confidence` has 1 channel, 0 ... 1.
    virtual void carry_residual(Stream& stream, Pixels<const float> src, Pixels<const float> flow,
                                Pixels<const float> confidence, float decay, Pixels<float> dst) = 0;
    /// carry_residual() as warp_evenly() warps.
    virtual void carry_residual_evenly(Stream& stream, Pixels<const float> src,
                                       Pixels<const float> flow, Pixels<const float> confidence,
                                       float decay, float damping, Pixels<float> dst) = 0;
    /// dst(x) = newer(x) + older(x + newer(x)), bilinear: composes backward flows over two time
    /// steps (`newer`: from now to between, `older`: from between to then). 2 channels each, all of
    /// one size.
    virtual void compose_flows(Stream& stream, Pixels<const float> newer, Pixels<const float> older,
                               Pixels<float> dst) = 0;
    /// flow (2 channels, pixels) = the backward flow of an affine motion, for warp().
    virtual void affine_flow(Stream& stream, const AffineMotion& motion, Pixels<float> flow) = 0;
    /// The same for a canvas without surroundings: points outside the last picture are mirrored
    /// inside, at the edges that the picture had when it was to_mirror's. So growing edges show
    /// whole mirror images; repeating the edge would draw streaks.
    virtual void mirrored_flow(Stream& stream, const MirroredMotion& motion,
                               Pixels<float> flow) = 0;
    /// dst = scale * src + offset.
    virtual void scale_offset(Stream& stream, Pixels<const float> src, float scale, float offset,
                              Pixels<float> dst) = 0;
    /// dst (1 channel, at most as many cells as there are pixels, both ways) = mean relative
    /// luminance of each cell of an RGB picture, 0 … 1 within 0.005 (linear_of). `scratch`:
    /// rgb.width · dst.height floats of the same device, contents lost.
    virtual void cell_luminance(Stream& stream, Pixels<const float> rgb, float* scratch,
                                Pixels<float> dst) = 0;
    /// dst = from + weight · (to − from), 3 channels of one size; `weights`: 1 channel of cells,
    /// bilinear between their centres. dst may be `from`.
    virtual void blend_cells(Stream& stream, Pixels<const float> from, Pixels<const float> to,
                             Pixels<const float> weights, Pixels<float> dst) = 0;
};

/// All of ImageOps, for code that is generated for every op (ops.h).
#define REVERIE_IMAGE_OPS(op)                                                                   \
    op(resize) op(warp) op(warp_evenly) op(carry_residual) op(carry_residual_evenly)            \
        op(compose_flows) op(affine_flow) op(mirrored_flow) op(scale_offset) op(cell_luminance) \
            op(blend_cells)

}  // namespace reverie
