// All ops of another device, queued instead of run: arguments are copied at once, and what they
// point to must be in the device's memory.
#pragma once

#include <functional>

#include "kernels/forwarded_ops.h"

namespace reverie::test {

/// Takes the queued work, and tells whether memory is the device's.
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
                             s.block_channels;
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
    void check(const FlowLevels& levels) const {
        for (int l = 0; l < levels.count; ++l) check(levels.level[l]);
    }
    void check(const TrustedFlow& f) const {
        check(f.flow);
        check(f.confidence);
    }
    void check(const GradientMix& mix) const {
        for (int k = 0; k < mix.count; ++k) check(mix.parts[k]);
        check(mix.sums);
    }
    void check(const PictureRef& p) const { check(p.tensor); }
    void check(const InputTransform& t) const { check(t.roll); }
    void check(const GradientFinish& f) const {
        check(f.x);
        check(f.dx);
        if (f.pool != PoolKind::none) check(f.pool_dy);
        check(f.argmax);
        check(f.alpha);
        check(f.beta);
        check(f.scale);
        check(f.edges);
    }
    void check(const ObjectiveEdges& e) const { check(e.roll); }
    void check(const LayerMasks& m) const {
        for (int k = 0; k < m.count; ++k) check(m.mask[k]);
        check(m.roll);
    }
    void check(const MaskSum& sum) const {
        for (int k = 0; k < sum.count; ++k) check(sum.mask[k]);
    }
    void check(const MaskedGradient& g) const {
        check(g.x);
        check(g.dx);
        check(g.alpha);
        check(g.beta);
        check(g.scale);
        check(g.masks);
        check(g.edges);
    }
    void check(const GuideGradient& g) const {
        check(g.match);
        check(g.dx);
        check(g.features);
        check(g.weight);
        check(g.scale);
        check(g.masks);
        check(g.edges);
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
    void check(const DreamOverBlack& d) const {
        for (const auto& picture : {d.dream, d.seen, d.alpha}) check(picture);
        if (d.color.data != nullptr) check(d.color);
        check(d.touched);
    }
    void check(const GuidedPicture& g) const {
        for (const auto& picture : {g.picture, g.guide, g.smooth, g.slope}) check(picture);
    }
    /// Numbers and the like.
    template <class T>
    requires(!std::is_pointer_v<T>) void check(const T& /*value*/) const {}
};

class LateOps : public ForwardedOps<LateOps> {
  public:
    LateOps(Ops& inner, LateQueue& queue) : inner_(inner), queue_(queue) {}

    template <class Domain, class... Args>
    void forward(Stream& stream, const char* /*name*/, void (Domain::*op)(Stream&, Args...),
                 std::type_identity_t<Args>... args) {
        (queue_.check(args), ...);
        queue_.queue(stream, [this, op, args...](Stream& s) { (inner_.*op)(s, args...); });
    }

  private:
    Ops& inner_;
    LateQueue& queue_;
};

}  // namespace reverie::test
