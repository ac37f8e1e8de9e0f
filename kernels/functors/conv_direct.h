// Convolution as a functor: the plain sum, in double precision. Slower than a vendor's, but it runs
// wherever the other functors run, and its results are right to the last bit of the storage type:
// the oracle of the vendors' convolutions, and the fallback where a vendor has none.
#pragma once

#include "kernels/functors/lanes.h"
#include "kernels/ops_layers.h"

namespace reverie {

/// The filter taps along one axis that meet a value of the source.
struct FilterTaps {
    int count;
    int first, step;        ///< in the filter
    int source, direction;  ///< in the source: position of the first tap, and +1 or −1 per tap
};

/// Output value `at` of a forward convolution reads input at·stride − pad + k through filter tap k.
REVERIE_HD FilterTaps forward_taps(int at, int kernel, int stride, int pad, int source_size) {
    const int begin = at * stride - pad;
    const int first = max_of(0, -begin);
    const int end = min_of(kernel, source_size - begin);
    return {max_of(0, end - first), first, 1, begin + first, 1};
}

/// Input value `at` of a forward convolution was read by output (at + pad − k)/stride, if that is
/// an integer, through filter tap k.
REVERIE_HD FilterTaps gradient_taps(int at, int kernel, int stride, int pad, int source_size) {
    const int phase = (at + pad) % stride;
    const int farthest = (at + pad) / stride;
    const int beyond = max_of(0, farthest - (source_size - 1));
    const int first = phase + beyond * stride;
    const int source = farthest - beyond;
    const int count = first < kernel ? min_of((kernel - 1 - first) / stride + 1, source + 1) : 0;
    return {max_of(0, count), first, stride, source, -1};
}

/// One value of `to` in L lanes: a convolution's output (kGradient false) or the gradient of its
/// input. `filters`: [block of to][channel of from][ky][kx][lane of to].
template <class From, class To, bool kGradient>
struct DirectConv {
    Tensor<const From> from;
    Tensor<To> to;
    const float* filters;
    const float* bias;  ///< one per channel of `to`, or null
    int kernel_height, kernel_width, stride, pad_top, pad_left;
    bool relu, accumulate;

    REVERIE_HD FilterTaps taps(int at, int kernel, int pad, int source_size) const {
        if constexpr (kGradient) return gradient_taps(at, kernel, stride, pad, source_size);
        return forward_taps(at, kernel, stride, pad, source_size);
    }

    template <int L>
    REVERIE_HD void operator()(int block, int y, int x, int lane) const {
        const FilterTaps rows = taps(y, kernel_height, pad_top, from.height);
        const FilterTaps columns = taps(x, kernel_width, pad_left, from.width);
        To* const out = &to.at(block, y, x, lane);
        Doubles<L> sum = Doubles<L>{};
        if (bias != nullptr) sum = load_doubles<L>(bias + block * to.block_channels + lane);
        if (accumulate) sum = sum + load_doubles<L>(static_cast<const To*>(out));
        const int64_t filter_step = to.block_channels;
        const int64_t filter_size = filter_step * kernel_height * kernel_width;
        const float* filter = filters + block * from.channels() * filter_size + lane;
        for (int b = 0; b < from.blocks; ++b) {
            for (int l = 0; l < from.block_channels; ++l, filter += filter_size) {
                for (int r = 0; r < rows.count; ++r) {
                    const From* const row =
                        &from.at(b, rows.source + r * rows.direction, columns.source, l);
                    const float* const taps_row =
                        filter +
                        ((rows.first + r * rows.step) * kernel_width + columns.first) * filter_step;
                    for (int c = 0; c < columns.count; ++c) {
                        const double value =
                            to_float(row[c * columns.direction * from.pixel_stride]);
                        sum = sum +
                              load_doubles<L>(taps_row + c * columns.step * filter_step) * value;
                    }
                }
            }
        }
        if (relu) sum = pick(sum > 0.0, sum, Doubles<L>{});
        store_lanes<L>(out, to_floats<L>(sum));
    }
};

}  // namespace reverie
