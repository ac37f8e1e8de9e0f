// All ops of another device, queued instead of run: arguments are taken as they are now, and what
// they point to must lie in the device's memory.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "kernels/ops.h"

namespace reverie::test {

/// Where queued work goes, and what says whether memory is the device's.
class LateQueue {
  public:
    virtual ~LateQueue() = default;
    virtual void queue(Stream& stream, std::function<void(Stream&)> work) = 0;
    /// Notes a fault unless `bytes` bytes from `begin` on lie in one piece of the device's memory.
    virtual void check(const void* begin, size_t bytes) const = 0;

    template <class T>
    void check(const Pixels<T>& p) const {
        check(p.data, static_cast<size_t>(p.size()) * sizeof(T));
    }
    void check(const TensorRef& t) const {
        const Tensor<void>& s = t.shape;
        const int64_t span = (s.blocks - 1) * s.block_stride +
                             (static_cast<int64_t>(s.height) * s.width - 1) * s.pixel_stride +
                             s.lanes;
        check(s.data, static_cast<size_t>(span) * bytes_of(t.type));
    }
    template <class T>
    void check(T* const& one) const {
        check(one, sizeof(T));
    }
    void check(const Plane& p) const {
        check(p.origin, sizeof(float) * static_cast<size_t>(p.stride) * (p.height - 1));
    }
    void check(const FlowPicture& p) const { check(p.luma); }
    void check(const FlowLevel& level) const {
        for (int d = 0; d < level.directions; ++d) {
            check(level.from[d]);
            check(level.to[d]);
            check(level.field[d].u);
            check(level.field[d].other[3]);
            check(level.field[d].patch_next);
        }
    }
    void check(const FlowLevel* const& level) const {
        if (level != nullptr) check(*level);
    }
    void check(const InputTransform& t) const { check(t.roll); }
    void check(const GradientFinish& f) const {
        check(f.x);
        check(f.dx);
        if (f.pool != PoolKind::none) check(f.pool_dy);
        check(f.argmax);
        check(f.alpha);
        check(f.beta);
        check(f.scale);
        check(f.roll);
    }
    void check(const DirectConvolution& c) const {
        check(c.from);
        check(c.to);
        check(c.filters);
        check(c.bias);
    }
    void check(const VideoPlanes& p) const {
        for (int plane = 0; plane < p.format.planes; ++plane) check(p.data[plane]);
    }
    void check(const GuidedPicture& g) const {
        for (const auto& picture : {g.picture, g.guide, g.smooth, g.slope}) check(picture);
    }
    /// Numbers and the like.
    template <class T>
    requires(!std::is_pointer_v<T>) void check(const T& /*value*/) const {}
};

class LateOps : public Ops {
  public:
    LateOps(Ops& inner, LateQueue& queue) : inner_(inner), queue_(queue) {}

