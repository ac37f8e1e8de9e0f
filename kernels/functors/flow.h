// Dense inverse search (Kroeger, Timofte, Dai, Van Gool: Fast Optical Flow using Dense Inverse
// Search, 2016): pyramid, patch search and densification, in functors for CPU and CUDA. Both
// directions of a level are done in one launch: an index beyond the first direction's belongs to
// the second.
#pragma once

#include "kernels/functors/lanes.h"
#include "kernels/functors/lanes8.h"
#include "kernels/functors/spans.h"
#include "kernels/functors/warp.h"
#include "kernels/ops_flow.h"

namespace reverie {

REVERIE_HD float luma_of(float r, float g, float b) { return 0.299f * r + 0.587f * g + 0.114f * b; }

struct LumaPicture {
    Pixels<const float> rgb;
    Pixels<float> dst;
    REVERIE_HD void operator()(int64_t i) const {
        const int64_t n = dst.plane_size();
        dst.data[i] = luma_of(rgb.data[i], rgb.data[n + i], rgb.data[2 * n + i]);
    }
};

struct LumaPlane {
    Pixels<const float> rgb;
    Plane dst;
    REVERIE_HD void operator()(int x, int y) const {
        const int64_t n = rgb.plane_size();
        const float* p = rgb.data + y * rgb.width + x;
        dst.at(x, y) = luma_of(p[0], p[n], p[2 * n]);
    }
};

/// Reads at most one value of src's border, where src's size is odd.
struct Halve {
    Plane src, dst;

    REVERIE_HD static float line(const float* p) { return (p[-1] + p[2]) + 3.0f * (p[0] + p[1]); }

    REVERIE_HD void operator()(int x, int y) const {
        const float* p = src.row(2 * y) + 2 * x;
        const int s = src.stride;
        dst.at(x, y) =
            (line(p - s) + line(p + 2 * s) + 3.0f * (line(p) + line(p + s))) * (1.0f / 64);
    }
};

/// Repeats a plane's edge into its border; one call a value of the border.
struct RepeatEdge {
    Plane plane;

    static int64_t count(const Plane& p) {
        return static_cast<int64_t>(p.width + 2 * kPlaneBorder) * 2 * kPlaneBorder +
               static_cast<int64_t>(p.height) * 2 * kPlaneBorder;
    }

    REVERIE_HD void operator()(int64_t i) const {
        constexpr int b = kPlaneBorder;
        const int full = plane.width + 2 * b;
        const int rows = full * 2 * b;
        int x = 0;
        int y = 0;
        if (i < rows) {
            const int line = static_cast<int>(i) / full;
            x = static_cast<int>(i) - line * full - b;
            y = line < b ? line - b : plane.height + line - b;
        } else {
            const int rest = static_cast<int>(i) - rows;
            const int column = rest % (2 * b);
            y = rest / (2 * b);
            x = column < b ? column - b : plane.width + column - b;
        }
        plane.at(x, y) = plane.at_clamped(x, y);
    }
};

struct Slopes {
    FlowPicture picture;
    REVERIE_HD void operator()(int x, int y) const {
        const float* p = picture.luma.row(y) + x;
        const int s = picture.luma.stride;
        picture.dx.at(x, y) = 0.5f * (p[1] - p[-1]);
        picture.dy.at(x, y) = 0.5f * (p[s] - p[-s]);
    }
};

/// Where to read a plane whose pixels are 2^n times as large, bilinear; x and y are in this level's
/// pixels.
REVERIE_HD LinearGather from_coarser(const Plane& coarse, float x, float y, float inverse_scale) {
    return {(x + 0.5f) * inverse_scale - 0.5f, (y + 0.5f) * inverse_scale - 0.5f, coarse.width,
            coarse.height, coarse.stride};
}

/// One patch of the inverse search: the values that do not change while it moves.
struct Patch {
    const float* luma;
    const float* dx;
    const float* dy;
    int stride;
    int x, y;
    float mean_dx, mean_dy;
    float anchor;  ///< keeps a patch without texture, or along an edge, near its start
    /// inverse of its structure tensor (of slopes less their mean), plus the anchor
    float h11, h12, h22;

