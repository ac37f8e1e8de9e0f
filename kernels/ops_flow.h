// Dense optical flow by inverse search (Kroeger et al. 2016) with a variational refinement (Brox et
// al. 2004), for both directions between two pictures at once, and its confidence. Motion
// (src/dream) owns the memory and the order of calls.
//
// Everything inside works on Planes: pictures with a border of kPlaneBorder values on every side,
// so that neighbours are read without a test. If a border must hold certain values, the function
// that writes the plane says which.
#pragma once

#include "kernels/device.h"

namespace reverie {

constexpr int kPlaneBorder = 16;
constexpr int kPatchSize = 8;
constexpr int kPatchStride = 4;  ///< densification assumes half a patch

/// One bordered plane of floats on a device: row y stands at origin + y * stride.
struct Plane {
    float* origin = nullptr;  ///< of pixel (0, 0)
    int stride = 0;
    int width = 0;   ///< without borders
    int height = 0;  ///< without borders

    REVERIE_HD float& at(int x, int y) const { return origin[y * stride + x]; }
    REVERIE_HD float* row(int y) const { return origin + y * stride; }
    REVERIE_HD float& at_clamped(int x, int y) const {
        return at(clamp_to(x, 0, width - 1), clamp_to(y, 0, height - 1));
    }
};

/// Values of memory that a plane takes; a multiple of 16.
inline size_t plane_size(int width, int height) {
    const int stride = (width + 2 * kPlaneBorder + 15) / 16 * 16;
    return static_cast<size_t>(stride) * (height + 2 * kPlaneBorder);
}

/// A plane at `memory`, which holds plane_size values.
inline Plane make_plane(float* memory, int width, int height) {
    const int stride = (width + 2 * kPlaneBorder + 15) / 16 * 16;
    return {memory + kPlaneBorder * stride + kPlaneBorder, stride, width, height};
}

/// A picture at one level of its pyramid.
struct FlowPicture {
    Plane luma;  ///< 0 ... 255; the border repeats the edge
    Plane dx;    ///< its slope per pixel
    Plane dy;
};

constexpr int kLightCell = 16;  ///< pixels of a side of the cells in which light is compared
inline int light_cells(int side) { return (side + kLightCell - 1) / kLightCell; }

/// How patches are placed: patch (i, j) covers 8x8 pixels from (4i, 4j). The last may reach into
/// the border.
struct PatchGrid {
    int columns = 0;
    int rows = 0;
    REVERIE_HD int count() const { return columns * rows; }
};

inline PatchGrid patch_grid(int width, int height) {
    const auto along = [](int size) {
        return size <= kPatchSize ? 1 : (size - kPatchSize + kPatchStride - 1) / kPatchStride + 1;
    };
    return {along(width), along(height)};
}

/// The flow of one direction at one level, all that it is made from, and scratch memory. It starts
/// with zeros.
struct FlowField {
    Plane u, v;                   ///< dx, dy in pixels of this level
    float* patch = nullptr;       ///< dx of all patches, then dy, then the mean squared error
    float* patch_next = nullptr;  ///< the same, while neighbours are compared
    Plane weight[4];  ///< of the patch (i, j) with parity (i & 1) + 2 * (j & 1) that covers a pixel
    Plane warped;     ///< luma of the other picture, warped to this one
    Plane light;      ///< how much brighter that is, a value for each kLightCell² pixels
    Plane a11, a12, a22;       ///< inverse of the refinement's 2x2 systems
    Plane b1, b2;              ///< their right-hand sides
    Plane smooth_x, smooth_y;  ///< weight of the edge to the right, downwards
    Plane last_u, last_v;      ///< u, v before the last iteration
    /// Results of iterations on u, v, last_u, last_v, which the next ones read.
    Plane other[4];
};

constexpr int kFlowDirections = 2;

/// One level: from[d] is the picture at whose pixels direction d lives, to[d] the one it points
/// into.
struct FlowLevel {
    FlowPicture from[kFlowDirections];
    FlowPicture to[kFlowDirections];
    FlowField field[kFlowDirections];
    int directions = kFlowDirections;
    int exponent = 0;  ///< of the level: its pixels are 2^exponent as large as the picture's
    int width = 0;
    int height = 0;
};

struct PatchSearch {
    int iterations = 6;     ///< of gradient descent, at most
    int propagations = 1;   ///< passes in which each patch tries what its neighbours found
    float stop_px = 0.02f;  ///< a step below this is the last
    float margin = 0.5f;    ///< by how many noise_levels^2 another place has to be better
    /// slope that noise has, at level 0: the higher, the more a patch is kept at its start
    float noise_levels = 1.0f;
};

struct FlowRefinement {
    float brightness = 5.0f;
    float gradient = 10.0f;
    float smoothness = 40.0f;
    float noise_levels = 1.0f;  ///< slope that noise has, at level 0
    float edge_levels = 20.0f;  ///< slope at which smoothness halves; 0: everywhere the same
    int iterations = 14;        ///< Jacobi steps
    float rho = 0.99f;  ///< of the Chebyshev weights: the higher, the farther information spreads
};

/// All levels at which flow is computed, the coarsest first.
struct FlowLevels {
    static constexpr int kMost = 16;  ///< sides of 2^16
    FlowLevel level[kMost];
    int count = 0;
};

/// All settings of solve_flow.
struct FlowSolve {
    int finest_search = 1;  ///< at exponents below this the flow is only refined, not searched
    PatchSearch search;
    FlowRefinement refinement;
    int refinements = 2;         ///< linearisations at the finest level
    int coarse_refinements = 3;  ///< at the others
};

/// Where each pixel was (2 channels, pixels), and the confidence of that (1 channel, 0 … 1).
struct TrustedFlow {
    Pixels<const float> flow, confidence;
};

class FlowOps {
  public:
    virtual ~FlowOps() = default;
    /// dst = 0.299 R + 0.587 G + 0.114 B of a picture with 3 channels; dst has 1.
    virtual void luma(Stream& stream, Pixels<const float> rgb, Pixels<float> dst) = 0;
    /// The same into a plane, borders repeated.
    virtual void luma_plane(Stream& stream, Pixels<const float> rgb, Plane dst) = 0;
    /// dst = means of 2x2 pixels, dst's size half of src's, rounded up; borders repeated.
    virtual void halve(Stream& stream, Plane src, Plane dst) = 0;
    /// Fills dx and dy from luma, borders with 0.
    virtual void slopes(Stream& stream, FlowPicture picture) = 0;
    /// u, v of all levels, from the coarsest to the finest: search and refinement.
    virtual void solve_flow(Stream& stream, const FlowLevels& levels, const FlowSolve& solve) = 0;
    /// One refinement step of level's u, v: linearised again, then solved by Jacobi iterations.
    virtual void refine_flow(Stream& stream, const FlowLevel& level,
                             const FlowRefinement& options) = 0;
    /// dst = flow of direction d, resampled to the picture's size and scale, bilinear.
    virtual void expand_flow(Stream& stream, const FlowLevel& level, int direction,
                             Pixels<float> dst) = 0;
    /// The confidence of direction 0's flow, 0 ... 1, at level 0's size: falls where the two
    /// directions disagree (relative to their length), where the warped picture differs, and
    /// outside the picture. Overwrites field[0].warped.
    virtual void confidence(Stream& stream, const FlowLevel& level, Pixels<float> dst) = 0;
    /// dst = 1 − occlusion · (1 − c / (c + (1 − c) / stretch)): the share of a dream that
    /// the flow's confidence c leaves, 0 … 1. `occlusion` (0 … 1) is the strength of the
    /// effect. With `stretch` above 1 the dream fades more slowly, about as the stretch-th root of
    /// c, except that it vanishes at once where c is 0. 1 channel each; dst may be `confidence`.
    virtual void heed_doubt(Stream& stream, Pixels<const float> confidence, float occlusion,
                            float stretch, Pixels<float> dst) = 0;
    /// Composes two flows as ImageOps::compose_flows does, and their confidence: newer's
    /// confidence(x) * older's confidence(x + newer's flow(x)), bilinear. All of one size; `flow`
    /// and `confidence` must not alias the others.
    virtual void compose_paths(Stream& stream, const TrustedFlow& newer, const TrustedFlow& older,
                               Pixels<float> flow, Pixels<float> confidence) = 0;
    /// *result (device memory) = the mean of all values.
    virtual void mean(Stream& stream, Pixels<const float> src, float* result) = 0;
};

/// All of FlowOps, for code that is generated for every op (ops.h).
#define REVERIE_FLOW_OPS(op)                                                                    \
    op(luma) op(luma_plane) op(halve) op(slopes) op(solve_flow) op(refine_flow) op(expand_flow) \
        op(confidence) op(heed_doubt) op(compose_paths) op(mean)

}  // namespace reverie
