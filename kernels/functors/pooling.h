// Functors of pooling, forward. Each works on L neighbouring channels of one pixel (lanes.h);
// storage type T.
#pragma once

#include "kernels/functors/argmax.h"
#include "kernels/ops_layers.h"

namespace reverie {

/// The argmax where the window's maximum is 0: the ReLU below passes no gradient.
constexpr int kNoArgmax = 255;

/// A window that is known when the functor is compiled: its loops unroll, its divisions vanish, and
/// if all of it is inside, there is no branch between its loads, which then overlap. PoolWindow is
/// the general one.
template <int kKernel, int kStride, int kPad>
struct FixedWindow {
    static constexpr bool is_fixed = true;
    static constexpr int kernel = kKernel;
    static constexpr int stride = kStride;
    static constexpr int pad_top = kPad, pad_left = kPad;
    static constexpr bool count_padding = false;
};

template <class Window>
REVERIE_HD constexpr bool is_fixed() {
    return requires { Window::is_fixed; };
}

template <class T, class Window>
struct MaxPool {
    Tensor<const T> x;
    Window window;
    Tensor<T> y;
    Tensor<uint8_t> argmax;

    template <int L>
    REVERIE_HD void operator()(int block, int oy, int ox, int lane) const {
        const int y0 = oy * window.stride - window.pad_top;
        const int x0 = ox * window.stride - window.pad_left;
        RunningMax<T, L> largest;
        const auto offer = [&](int ky, int kx) {
            largest.offer(x.template group<L>(block, y0 + ky, x0 + kx, lane),
                          ky * window.kernel + kx);
        };
        const bool whole =
            y0 >= 0 && x0 >= 0 && y0 + window.kernel <= x.height && x0 + window.kernel <= x.width;
        if (is_fixed<Window>() && whole) {
            REVERIE_UNROLL
            for (int tap = 0; tap < window.kernel * window.kernel; ++tap)
                offer(tap / window.kernel, tap % window.kernel);
        } else {
            for (int ky = max_of(0, -y0); ky < min_of(window.kernel, x.height - y0); ++ky) {
                for (int kx = max_of(0, -x0); kx < min_of(window.kernel, x.width - x0); ++kx)
                    offer(ky, kx);
            }
        }
        largest.store(y.template group<L>(block, oy, ox, lane),
                      argmax.template group<L>(block, oy, ox, lane), kNoArgmax);
    }
};

/// How many pixels of a window that starts at `first` lie inside 0 … size−1.
REVERIE_HD int inside(int first, int kernel, int size) {
    return min_of(first + kernel, size) - max_of(first, 0);
}

/// The divisor of the sum over a window that starts at (y0, x0).
template <class Window>
REVERIE_HD int places_of(const Window& window, int y0, int x0, int height, int width) {
    if (window.count_padding) return window.kernel * window.kernel;
    return inside(y0, window.kernel, height) * inside(x0, window.kernel, width);
}

template <class T, class Window>
struct AveragePool {
    Tensor<const T> x;
    Window window;
    Tensor<T> y;

    template <int L>
    REVERIE_HD void operator()(int block, int oy, int ox, int lane) const {
        const int y0 = oy * window.stride - window.pad_top;
        const int x0 = ox * window.stride - window.pad_left;
        Floats<L> sum = Floats<L>{};
        for (int iy = max_of(0, y0); iy < min_of(y0 + window.kernel, x.height); ++iy) {
            for (int ix = max_of(0, x0); ix < min_of(x0 + window.kernel, x.width); ++ix) {
                sum = sum + load_lanes<L>(x.template group<L>(block, iy, ix, lane));
            }
        }
        const int count = places_of(window, y0, x0, x.height, x.width);
        store_lanes<L>(y.template group<L>(block, oy, ox, lane),
                       sum * (1.0F / static_cast<float>(count)));
    }
};

template <class T>
struct GlobalAverage {
    Tensor<const T> x;
    Tensor<T> y;

    template <int L>
    REVERIE_HD void operator()(int block, int /*y*/, int /*x*/, int lane) const {
        Floats<L> sum = Floats<L>{};
        for (int iy = 0; iy < x.height; ++iy) {
            Floats<L> row = Floats<L>{};
            for (int ix = 0; ix < x.width; ++ix)
                row = row + load_lanes<L>(x.template group<L>(block, iy, ix, lane));
            sum = sum + row;
        }
        store_lanes<L>(y.template group<L>(block, 0, 0, lane),
                       sum * (1.0F / (static_cast<float>(x.height) * static_cast<float>(x.width))));
    }
};

}  // namespace reverie