    REVERIE_HD Patch(const FlowPicture& from, int patch_x, int patch_y, float noise_levels)
        : luma(from.luma.row(patch_y) + patch_x),
          dx(from.dx.row(patch_y) + patch_x),
          dy(from.dy.row(patch_y) + patch_x),
          stride(from.luma.stride),
          x(patch_x),
          y(patch_y) {
        Lanes8 sx = all_lanes(0.0f);
        Lanes8 sy = sx;
        Lanes8 sxx = sx;
        Lanes8 sxy = sx;
        Lanes8 syy = sx;
        for (int j = 0; j < kPatchSize; ++j) {
            const Lanes8 gx = load_lanes(dx + j * stride);
            const Lanes8 gy = load_lanes(dy + j * stride);
            sx = sx + gx;
            sy = sy + gy;
            sxx = sxx + gx * gx;
            sxy = sxy + gx * gy;
            syy = syy + gy * gy;
        }
        constexpr float n = kPatchSize * kPatchSize;
        mean_dx = sum_lanes(sx) / n;
        mean_dy = sum_lanes(sy) / n;
        anchor = n * noise_levels * noise_levels;
        const float xx = sum_lanes(sxx) - n * mean_dx * mean_dx + anchor;
        const float xy = sum_lanes(sxy) - n * mean_dx * mean_dy;
        const float yy = sum_lanes(syy) - n * mean_dy * mean_dy + anchor;
        const float scale = 1.0f / max_of(xx * yy - xy * xy, 1e-6f);
        h11 = yy * scale;
        h12 = -xy * scale;
        h22 = xx * scale;
    }
};

/// A patch's position in the other picture.
struct PatchPlace {
    const float* luma;
    float w00, w01, w10, w11;

    REVERIE_HD PatchPlace(const Plane& to, int x, int y, float u, float v) {
        // The window may leave the picture as far as the border goes.
        constexpr float low = 1 - kPlaneBorder;
        constexpr int room = kPlaneBorder - kPatchSize - 2;
        const float px =
            clamp_to(static_cast<float>(x) + u, low, static_cast<float>(to.width + room));
        const float py =
            clamp_to(static_cast<float>(y) + v, low, static_cast<float>(to.height + room));
        const int ix = floor_int(px);
        const int iy = floor_int(py);
        const float tx = px - static_cast<float>(ix);
        const float ty = py - static_cast<float>(iy);
        luma = to.row(iy) + ix;
        w00 = (1 - tx) * (1 - ty);
        w01 = tx * (1 - ty);
        w10 = (1 - tx) * ty;
        w11 = tx * ty;
    }

