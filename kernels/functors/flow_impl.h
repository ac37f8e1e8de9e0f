// FlowOps on one backend.
#pragma once

#include <utility>

#include "kernels/functors/flow.h"
#include "kernels/functors/flow_confidence.h"
#include "kernels/functors/flow_refine.h"
#include "kernels/functors/lane_grid.h"
#include "kernels/ops_flow.h"
#include "src/util/error.h"

namespace reverie {

template <class Exec>
class FlowOn : public FlowOps {
  public:
    void luma(Stream& stream, Pixels<const float> rgb, Pixels<float> dst) override {
        Exec(stream).each_element("luma", dst.plane_size(), LumaPicture{rgb, dst});
    }

    void luma_plane(Stream& stream, Pixels<const float> rgb, Plane dst) override {
        Exec exec(stream);
        exec.each_pixel("luma", dst.width, dst.height, LumaPlane{rgb, dst});
        exec.each_element("repeat edge", RepeatEdge::count(dst), RepeatEdge{dst});
    }

    void halve(Stream& stream, Plane src, Plane dst) override {
        Exec exec(stream);
        exec.each_pixel("halve", dst.width, dst.height, Halve{src, dst});
        exec.each_element("repeat edge", RepeatEdge::count(dst), RepeatEdge{dst});
    }

    void slopes(Stream& stream, FlowPicture picture) override {
        Exec(stream).each_pixel("slopes", picture.luma.width, picture.luma.height, Slopes{picture});
    }

    void solve_flow(Stream& stream, const FlowLevels& levels, const FlowSolve& solve) override {
        if (levels.count == 0) return;
        Exec(stream).parts(levels.level[0].directions, [&](int first, int count) {
            solve_directions(stream, levels, solve, first, count);
        });
    }

    void refine_flow(Stream& stream, const FlowLevel& level,
                     const FlowRefinement& options) override {
        Exec exec(stream);
        const int lines = level.height * level.directions;
        const float edge = options.edge_levels;
        exec.each_pixel("warp luma", level.width + 2, (level.height + 2) * level.directions,
                        WarpLuma{level});
        exec.each_eight(
            "light change",
            LaneGrid{level.directions, light_cells(level.height), light_cells(level.width), 1},
            LightChange{level});
        exec.each_pixel(
            "smoothness weights", level.width, lines,
            SmoothnessWeights{level, options.smoothness, edge > 0 ? 1.0f / (edge * edge) : 0.0f});
        exec.each_pixel("refinement system", level.width, lines,
                        RefinementSystem{level, options.brightness, options.gradient,
                                         options.noise_levels * options.noise_levels});
        // Chebyshev's weights for a spectral radius rho of the Jacobi iteration.
        const float rho2 = options.rho * options.rho;
        float omega = 1.0f;
        int done = 0;
        const auto iterate = [&](int count, bool from_other) {
            RefinementSteps steps{level, {}, count, from_other};
            for (int k = 0; k < count; ++k, ++done) {
                steps.omega[k] = omega;
                omega =
                    done == 0 ? 1.0f / (1.0f - 0.5f * rho2) : 1.0f / (1.0f - 0.25f * rho2 * omega);
            }
            exec.each_tile("refinement", LayerGrid{level.directions, level.height, level.width},
                           steps);
        };
        // In pairs, from u, v to `other` and back, so that the last result is in u, v.
        constexpr int kPair = 2 * RefinementSteps::kMargin;
        const int pairs = (options.iterations + kPair - 1) / kPair;
        for (int pair = 0; pair < pairs; ++pair) {
            const int count = (options.iterations - done) / (pairs - pair);
            iterate((count + 1) / 2, false);
            iterate(count / 2, true);
        }
    }

    void expand_flow(Stream& stream, const FlowLevel& level, int direction,
                     Pixels<float> dst) override {
        const FlowField& field = level.field[direction];
        const auto scale = static_cast<float>(1 << level.exponent);
        Exec(stream).each_lane("expand flow", spans_of(dst.plane(0)),
                               ExpandPlanes<2>{{field.u, field.v}, dst, scale, 1.0f / scale});
    }

    void confidence(Stream& stream, const FlowLevel& level, Pixels<float> dst) override {
        Exec exec(stream);
        const Plane raw = level.field[0].warped;
        const auto scale = static_cast<float>(1 << level.exponent);
        exec.each_pixel("confidence", level.width, level.height,
                        Confidence{level, raw, scale * scale});
        exec.each_lane("expand confidence", spans_of(dst),
                       ExpandPlanes<1>{{raw}, dst, 1.0f, 1.0f / scale});
    }