    void yuv_to_rgb(Stream& stream, const VideoPlanes& src, Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.yuv_to_rgb(s, src, dst); }, src, dst);
    }
    void rgb_to_yuv(Stream& stream, Pixels<const float> src, const VideoPlanes& dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.rgb_to_yuv(s, src, dst); }, src, dst);
    }
    void pack_bgra(Stream& stream, Pixels<const float> rgb, uint32_t* bgra) override {
        later(
            stream, [=, this](Stream& s) { inner_.pack_bgra(s, rgb, bgra); }, rgb, bgra);
    }
    void resize(Stream& stream, Pixels<const float> src, Pixels<float> dst,
                float* scratch) override {
        later(
            stream, [=, this](Stream& s) { inner_.resize(s, src, dst, scratch); }, src, dst,
            scratch);
    }
    void warp(Stream& stream, Pixels<const float> src, Pixels<const float> flow,
              Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.warp(s, src, flow, dst); }, src, flow, dst);
    }
    void warp_evenly(Stream& stream, Pixels<const float> src, Pixels<const float> flow,
                     float damping, Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.warp_evenly(s, src, flow, damping, dst); }, src,
            flow, damping, dst);
    }
    void carry_residual(Stream& stream, Pixels<const float> src, Pixels<const float> flow,
                        Pixels<const float> confidence, float decay, Pixels<float> dst) override {
        later(
            stream,
            [=, this](Stream& s) { inner_.carry_residual(s, src, flow, confidence, decay, dst); },
            src, flow, confidence, decay, dst);
    }
    void carry_residual_evenly(Stream& stream, Pixels<const float> src, Pixels<const float> flow,
                               Pixels<const float> confidence, float decay, float damping,
                               Pixels<float> dst) override {
        later(
            stream,
            [=, this](Stream& s) {
                inner_.carry_residual_evenly(s, src, flow, confidence, decay, damping, dst);
            },
            src, flow, confidence, decay, damping, dst);
    }
    void compose_flows(Stream& stream, Pixels<const float> newer, Pixels<const float> older,
                       Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.compose_flows(s, newer, older, dst); }, newer,
            older, dst);
    }
    void affine_flow(Stream& stream, const AffineMotion& motion, Pixels<float> flow) override {
        later(
            stream, [=, this](Stream& s) { inner_.affine_flow(s, motion, flow); }, motion, flow);
    }
    void mirrored_flow(Stream& stream, const MirroredMotion& motion, Pixels<float> flow) override {
        later(
            stream, [=, this](Stream& s) { inner_.mirrored_flow(s, motion, flow); }, motion, flow);
    }
    void scale_offset(Stream& stream, Pixels<const float> src, float scale, float offset,
                      Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.scale_offset(s, src, scale, offset, dst); }, src,
            scale, offset, dst);
    }
    void cell_luminance(Stream& stream, Pixels<const float> rgb, float* scratch,
                        Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.cell_luminance(s, rgb, scratch, dst); }, rgb,
            scratch, dst);
    }
    void blend_cells(Stream& stream, Pixels<const float> from, Pixels<const float> to,
                     Pixels<const float> weights, Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.blend_cells(s, from, to, weights, dst); }, from,
            to, weights, dst);
    }
    void luma(Stream& stream, Pixels<const float> rgb, Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.luma(s, rgb, dst); }, rgb, dst);
    }
    void luma_plane(Stream& stream, Pixels<const float> rgb, Plane dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.luma_plane(s, rgb, dst); }, rgb, dst);
    }
    void halve(Stream& stream, Plane src, Plane dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.halve(s, src, dst); }, src, dst);
    }
    void slopes(Stream& stream, FlowPicture picture) override {
        later(
            stream, [=, this](Stream& s) { inner_.slopes(s, picture); }, picture);
    }
    void search_flow(Stream& stream, const FlowLevel& level, const FlowLevel* coarser,
                     const PatchSearch& options) override {
        const FlowLevel before = coarser != nullptr ? *coarser : FlowLevel();
        const bool has_before = coarser != nullptr;
        later(
            stream,
            [=, this](Stream& s) {
                inner_.search_flow(s, level, has_before ? &before : nullptr, options);
            },
            level, coarser, options);
    }
    void refine_flow(Stream& stream, const FlowLevel& level,
                     const FlowRefinement& options) override {
        later(
            stream, [=, this](Stream& s) { inner_.refine_flow(s, level, options); }, level,
            options);
    }
    void expand_flow(Stream& stream, const FlowLevel& level, int direction,
                     Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.expand_flow(s, level, direction, dst); }, level,
            direction, dst);
    }
    void confidence(Stream& stream, const FlowLevel& level, Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.confidence(s, level, dst); }, level, dst);
    }
    void heed_doubt(Stream& stream, Pixels<const float> confidence, float occlusion, float stretch,
                    Pixels<float> dst) override {
        later(
            stream,
            [=, this](Stream& s) { inner_.heed_doubt(s, confidence, occlusion, stretch, dst); },
            confidence, occlusion, stretch, dst);
    }
    void compose_paths(Stream& stream, const TrustedFlow& newer, const TrustedFlow& older,
                       Pixels<float> flow, Pixels<float> confidence) override {
        later(
            stream,
            [=, this](Stream& s) { inner_.compose_paths(s, newer, older, flow, confidence); },
            newer.flow, newer.confidence, older.flow, older.confidence, flow, confidence);
    }
    void mean(Stream& stream, Pixels<const float> src, float* result) override {
        later(
            stream, [=, this](Stream& s) { inner_.mean(s, src, result); }, src, result);
    }
    void absolute_sum(Stream& stream, Pixels<const float> src, float* sum) override {
        later(
            stream, [=, this](Stream& s) { inner_.absolute_sum(s, src, sum); }, src, sum);
    }
    void square_sum(Stream& stream, Pixels<const float> src, float* sum) override {
        later(
            stream, [=, this](Stream& s) { inner_.square_sum(s, src, sum); }, src, sum);
    }
    void blur(Stream& stream, Pixels<const float> src, float sigma, Pixels<float> scratch,
              Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.blur(s, src, sigma, scratch, dst); }, src, sigma,
            scratch, dst);
    }
    void pyramid_down(Stream& stream, Pixels<const float> src, Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.pyramid_down(s, src, dst); }, src, dst);
    }
    void laplacian_level(Stream& stream, Pixels<const float> src, Pixels<const float> coarse,
                         Pixels<float> level) override {
        later(
            stream, [=, this](Stream& s) { inner_.laplacian_level(s, src, coarse, level); }, src,
            coarse, level);
    }
    void restore_level(Stream& stream, Pixels<const float> coarse, Pixels<const float> level,
                       const float* squares, Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.restore_level(s, coarse, level, squares, dst); },
            coarse, level, squares, dst);
    }
    void divide_by_rms(Stream& stream, const float* squares, Pixels<float> picture) override {
        later(
            stream, [=, this](Stream& s) { inner_.divide_by_rms(s, squares, picture); }, squares,
            picture);
    }
    void mix_gradient(Stream& stream, const GradientMix& mix, Pixels<float> dst,
                      float* sum) override {
        for (int k = 1; k < mix.count; ++k) queue_.check(mix.parts[k]);
        later(
            stream, [=, this](Stream& s) { inner_.mix_gradient(s, mix, dst, sum); }, mix.parts[0],
            mix.sums, dst, sum);
    }
    void ascend(Stream& stream, Pixels<const float> gradient, const float* sum, const float* step,
                Pixels<const float> base, Pixels<float> x) override {
        later(
            stream, [=, this](Stream& s) { inner_.ascend(s, gradient, sum, step, base, x); },
            gradient, sum, step, base, x);
    }
    void add_scaled(Stream& stream, Pixels<const float> a, float factor, Pixels<const float> b,
                    Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.add_scaled(s, a, factor, b, dst); }, a, factor, b,
            dst);
    }
    void show(Stream& stream, Pixels<const float> frame, Pixels<const float> residual,
              float strength, Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.show(s, frame, residual, strength, dst); }, frame,
            residual, strength, dst);
    }
    void slope_on_guide(Stream& stream, Pixels<const float> src, Pixels<const float> guide,
                        float noise, Pixels<float> slope) override {
        later(
            stream, [=, this](Stream& s) { inner_.slope_on_guide(s, src, guide, noise, slope); },
            src, guide, noise, slope);
    }
    void show_guided(Stream& stream, Pixels<const float> frame, const GuidedPicture& guided,
                     Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.show_guided(s, frame, guided, dst); }, frame,
            guided, dst);
    }
    void place_tile(Stream& stream, Pixels<const float> tile, int margin, int origin_x,
                    int origin_y, Pixels<float> dst) override {
        later(
            stream,
            [=, this](Stream& s) { inner_.place_tile(s, tile, margin, origin_x, origin_y, dst); },
            tile, margin, origin_x, origin_y, dst);
    }
    void mirror(Stream& stream, Pixels<const float> src, int margin, Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.mirror(s, src, margin, dst); }, src, margin, dst);
    }
    void measure(Stream& stream, Pixels<const float> rgb, float* sums) override {
        later(
            stream, [=, this](Stream& s) { inner_.measure(s, rgb, sums); }, rgb, sums);
    }
    void balance(Stream& stream, Pixels<const float> src, const Balancing& balancing,
                 Pixels<float> dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.balance(s, src, balancing, dst); }, src,
            balancing, dst);
    }
    void prepare_input(Stream& stream, Pixels<const float> rgb, const InputTransform& transform,
                       const PictureRef& dst) override {
        later(
            stream, [=, this](Stream& s) { inner_.prepare_input(s, rgb, transform, dst); }, rgb,
            transform, dst.tensor);
    }
    void collect_gradient(Stream& stream, TensorRef phases, int stride,
                          const InputTransform& transform, Pixels<float> gradient) override {
        later(
            stream,
            [=, this](Stream& s) {
                inner_.collect_gradient(s, phases, stride, transform, gradient);
            },
            phases, stride, transform, gradient);
    }
    void settle_gradient(Stream& stream, const float* sum, GradientScale* scale,
                         Pixels<float> gradient) override {
        later(
            stream, [=, this](Stream& s) { inner_.settle_gradient(s, sum, scale, gradient); }, sum,
            scale, gradient);
    }
    void copy_tensor(Stream& stream, TensorRef from, TensorRef to, bool accumulate) override {
        later(
            stream, [=, this](Stream& s) { inner_.copy_tensor(s, from, to, accumulate); }, from, to,
            accumulate);
    }
    void max_pool(Stream& stream, TensorRef x, PoolWindow window, TensorRef y,
                  uint8_t* argmax) override {
        later(
            stream, [=, this](Stream& s) { inner_.max_pool(s, x, window, y, argmax); }, x, window,
            y, argmax);
    }
    void average_pool(Stream& stream, TensorRef x, PoolWindow window, TensorRef y) override {
        later(
            stream, [=, this](Stream& s) { inner_.average_pool(s, x, window, y); }, x, window, y);
    }
    void global_average(Stream& stream, TensorRef x, TensorRef y) override {
        later(
            stream, [=, this](Stream& s) { inner_.global_average(s, x, y); }, x, y);
    }
    void lrn(Stream& stream, TensorRef x, const LrnConstants& constants, TensorRef y) override {
        later(
            stream, [=, this](Stream& s) { inner_.lrn(s, x, constants, y); }, x, constants, y);
    }
    void lrn_backward(Stream& stream, TensorRef x, TensorRef dy, const LrnConstants& constants,
                      TensorRef dx) override {
        later(
            stream, [=, this](Stream& s) { inner_.lrn_backward(s, x, dy, constants, dx); }, x, dy,
            constants, dx);
    }
    void finish_gradient(Stream& stream, const GradientFinish& finish) override {
        later(
            stream, [=, this](Stream& s) { inner_.finish_gradient(s, finish); }, finish);
    }
    void direct_convolution(Stream& stream, const DirectConvolution& convolution) override {
        later(
            stream, [=, this](Stream& s) { inner_.direct_convolution(s, convolution); },
            convolution);
    }
    void objective_value(Stream& stream, TensorRef x, const float* alpha, const float* beta,
                         float* loss) override {
        later(
            stream, [=, this](Stream& s) { inner_.objective_value(s, x, alpha, beta, loss); }, x,
            alpha, beta, loss);
    }
    void row_squares(Stream& stream, TensorRef x, float* sums) override {
        later(
            stream, [=, this](Stream& s) { inner_.row_squares(s, x, sums); }, x, sums);
    }
    void activation_map(Stream& stream, TensorRef x, int first, int count, float scale,
                        Pixels<float> map) override {
        later(
            stream, [=, this](Stream& s) { inner_.activation_map(s, x, first, count, scale, map); },
            x, first, count, scale, map);
    }
    void solve_flow(Stream& stream, const FlowSolve& solve) override {
        std::vector<FlowLevel> levels(solve.levels, solve.levels + solve.count);
        for (const FlowLevel& level : levels) queue_.check(level);
        queue_.queue(stream, [=, this](Stream& s) {
            FlowSolve now = solve;
            now.levels = levels.data();
            inner_.solve_flow(s, now);
        });
    }

  private:
    template <class Work, class... Args>
    void later(Stream& stream, Work work, const Args&... args) {
        (queue_.check(args), ...);
        queue_.queue(stream, work);
    }

    Ops& inner_;
    LateQueue& queue_;
};

}  // namespace reverie::test