    /// The difference to one row of the template, `upper` and `lower` being rows j and j + 1 of the
    /// window.
    REVERIE_HD Lanes8 difference(const float* upper, const float* lower,
                                 const float* patch_row) const {
        return all_lanes(w00) * load_lanes(upper) + all_lanes(w01) * load_lanes(upper + 1) +
               all_lanes(w10) * load_lanes(lower) + all_lanes(w11) * load_lanes(lower + 1) -
               load_lanes(patch_row);
    }
};

/// Variance of the difference at (u, v): the error that the search minimises.
REVERIE_HD float patch_error(const Plane& to, const Patch& patch, float u, float v) {
    const PatchPlace place(to, patch.x, patch.y, u, v);
    Lanes8 sum = all_lanes(0.0f);
    Lanes8 squares = sum;
    for (int j = 0; j < kPatchSize; ++j) {
        const float* upper = place.luma + j * to.stride;
        const Lanes8 d = place.difference(upper, upper + to.stride, patch.luma + j * patch.stride);
        sum = sum + d;
        squares = squares + d * d;
    }
    constexpr float n = kPatchSize * kPatchSize;
    const float mean = sum_lanes(sum) / n;
    return sum_lanes(squares) / n - mean * mean;
}

struct PatchResult {
    float u, v;
    float error;  ///< mean squared difference minus the squared mean difference
};

/// Gauss-Newton descent from (u, v) with the template's own slopes. It minimises the squared
/// difference (minus its mean) plus the anchor's pull towards the start, and never ends worse than
/// it began.
REVERIE_HD PatchResult descend(const Plane& to, const Patch& patch, float u, float v,
                               int iterations, float stop_px) {
    constexpr float n = kPatchSize * kPatchSize;
    const float u0 = u;
    const float v0 = v;
    float least = 1e30f;
    PatchResult best{u, v, 1e30f};
    for (int k = 0; k <= iterations; ++k) {
        const PatchPlace place(to, patch.x, patch.y, u, v);
        Lanes8 sum = all_lanes(0.0f);
        Lanes8 squares = sum;
        Lanes8 along_x = sum;
        Lanes8 along_y = sum;
        for (int j = 0; j < kPatchSize; ++j) {
            const float* upper = place.luma + j * to.stride;
            const Lanes8 d =
                place.difference(upper, upper + to.stride, patch.luma + j * patch.stride);
            sum = sum + d;
            squares = squares + d * d;
            along_x = along_x + d * load_lanes(patch.dx + j * patch.stride);
            along_y = along_y + d * load_lanes(patch.dy + j * patch.stride);
        }
        const float total = sum_lanes(sum);
        const float error = (sum_lanes(squares) - total * total / n) / n;
        const float away_u = u - u0;
        const float away_v = v - v0;
        const float cost = error + patch.anchor / n * (away_u * away_u + away_v * away_v);
        if (!(cost < least)) break;
        least = cost;
        best = {u, v, error};
        const float gx = sum_lanes(along_x) - total * patch.mean_dx + patch.anchor * away_u;
        const float gy = sum_lanes(along_y) - total * patch.mean_dy + patch.anchor * away_v;
        const float step_u = patch.h11 * gx + patch.h12 * gy;
        const float step_v = patch.h12 * gx + patch.h22 * gy;
        u -= step_u;
        v -= step_v;
        if (step_u * step_u + step_v * step_v < stop_px * stop_px) break;
    }
    return best;
}

// The functors below are called with (direction, row, column, 0) of a patch, those that move whole
// patches by each_eight.

/// The search of one patch, starting from the coarser level's flow at its centre and around it, and
/// from zero.
struct SearchPatch {
    FlowLevel level;
    PatchGrid grid;
    Plane coarse_u[kFlowDirections];
    Plane coarse_v[kFlowDirections];
    bool has_coarser;
    PatchSearch options;

    template <int>
    REVERIE_HD void operator()(int direction, int row, int column, int /*lane*/) const {
        const int index = row * grid.columns + column;
        const Plane& to = level.to[direction].luma;
        const Patch patch(level.from[direction], column * kPatchStride, row * kPatchStride,
                          options.noise_levels);
        float u = 0;
        float v = 0;
        if (has_coarser) start(direction, patch, to, u, v);
        PatchResult best = descend(to, patch, u, v, options.iterations, options.stop_px);
        const float far = (best.u - u) * (best.u - u) + (best.v - v) * (best.v - v);
        if (far > kPatchSize * kPatchSize) best = {u, v, patch_error(to, patch, u, v)};
        float* out = level.field[direction].patch + index;
        out[0] = best.u;
        out[grid.count()] = best.v;
        out[2 * grid.count()] = best.error;
    }

    REVERIE_HD void start(int direction, const Patch& patch, const Plane& to, float& u,
                          float& v) const {
        constexpr float half = 0.5f * (kPatchSize - 1);
        constexpr float around = kPatchSize;
        const float cx = static_cast<float>(patch.x) + half;
        const float cy = static_cast<float>(patch.y) + half;
        const float margin = options.margin * options.noise_levels * options.noise_levels;
        float best = 0;
        for (int k = 0; k < 6; ++k) {
            float tu = 0;
            float tv = 0;
            if (k < 5) {
                const float x = cx + (k == 1 ? -around : (k == 2 ? around : 0.0f));
                const float y = cy + (k == 3 ? -around : (k == 4 ? around : 0.0f));
                const LinearGather gather = from_coarser(coarse_u[direction], x, y, 0.5f);
                tu = 2.0f * gather(coarse_u[direction].origin);
                tv = 2.0f * gather(coarse_v[direction].origin);
            }
            if (k > 0 && (tu - u) * (tu - u) + (tv - v) * (tv - v) < 0.25f) continue;
            const float error = patch_error(to, patch, tu, tv);
            if (k == 0 || error + margin < best) {
                best = error;
                u = tu;
                v = tv;
            }
        }
    }
};

/// Each patch tries the results of its four neighbours; the descent continues from a better one.
struct PropagatePatch {
    FlowLevel level;
    PatchGrid grid;
    PatchSearch options;

