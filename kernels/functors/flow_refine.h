// Variational refinement of a flow (Brox et al. 2004; data terms normalised as by Zimmer et al.
// 2011): constancy of brightness and of its gradient and smoothness of the flow, all with robust
// penalties, linearised around the flow so far. The sparse linear system is solved by Jacobi
// iterations with Chebyshev weights: as few as SOR needs, but each pixel is independent of all
// others. Rows beyond the first direction's belong to the second.
#pragma once

#include "kernels/functors/flow.h"
#include "kernels/functors/lanes8.h"
#include "kernels/ops_flow.h"

namespace reverie {

REVERIE_HD float inverse_sqrt(float v) {
#ifdef __CUDA_ARCH__
    return rsqrtf(v);
#else
    return 1.0f / __builtin_sqrtf(v);
#endif
}

/// 1 inside a picture of this size, 0 from a pixel outside it on.
REVERIE_HD float visible(float position, int size) {
    const float depth = min_of(position, static_cast<float>(size - 1) - position);
    return clamp_to(depth + 1.0f, 0.0f, 1.0f);
}

/// Warps the other picture to this one. Also called for one pixel of border: x in 0 ... width + 1
/// is pixel x - 1.
struct WarpLuma {
    FlowLevel level;

    REVERIE_HD void operator()(int column, int line) const {
        const int rows = level.height + 2;
        const int direction = line >= rows ? 1 : 0;
        const int y = line - direction * rows - 1;
        const int x = column - 1;
        const FlowField& f = level.field[direction];
        const Plane& to = level.to[direction].luma;
        const int flow_row = clamp_to(y, 0, level.height - 1);
        const int flow_column = clamp_to(x, 0, level.width - 1);
        const int i = flow_row * f.u.stride + flow_column;
        constexpr float out = 2 - kPlaneBorder;
        const float px = clamp_to(static_cast<float>(x) + f.u.origin[i], out,
                                  static_cast<float>(level.width) - out);
        const float py = clamp_to(static_cast<float>(y) + f.v.origin[i], out,
                                  static_cast<float>(level.height) - out);
        const int ix = floor_int(px);
        const int iy = floor_int(py);
        const float tx = px - static_cast<float>(ix);
        const float ty = py - static_cast<float>(iy);
        const int o = iy * to.stride + ix;
        const float* p = to.origin;
        f.warped.origin[y * f.warped.stride + x] =
            lerp(lerp(p[o], p[o + 1], tx), lerp(p[o + to.stride], p[o + to.stride + 1], tx), ty);
    }
};

/// How much brighter the warped other picture is in a cell, because of a camera's exposure, a lamp
/// or a cloud. Constancy of brightness is assumed for what remains after subtracting it. Called
/// with (direction, row, column, 0) of a cell by each_eight; levels are at least eight pixels wide.
struct LightChange {
    FlowLevel level;

    template <int>
    REVERIE_HD void operator()(int direction, int row, int column, int /*lane*/) const {
        const FlowField& f = level.field[direction];
        const Plane& from = level.from[direction].luma;
        const Lanes8 least = all_lanes(-kMostLevels);
        const Lanes8 zero = all_lanes(0.0f);
        Lanes8 sum = zero;
        for (int j = 0; j < kLightCell; ++j) {
            const int y = min_of(row * kLightCell + j, level.height - 1);
            for (int i = 0; i < kLightCell; i += 8) {
                const int x = min_of(column * kLightCell + i, level.width - 8);
                const Lanes8 d = load_lanes(f.warped.row(y) + x) - load_lanes(from.row(y) + x);
                sum = sum + (zero - max_lanes(least, zero - max_lanes(least, d)));
            }
        }
        f.light.at(column, row) = sum_lanes(sum) * (1.0f / (kLightCell * kLightCell));
    }

    static constexpr float kMostLevels = 40.0f;  // with more, something else came into view
};

/// Weights of the edges between a pixel and those to its right and below: robust, and lower where
/// the picture has an edge.
struct SmoothnessWeights {
    FlowLevel level;
    float smoothness;
    float edge_scale;  ///< 1 / edge_levels^2, or 0

    REVERIE_HD float penalty(const FlowField& f, const FlowPicture& picture, int x, int y) const {
        const int stride = f.u.stride;
        const int i = y * stride + x;
        const int below = (min_of(y + 1, level.height - 1) - y) * stride;
        const float inside = x + 1 < level.width ? 1.0f : 0.0f;
        const float ux = inside * (f.u.origin[i + 1] - f.u.origin[i]);
        const float vx = inside * (f.v.origin[i + 1] - f.v.origin[i]);
        const float uy = f.u.origin[i + below] - f.u.origin[i];
        const float vy = f.v.origin[i + below] - f.v.origin[i];
        constexpr float epsilon2 = kFlowEpsilon * kFlowEpsilon;
        const float gx = picture.dx.origin[i];
        const float gy = picture.dy.origin[i];
        const float robust = inverse_sqrt((ux * ux + vx * vx) + (uy * uy + vy * vy) + epsilon2);
        return robust / (1.0f + (gx * gx + gy * gy) * edge_scale);
    }

