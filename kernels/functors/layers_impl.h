// LayerOps on one backend.
#pragma once

#include <type_traits>

#include "kernels/functors/conv_direct.h"
#include "kernels/functors/lane_grid.h"
#include "kernels/functors/layers.h"
#include "kernels/ops_layers.h"
#include "src/util/error.h"

namespace reverie {

/// Calls f with a value of the storage type that `type` names.
template <class F>
void with_storage(DType type, F f) {
    switch (type) {
        case DType::f32:
            return f(float{});
        case DType::bf16:
            return f(Bf16{});
        case DType::f16:
            return f(Half{});
    }
}

/// Calls f with the window: with a compiled one for the windows of both networks' pools, else with
/// the general one.
template <class F>
void with_window(PoolWindow window, F f) {
    const auto is = [&](int kernel, int stride, int pad) {
        return window.kernel == kernel && window.stride == stride && window.pad_top == pad &&
               window.pad_left == pad && !window.count_padding;
    };
    if (is(3, 2, 0)) return f(FixedWindow<3, 2, 0>{});
    if (is(3, 1, 1)) return f(FixedWindow<3, 1, 1>{});
    return f(window);
}

/// Calls f with the reach of a window of `size` channels: a compiled one for BVLC's GoogLeNet and
/// for inception5h.
template <class F>
void with_reach(int size, F f) {
    if (size == 5) return f(std::integral_constant<int, 2>{});
    if (size == 11) return f(std::integral_constant<int, 5>{});
    f(std::integral_constant<int, kAnyReach>{});
}

template <class Exec>
class LayersOn : public LayerOps {
  public:
    void prepare_input(Stream& stream, Pixels<const float> rgb, const InputTransform& transform,
                       const PictureRef& dst) override {
        require(dst.stride == 1 || dst.stride == 2,
                "the first convolution's stride must be 1 or 2");
        InputTransform rolled = transform;
        rolled.shift_x = wrap(transform.shift_x, rgb.width);
        rolled.shift_y = wrap(transform.shift_y, rgb.height);
        with_storage(dst.tensor.type, [&](auto value) {
            using T = decltype(value);
            const Tensor<T> tensor = typed<T>(dst.tensor);
            if (tensor.block_channels > 1 && dst.stride == 2) {
                Exec(stream).each_lane(
                    "prepare_input", grid_of(tensor),
                    PrepareLanes<T, 2>{rgb, rolled, tensor, dst.height, dst.width});
                return;
            }
            if (tensor.block_channels > 1) {
                Exec(stream).each_lane(
                    "prepare_input", grid_of(tensor),
                    PrepareLanes<T, 1>{rgb, rolled, tensor, dst.height, dst.width});
                return;
            }
            const Pixels<T> planes{tensor.data, tensor.width, tensor.height, tensor.blocks};
            Exec(stream).each_lane("prepare_input", spans_of(planes),
                                   PrepareInput<T>{rgb, rolled, planes});
        });
    }

    void collect_gradient(Stream& stream, TensorRef phases, int stride,
                          const InputTransform& transform, Pixels<float> gradient) override {
        require(stride == 1 || stride == 2, "the first convolution's stride must be 1 or 2");
        InputTransform rolled = transform;
        rolled.shift_x = wrap(transform.shift_x, gradient.width);
        rolled.shift_y = wrap(transform.shift_y, gradient.height);
        const Exec exec(stream);
        with_storage(phases.type, [&](auto value) {
            using T = decltype(value);
            const Tensor<const T> from = typed<const T>(phases);
            if (stride == 2) {
                exec.each_pixel("collect_gradient", gradient.width, gradient.height,
                                CollectGradient<T, 2>{from, rolled, gradient});
            } else {
                exec.each_pixel("collect_gradient", gradient.width, gradient.height,
                                CollectGradient<T, 1>{from, rolled, gradient});
            }
        });
    }

    void settle_gradient(Stream& stream, const float* sum, GradientScale* scale,
                         Pixels<float> gradient) override {
        const Exec exec(stream);
        exec.each_element("settle_gradient", gradient.size(),
                          SettleGradient{sum, scale, gradient.data});
        exec.each_element("adapt_scale", 1, AdaptScale{sum, scale});
    }