    template <int>
    REVERIE_HD void operator()(int direction, int row, int column, int /*lane*/) const {
        const int index = row * grid.columns + column;
        const int n = grid.count();
        const FlowField& field = level.field[direction];
        const float* in = field.patch;
        const Plane& to = level.to[direction].luma;
        const Patch patch(level.from[direction], column * kPatchStride, row * kPatchStride,
                          options.noise_levels);
        PatchResult best{in[index], in[n + index], in[2 * n + index]};
        const float u = best.u;
        const float v = best.v;
        const float margin = options.margin * options.noise_levels * options.noise_levels;
        bool moved = false;
        for (int k = 0; k < 4; ++k) {
            const int beside =
                clamp_to(column + (k == 0 ? -1 : (k == 1 ? 1 : 0)), 0, grid.columns - 1);
            const int above = clamp_to(row + (k == 2 ? -1 : (k == 3 ? 1 : 0)), 0, grid.rows - 1);
            const int other = above * grid.columns + beside;
            const float tu = in[other];
            const float tv = in[n + other];
            if ((tu - u) * (tu - u) + (tv - v) * (tv - v) < 0.01f) continue;
            const float error = patch_error(to, patch, tu, tv);
            if (error + margin < best.error) {
                best = {tu, tv, error};
                moved = true;
            }
        }
        if (moved) best = descend(to, patch, best.u, best.v, options.iterations, options.stop_px);
        float* out = field.patch_next + index;
        out[0] = best.u;
        out[n] = best.v;
        out[2 * n] = best.error;
    }
};

/// Writes the weight of a patch at each of its pixels, into the plane of the patch's parity, in
/// which no two patches overlap. The weight is d^-6 where the pixel differs by d levels, so that
/// one patch wins at a motion boundary and the flow stays sharp.
struct WeighPatch {
    FlowLevel level;
    PatchGrid grid;

    template <int>
    REVERIE_HD void operator()(int direction, int row, int column, int /*lane*/) const {
        const int index = row * grid.columns + column;
        const int n = grid.count();
        const FlowField& field = level.field[direction];
        const Plane& to = level.to[direction].luma;
        const Plane& from = level.from[direction].luma;
        const int x = column * kPatchStride;
        const int y = row * kPatchStride;
        const PatchPlace place(to, x, y, field.patch[index], field.patch[n + index]);
        const Lanes8 trust = all_lanes(1.0f / (1.0f + 0.05f * field.patch[2 * n + index]));
        const Plane& weight = field.weight[(column & 1) + 2 * (row & 1)];
        for (int j = 0; j < kPatchSize; ++j) {
            const float* upper = place.luma + j * to.stride;
            const Lanes8 d = place.difference(upper, upper + to.stride, from.row(y + j) + x);
            const Lanes8 d2 = max_lanes(all_lanes(1.0f), d * d);
            store_lanes(weight.row(y + j) + x, trust / (d2 * d2 * d2));
        }
    }
};

/// The flow of 4x4 pixels that the same (up to four) patches cover: the mean of the patches' flows,
/// weighted at each pixel.
struct Densify {
    FlowLevel level;
    PatchGrid grid;