    void heed_doubt(Stream& stream, Pixels<const float> confidence, float occlusion, float stretch,
                    Pixels<float> dst) override {
        require(stretch > 0, "a fade is stretched by a factor above 0");
        Exec(stream).each_element("heed doubt", dst.size(),
                                  HeedDoubt{confidence.data, occlusion, 1.0F / stretch, dst.data});
    }

    void compose_paths(Stream& stream, const TrustedFlow& newer, const TrustedFlow& older,
                       Pixels<float> flow, Pixels<float> confidence) override {
        Exec(stream).each_lane("compose paths", spans_of(flow.plane(0)),
                               ComposePaths{newer, older, flow, confidence});
    }

    void mean(Stream& stream, Pixels<const float> src, float* result) override {
        Exec(stream).reduce("mean", src.size(), result,
                            MeanShare{src.data, 1.0f / static_cast<float>(src.size())});
    }

  private:
    /// Directions first ... first + count - 1 of a level, as a level of its own.
    static FlowLevel some_directions(const FlowLevel& level, int first, int count) {
        FlowLevel some = level;
        some.directions = count;
        for (int d = 0; d < count; ++d) {
            some.from[d] = level.from[first + d];
            some.to[d] = level.to[first + d];
            some.field[d] = level.field[first + d];
        }
        return some;
    }

    /// level's u, v: inverse search from the flow of `coarser` (null: from zero), then
    /// densification.
    void search_flow(Stream& stream, const FlowLevel& level, const FlowLevel* coarser,
                     const PatchSearch& options) {
        Exec exec(stream);
        const PatchGrid grid = patch_grid(level.width, level.height);
        const LaneGrid patches{level.directions, grid.rows, grid.columns, 1};
        SearchPatch search{level, grid, {}, {}, coarser != nullptr, options};
        for (int d = 0; coarser != nullptr && d < level.directions; ++d) {
            search.coarse_u[d] = coarser->field[d].u;
            search.coarse_v[d] = coarser->field[d].v;
        }
        exec.each_eight("search patches", patches, search);
        FlowLevel now = level;
        for (int pass = 0; pass < options.propagations; ++pass) {
            exec.each_eight("propagate patches", patches, PropagatePatch{now, grid, options});
            for (FlowField& field : now.field) std::swap(field.patch, field.patch_next);
        }
        exec.each_eight("weigh patches", patches, WeighPatch{now, grid});
        const LaneGrid cells{level.directions, (level.height + kPatchStride - 1) / kPatchStride,
                             (level.width + kPatchStride - 1) / kPatchStride, 1};
        exec.each_lane("densify", cells, Densify{now, grid});
    }

    void solve_directions(Stream& stream, const FlowLevels& levels, const FlowSolve& solve,
                          int first, int count) {
        FlowLevel coarser;
        for (int l = 0; l < levels.count; ++l) {
            const FlowLevel level = some_directions(levels.level[l], first, count);
            // Noise shrinks with the picture: each coarser level has at most half of it.
            const float quiet = 1.0f / static_cast<float>(1 << level.exponent);
            PatchSearch search = solve.search;
            search.noise_levels *= quiet;
            if (l == 0 || level.exponent >= solve.finest_search) {
                search_flow(stream, level, l == 0 ? nullptr : &coarser, search);
            } else {
                inherit_flow(stream, level, coarser);
            }
            FlowRefinement refinement = solve.refinement;
            refinement.noise_levels *= quiet;
            const bool finest = l + 1 == levels.count;
            const int steps = finest ? solve.refinements : solve.coarse_refinements;
            for (int k = 0; k < steps; ++k) refine_flow(stream, level, refinement);
            coarser = level;
        }
    }

    /// level's u, v: those of the coarser level, bilinear.
    void inherit_flow(Stream& stream, const FlowLevel& level, const FlowLevel& coarser) {
        InheritFlow inherit{level, {}, {}};
        for (int d = 0; d < level.directions; ++d) {
            inherit.coarse_u[d] = coarser.field[d].u;
            inherit.coarse_v[d] = coarser.field[d].v;
        }
        Exec(stream).each_pixel("inherit flow", level.width, level.height * level.directions,
                                inherit);
    }
};

}  // namespace reverie