    REVERIE_HD void operator()(int x, int line) const {
        const int direction = line >= level.height ? 1 : 0;
        const int y = line - direction * level.height;
        const FlowField& f = level.field[direction];
        const FlowPicture& picture = level.from[direction];
        const float here = penalty(f, picture, x, y);
        const float right = penalty(f, picture, x + 1, y);
        const float below = penalty(f, picture, x, min_of(y + 1, level.height - 1));
        const int i = y * f.u.stride + x;
        const float half_x = x + 1 < level.width ? 0.5f * smoothness : 0.0f;
        const float half_y = y + 1 < level.height ? 0.5f * smoothness : 0.0f;
        f.smooth_x.origin[i] = half_x * (here + right);
        f.smooth_y.origin[i] = half_y * (here + below);
    }

    static constexpr float kFlowEpsilon = 0.01f;
};

/// The 2x2 system of each pixel, inverted, and its right-hand side.
struct RefinementSystem {
    FlowLevel level;
    float brightness, gradient;
    float noise2;  ///< square of the slope that noise has

    REVERIE_HD void operator()(int x, int line) const {
        const int direction = line >= level.height ? 1 : 0;
        const int y = line - direction * level.height;
        const FlowField& f = level.field[direction];
        const int s = f.u.stride;
        const int i = y * s + x;
        const float* p = level.from[direction].luma.origin + i;
        const float* q = f.warped.origin + i;
        const float left = p[-1] + q[-1];
        const float right = p[1] + q[1];
        const float above = p[-s] + q[-s];
        const float below = p[s] + q[s];
        const float twice = 2.0f * (p[0] + q[0]);
        const float ix = 0.25f * (right - left);
        const float iy = 0.25f * (below - above);
        const float ixx = 0.5f * (right + left - twice);
        const float iyy = 0.5f * (below + above - twice);
        const float ixy = 0.125f * ((p[s + 1] + q[s + 1]) + (p[-s - 1] + q[-s - 1]) -
                                    (p[s - 1] + q[s - 1]) - (p[1 - s] + q[1 - s]));
        const LinearGather around =
            from_coarser(f.light, static_cast<float>(x), static_cast<float>(y), 1.0f / kLightCell);
        const float iz = q[0] - p[0] - around(f.light.origin);
        const float ixz = 0.5f * ((q[1] - p[1]) - (q[-1] - p[-1]));
        const float iyz = 0.5f * ((q[s] - p[s]) - (q[-s] - p[-s]));

        const float u = f.u.origin[i];
        const float v = f.v.origin[i];
        const float inside = visible(static_cast<float>(x) + u, level.width) *
                             visible(static_cast<float>(y) + v, level.height);
        constexpr float epsilon2 = 0.001f * 0.001f;
        const float n0 = 1.0f / (ix * ix + iy * iy + noise2);
        const float n1 = 1.0f / (ixx * ixx + ixy * ixy + noise2);
        const float n2 = 1.0f / (iyy * iyy + ixy * ixy + noise2);
        const float w0 = inside * brightness * n0 * inverse_sqrt(iz * iz * n0 + epsilon2);
        const float wg =
            inside * gradient * inverse_sqrt(ixz * ixz * n1 + iyz * iyz * n2 + epsilon2);
        const float w1 = wg * n1;
        const float w2 = wg * n2;
        const float d11 = w0 * ix * ix + w1 * ixx * ixx + w2 * ixy * ixy;
        const float d12 = w0 * ix * iy + (w1 * ixx + w2 * iyy) * ixy;
        const float d22 = w0 * iy * iy + w1 * ixy * ixy + w2 * iyy * iyy;
        const float r1 = w0 * ix * iz + w1 * ixx * ixz + w2 * ixy * iyz;
        const float r2 = w0 * iy * iz + w1 * ixy * ixz + w2 * iyy * iyz;
        f.b1.origin[i] = d11 * u + d12 * v - r1;
        f.b2.origin[i] = d12 * u + d22 * v - r2;

        const float edges = (f.smooth_x.origin[i] + f.smooth_x.origin[i - 1]) +
                            (f.smooth_y.origin[i] + f.smooth_y.origin[i - s]);
        const float m11 = d11 + edges;
        const float m22 = d22 + edges;
        const float scale = 1.0f / max_of(m11 * m22 - d12 * d12, 1e-12f);
        f.a11.origin[i] = m22 * scale;
        f.a12.origin[i] = -d12 * scale;
        f.a22.origin[i] = m11 * scale;
    }
};

/// Several iterations of a tile (each_tile): next = last + omega * (Jacobi(now) - last), where now
/// and last are the results of the two iterations before. Reads the level's u, v, last_u, last_v
/// and writes its `other` planes, or the other way round, because tiles read each other's margins.
struct RefinementSteps {
    static constexpr int kMargin = 4;  ///< most iterations: each needs one more pixel around