    template <int>
    REVERIE_HD void operator()(int direction, int row, int column, int /*lane*/) const {
        const FlowField& field = level.field[direction];
        float u[4];
        float v[4];
        const float* weights[4];
        const int x = column * kPatchStride;
        const int y = row * kPatchStride;
        for (int k = 0; k < 4; ++k) {
            const int pc = column - (k & 1);
            const int pr = row - (k >> 1);
            const int patch =
                clamp_to(pr, 0, grid.rows - 1) * grid.columns + clamp_to(pc, 0, grid.columns - 1);
            u[k] = field.patch[patch];
            v[k] = field.patch[grid.count() + patch];
            // Where there is no such patch the plane holds 0: nothing ever wrote there.
            weights[k] = field.weight[(pc & 1) + 2 * (pr & 1)].row(y) + x;
        }
        const int stride = field.u.stride;
        for (int j = 0; j < kPatchStride; ++j) {
            for (int c = 0; c < kPatchStride; ++c) {
                const int o = j * stride + c;
                const float w0 = weights[0][o];
                const float w1 = weights[1][o];
                const float w2 = weights[2][o];
                const float w3 = weights[3][o];
                const float scale = 1.0f / (((w0 + w1) + (w2 + w3)) + 1e-12f);
                field.u.row(y)[x + o] = ((w0 * u[0] + w1 * u[1]) + (w2 * u[2] + w3 * u[3])) * scale;
                field.v.row(y)[x + o] = ((w0 * v[0] + w1 * v[1]) + (w2 * v[2] + w3 * v[3])) * scale;
            }
        }
    }
};

/// dst = scale * a level's planes at level 0's size, bilinear. In spans of pixels, like the
/// functors of ascent.h: neighbours read the same few values.
template <int kPlanes>
struct ExpandPlanes {
    Plane planes[kPlanes];
    Pixels<float> dst;
    float scale;
    float inverse_scale;  ///< 2^-level

    template <int L>
    REVERIE_HD void operator()(int /*block*/, int y, int span, int lane) const {
        const int x0 = span * kSpan + lane;
#ifndef __CUDACC__
        if constexpr (L > 1) {
            if (expand_together<L>(x0, y)) return;
        }
#endif
        for (int x = x0; x < min_of(x0 + L, dst.width); ++x) {
            const LinearGather gather = from_coarser(planes[0], static_cast<float>(x),
                                                     static_cast<float>(y), inverse_scale);
            for (int p = 0; p < kPlanes; ++p) dst.at(x, y, p) = scale * gather(planes[p].origin);
        }
    }

#ifndef __CUDACC__
    /// The same for L pixels that read from L consecutive values of a row. Returns false if they
    /// would read from more, or near an edge.
    template <int L>
    REVERIE_HD bool expand_together(int x0, int y) const {
        const Plane& plane = planes[0];
        const int first = static_cast<int>(static_cast<float>(x0) * inverse_scale) - 1;
        if (inverse_scale > 0.5f || first < 0 || first + L > plane.width || x0 + L > dst.width)
            return false;
        Floats<L> at;
        for (int l = 0; l < L; ++l) at[l] = (static_cast<float>(l) + 0.5f) * inverse_scale + 0.5f;
        const Ints<L> left = __builtin_convertvector(at, Ints<L>), right = left + 1;
        const Floats<L> tx = at - __builtin_convertvector(left, Floats<L>);
        const float py = clamp_to((static_cast<float>(y) + 0.5f) * inverse_scale - 0.5f, 0.0f,
                                  static_cast<float>(plane.height - 1));
        const int row = static_cast<int>(py);
        const float ty = py - static_cast<float>(row);
        const int below = row + 1 < plane.height ? plane.stride : 0;
        for (int p = 0; p < kPlanes; ++p) {
            const float* const from = planes[p].origin + row * plane.stride + first;
            const Floats<L> upper = load_lanes<L>(from), lower = load_lanes<L>(from + below);
            const Floats<L> ul = lanes_at<L>(upper, left);
            const Floats<L> ll = lanes_at<L>(lower, left);
            const Floats<L> u = ul + (lanes_at<L>(upper, right) - ul) * tx;
            const Floats<L> l = ll + (lanes_at<L>(lower, right) - ll) * tx;
            store_lanes<L>(&dst.at(x0, y, p), scale * (u + (l - u) * ty));
        }
        return true;
    }
#endif
};

/// A level's flow, interpolated from the coarser level's; called with (x, direction * height + y).
struct InheritFlow {
    FlowLevel level;
    Plane coarse_u[kFlowDirections];
    Plane coarse_v[kFlowDirections];

    REVERIE_HD void operator()(int x, int line) const {
        const int direction = line >= level.height ? 1 : 0;
        const int y = line - direction * level.height;
        const FlowField& f = level.field[direction];
        const LinearGather gather =
            from_coarser(coarse_u[direction], static_cast<float>(x), static_cast<float>(y), 0.5f);
        const int i = y * f.u.stride + x;
        f.u.origin[i] = 2.0f * gather(coarse_u[direction].origin);
        f.v.origin[i] = 2.0f * gather(coarse_v[direction].origin);
    }
};

}  // namespace reverie