    void copy_tensor(Stream& stream, TensorRef from, TensorRef to, bool accumulate) override {
        with_storage(from.type, [&](auto read) {
            using From = decltype(read);
            with_storage(to.type, [&](auto written) {
                using To = decltype(written);
                const Tensor<To> out = typed<To>(to);
                Exec(stream).each_lane(
                    "copy_tensor", grid_of(out),
                    CopyTensor<From, To>{typed<const From>(from), out, accumulate});
            });
        });
    }

    void max_pool(Stream& stream, TensorRef x, PoolWindow window, TensorRef y,
                  uint8_t* argmax) override {
        with_storage(y.type, [&](auto value) {
            using T = decltype(value);
            const Tensor<T> out = typed<T>(y);
            with_window(window, [&](auto w) {
                const Tensor<uint8_t> indices = packed_like(y, argmax);
                Exec(stream).each_lane(
                    "max_pool", grid_of(out),
                    MaxPool<T, decltype(w)>{typed<const T>(x), w, out, indices},
                    MaxPool<T, PoolWindow>{typed<const T>(x), window, out, indices});
            });
        });
    }

    void average_pool(Stream& stream, TensorRef x, PoolWindow window, TensorRef y) override {
        with_storage(y.type, [&](auto value) {
            using T = decltype(value);
            const Tensor<T> out = typed<T>(y);
            with_window(window, [&](auto w) {
                Exec(stream).each_lane("average_pool", grid_of(out),
                                       AveragePool<T, decltype(w)>{typed<const T>(x), w, out},
                                       AveragePool<T, PoolWindow>{typed<const T>(x), window, out});
            });
        });
    }

    void global_average(Stream& stream, TensorRef x, TensorRef y) override {
        with_storage(y.type, [&](auto value) {
            using T = decltype(value);
            const Tensor<T> out = typed<T>(y);
            Exec(stream).each_lane("global_average", grid_of(out),
                                   GlobalAverage<T>{typed<const T>(x), out});
        });
    }

    void lrn(Stream& stream, TensorRef x, const LrnConstants& constants, TensorRef y) override {
        with_storage(y.type, [&](auto value) {
            using T = decltype(value);
            const Tensor<T> out = typed<T>(y);
            with_reach(constants.size, [&](auto reach) {
                Exec(stream).each_run(
                    "lrn", grid_of(out),
                    Lrn<T, decltype(reach)::value>{typed<const T>(x), {constants}, out},
                    Lrn<T, kAnyReach>{typed<const T>(x), {constants}, out});
            });
        });
    }

    void lrn_backward(Stream& stream, TensorRef x, TensorRef dy, const LrnConstants& constants,
                      TensorRef dx) override {
        with_storage(dx.type, [&](auto value) {
            using T = decltype(value);
            const Tensor<T> out = typed<T>(dx);
            with_reach(constants.size, [&](auto reach) {
                Exec(stream).each_run("lrn_backward", grid_of(out),
                                      LrnBackward<T, decltype(reach)::value>{
                                          typed<const T>(x), typed<const T>(dy), {constants}, out},
                                      LrnBackward<T, kAnyReach>{
                                          typed<const T>(x), typed<const T>(dy), {constants}, out});
            });
        });
    }

    void finish_gradient(Stream& stream, const GradientFinish& finish) override {
        with_storage(finish.dx.type, [&](auto value) {
            using T = decltype(value);
            switch (finish.pool) {
                case PoolKind::none:
                    return finish_on<T, PoolKind::none>(stream, finish);
                case PoolKind::max:
                    return finish_on<T, PoolKind::max>(stream, finish);
                case PoolKind::average:
                    return finish_on<T, PoolKind::average>(stream, finish);
                case PoolKind::global_average:
                    return finish_on<T, PoolKind::global_average>(stream, finish);
            }
        });
    }

    void direct_convolution(Stream& stream, const DirectConvolution& c) override {
        with_storage(c.from.type, [&](auto value) {
            using From = decltype(value);
            if (c.to.type == DType::f32) return convolve<From, float>(stream, c);
            require(c.to.type == c.from.type,
                    "a convolution's output is stored as its input is, or as f32");
            convolve<From, From>(stream, c);
        });
    }

    void objective_value(Stream& stream, TensorRef x, const float* alpha, const float* beta,
                         float* loss) override {
        with_storage(x.type, [&](auto value) {
            using T = decltype(value);
            const Tensor<const T> t = typed<const T>(x);
            const int64_t n = static_cast<int64_t>(t.channels()) * t.height * t.width;
            Exec(stream).reduce("objective_value", n, loss, ObjectiveValue<T>{t, alpha, beta});
        });
    }