    template <int kWidth, int kHeight>
    struct Tile {
        static constexpr int kColumns = kWidth + 2 * kMargin, kRows = kHeight + 2 * kMargin;
        float u[2][kRows][kColumns], v[2][kRows][kColumns];  ///< now and last alternate
    };

    /// The same for a whole picture, in place: the planes' borders serve as the margin.
    struct Whole {
        struct Rows {
            float* origin;
            int stride;
            REVERIE_HD float* operator[](int row) const { return origin + row * stride; }
        };
        Rows u[2], v[2];
    };

    FlowLevel level;
    float omega[kMargin];
    int phases;       ///< iterations
    bool from_other;  ///< which planes are read

    Whole whole(int direction) const {
        const FlowField& f = level.field[direction];
        const auto rows = [](const Plane& p) { return Whole::Rows{p.origin, p.stride}; };
        if (from_other)
            return {{rows(f.other[0]), rows(f.other[2])}, {rows(f.other[1]), rows(f.other[3])}};
        return {{rows(f.u), rows(f.last_u)}, {rows(f.v), rows(f.last_v)}};
    }

    template <class T>
    REVERIE_HD void load(T& tile, int row, int column, int direction, int y, int x) const {
        const FlowField& f = level.field[direction];
        const int i = y * f.u.stride + x;
        tile.u[0][row][column] = (from_other ? f.other[0] : f.u).origin[i];
        tile.v[0][row][column] = (from_other ? f.other[1] : f.v).origin[i];
        tile.u[1][row][column] = (from_other ? f.other[2] : f.last_u).origin[i];
        tile.v[1][row][column] = (from_other ? f.other[3] : f.last_v).origin[i];
    }

    /// Clears a cell outside the picture, where the weights of edges are 0.
    template <class T>
    REVERIE_HD void clear(T& tile, int row, int column) const {
        for (int k = 0; k < 2; ++k) tile.u[k][row][column] = tile.v[k][row][column] = 0.0f;
    }

    /// Iteration number `phase`, from 0.
    template <class T>
    REVERIE_HD void step(T& tile, int phase, int row, int column, int direction, int y,
                         int x) const {
        const FlowField& f = level.field[direction];
        const int s = f.u.stride;
        const int i = y * s + x;
        const auto& u = tile.u[phase % 2];
        const auto& v = tile.v[phase % 2];
        float& to_u = tile.u[1 - phase % 2][row][column];
        float& to_v = tile.v[1 - phase % 2][row][column];
        const float wl = f.smooth_x.origin[i - 1];
        const float wr = f.smooth_x.origin[i];
        const float wa = f.smooth_y.origin[i - s];
        const float wb = f.smooth_y.origin[i];
        const float r1 = f.b1.origin[i] + ((wl * u[row][column - 1] + wr * u[row][column + 1]) +
                                           (wa * u[row - 1][column] + wb * u[row + 1][column]));
        const float r2 = f.b2.origin[i] + ((wl * v[row][column - 1] + wr * v[row][column + 1]) +
                                           (wa * v[row - 1][column] + wb * v[row + 1][column]));
        const float a12 = f.a12.origin[i];
        const float ju = f.a11.origin[i] * r1 + a12 * r2;
        const float jv = a12 * r1 + f.a22.origin[i] * r2;
        to_u = to_u + omega[phase] * (ju - to_u);
        to_v = to_v + omega[phase] * (jv - to_v);
    }

    template <class T>
    REVERIE_HD void store(const T& tile, int row, int column, int direction, int y, int x) const {
        const FlowField& f = level.field[direction];
        const int i = y * f.u.stride + x;
        const int now = phases % 2;
        (from_other ? f.u : f.other[0]).origin[i] = tile.u[now][row][column];
        (from_other ? f.v : f.other[1]).origin[i] = tile.v[now][row][column];
        (from_other ? f.last_u : f.other[2]).origin[i] = tile.u[1 - now][row][column];
        (from_other ? f.last_v : f.other[3]).origin[i] = tile.v[1 - now][row][column];
    }
};

}  // namespace reverie