    void row_squares(Stream& stream, TensorRef x, float* sums) override {
        with_storage(x.type, [&](auto value) {
            using T = decltype(value);
            const Tensor<const T> t = typed<const T>(x);
            TensorGrid rows = grid_of(t);
            rows.width = 1;
            Exec(stream).each_lane("row_squares", rows, RowSquares<T>{t, sums});
        });
    }

    void activation_map(Stream& stream, TensorRef x, int first, int count, float scale,
                        Pixels<float> map) override {
        with_storage(x.type, [&](auto value) {
            using T = decltype(value);
            Exec(stream).each_pixel("activation_map", map.width, map.height,
                                    ActivationMap<T>{typed<const T>(x), first, count, scale, map});
        });
    }

    void strongest_channel(Stream& stream, TensorRef x, int count, Pixels<int> index) override {
        with_storage(x.type, [&](auto value) {
            using T = decltype(value);
            Exec(stream).each_pixel("strongest_channel", index.width, index.height,
                                    StrongestChannel<T>{typed<const T>(x), count, index});
        });
    }

    void add_matched(Stream& stream, const GuideGradient& g) override {
        with_storage(g.dx.type, [&](auto value) {
            using T = decltype(value);
            const Tensor<T> dx = typed<T>(g.dx);
            Exec(stream).each_lane("add_matched", grid_of(dx),
                                   AddMatched<T>{g.match, dx, g.accumulate, g.features, g.weight,
                                                 g.scale, g.masks, g.edges});
        });
    }

    void add_masked(Stream& stream, const MaskedGradient& g) override {
        require(g.masks.count >= 0 && g.masks.count <= kMostMasks, "there are too many masks");
        with_storage(g.dx.type, [&](auto value) {
            using T = decltype(value);
            const Tensor<T> dx = typed<T>(g.dx);
            Exec(stream).each_lane("add_masked", grid_of(dx),
                                   AddMasked<T>{typed<const T>(g.x), dx, g.accumulate, g.alpha,
                                                g.beta, g.stride, g.scale, g.masks, g.edges});
        });
    }

  private:
    /// A byte tensor of y's shape, packed.
    template <class Byte>
    static Tensor<Byte> packed_like(const TensorRef& y, Byte* data) {
        const Tensor<void>& s = y.shape;
        const bool blocked = s.pixel_stride == s.block_channels;
        const int64_t plane = static_cast<int64_t>(s.height) * s.width;
        return {data,
                s.blocks,
                s.block_channels,
                s.height,
                s.width,
                blocked ? plane * s.block_channels : 0,
                s.block_channels};
    }

    template <class From, class To>
    void convolve(Stream& stream, const DirectConvolution& c) {
        if (c.gradient) return convolve_one_way<From, To, true>(stream, c);
        convolve_one_way<From, To, false>(stream, c);
    }

    template <class From, class To, bool kGradient>
    void convolve_one_way(Stream& stream, const DirectConvolution& c) {
        const Tensor<To> to = typed<To>(c.to);
        Exec(stream).each_lane(
            "direct_convolution", static_cast<const TensorGrid&>(grid_of(to)),
            DirectConv<From, To, kGradient>{typed<const From>(c.from), to, c.filters, c.bias,
                                            c.kernel_height, c.kernel_width, c.stride, c.pad_top,
                                            c.pad_left, c.relu, c.accumulate});
    }

    template <class T, PoolKind kPool>
    void finish_on(Stream& stream, const GradientFinish& f) {
        const Tensor<T> dx = typed<T>(f.dx);
        const auto through = [&](auto w) {
            return FinishGradient<T, kPool, decltype(w)>{typed<const T>(f.x),
                                                         dx,
                                                         f.accumulate,
                                                         f.relu,
                                                         w,
                                                         typed<const T>(f.pool_dy),
                                                         packed_like(f.pool_dy, f.argmax),
                                                         f.alpha,
                                                         f.beta,
                                                         f.scale,
                                                         f.edges};
        };
        const Exec exec(stream);
        if constexpr (kPool == PoolKind::max || kPool == PoolKind::average) {
            with_window(f.window, [&](auto w) {
                exec.each_lane("finish_gradient", grid_of(dx), through(w), through(f.window));
            });
        } else {  // the window is not used
            exec.each_lane("finish_gradient", grid_of(dx), through(f.window));
        }
    }
};

}  // namespace reverie
