// Functors of local response normalisation across channels (Krizhevsky et al. 2012): with s_c = k +
// alpha/size · Σ x_j², j over the `size` channels round c, y_c = x_c · s_c^−beta. Each takes some
// neighbouring groups of L channels of one pixel (the executors' each_run) and goes through them in
// registers: a group is loaded once, and the power of a channel's scale is taken once, however many
// windows it is in. Storage type T.
#pragma once

#include "kernels/functors/lanes.h"
#include "kernels/ops_layers.h"

#ifndef __CUDACC__
#include <cmath>
#endif

namespace reverie {

/// A functor's kReach, the channels on either side of a window's own, where it is unknown at
/// compile time: then each window is summed from scratch, channel by channel.
constexpr int kAnyReach = 0;

/// The sums over the windows of a pixel's channels, group by group.
template <int kReach, int L>
class WindowSums {
  public:
    /// Takes the values of the next group and returns the sums of the group before it, which need
    /// them. Values before the first group are zero.
    REVERIE_HD Floats<L> take(const Floats<L>& after) {
        Floats<L> sum = here_;
        add<1>(sum, after);
        before_ = here_;
        here_ = after;
        return sum;
    }

  private:
    template <int kBy>
    REVERIE_HD void add(Floats<L>& sum, const Floats<L>& after) const {
        sum =
            sum + (shifted_lanes<L - kBy, L>(before_, here_) + shifted_lanes<kBy, L>(here_, after));
        if constexpr (kBy < kReach) add<kBy + 1>(sum, after);
    }

    Floats<L> before_ = Floats<L>{}, here_ = Floats<L>{};
};

/// Properties of a tensor's scales that both directions use.
template <class T, int kReach>
struct LrnScale {
    LrnConstants constants;

    /// Whether groups of L channels are processed in registers, not channel by channel.
    template <int L>
    static REVERIE_HD constexpr bool in_lanes() {
        return L > 1 && kReach != kAnyReach && kReach <= L;
    }

    REVERIE_HD float ratio() const { return constants.alpha / static_cast<float>(constants.size); }

    template <int L>
    REVERIE_HD Floats<L> of(const Floats<L>& squares) const {
        return squares * ratio() + constants.k;
    }

    /// The same for channel c alone.
    REVERIE_HD float at(const Tensor<const T>& x, int c, int y, int px) const {
        const int reach = constants.size / 2;
        float sum = 0;
        for (int j = max_of(0, c - reach); j <= min_of(x.channels() - 1, c + reach); ++j) {
            const float v = to_float(x.at_channel(j, y, px));
            sum += v * v;
        }
        return of<1>(sum);
    }

    /// s^−beta; `inverse_root` is s^−1/2, from which the powers for the usual betas are made.
    template <int L>
    REVERIE_HD Floats<L> power(const Floats<L>& s, const Floats<L>& inverse_root) const {
        if (constants.beta == 0.75F) return inverse_root * root_lanes<L>(inverse_root);
        if (constants.beta == 0.5F) return inverse_root;
        if (constants.beta == 1.0F) return inverse_root * inverse_root;
        const float exponent = -constants.beta;
        return map_lanes<L>(s, [exponent](float v) { return powf(v, exponent); });
    }

    /// A pixel's group of channels; zero beyond the first and the last.
    template <int L>
    static REVERIE_HD Floats<L> group(const Tensor<const T>& t, int group, int y, int px) {
        if (group < 0 || group * L >= t.channels()) return Floats<L>{};
        return load_lanes<L>(t.template nth_group<L>(group, y, px));
    }
};

template <class T, int kReach>
struct Lrn {
    Tensor<const T> x;
    LrnScale<T, kReach> scale;
    Tensor<T> y;

    template <int L>
    REVERIE_HD void operator()(int first, int count, int py, int px) const {
        if constexpr (LrnScale<T, kReach>::template in_lanes<L>()) {
            return in_registers<L>(first, count, py, px);
        } else {
            for (int c = first * L; c < (first + count) * L; ++c) channel(c, py, px);
        }
    }

  private:
    template <int L>
    REVERIE_HD void in_registers(int first, int count, int py, int px) const {
        WindowSums<kReach, L> squares;
        Floats<L> here = Floats<L>{};
        // The window of a group's last channels ends in the group behind it.
        REVERIE_UNROLL
        for (int step = 0; step < count + 2; ++step) {
            const int group = first - 1 + step;
            const Floats<L> after = scale.template group<L>(x, group, py, px);
            const Floats<L> s = scale.template of<L>(squares.take(after * after));
            if (step >= 2) {
                store_lanes<L>(y.template nth_group<L>(group - 1, py, px),
                               here * scale.template power<L>(s, inverse_root_lanes<L>(s)));
            }
            here = after;
        }
    }

    REVERIE_HD void channel(int c, int py, int px) const {
        const float s = scale.at(x, c, py, px);
        y.at_channel(c, py, px) =
            from_float<T>(to_float(x.at_channel(c, py, px)) *
                          scale.template power<1>(s, inverse_root_lanes<1>(s)));
    }
};

/// dx_c = dy_c·s_c^−beta − 2·alpha·beta/size · x_c · Σ_j dy_j·x_j·s_j^(−beta−1), j over the
/// channels round c.
template <class T, int kReach>
struct LrnBackward {
    Tensor<const T> x, dy;
    LrnScale<T, kReach> scale;
    Tensor<T> dx;

    template <int L>
    REVERIE_HD void operator()(int first, int count, int py, int px) const {
        if constexpr (LrnScale<T, kReach>::template in_lanes<L>()) {
            return in_registers<L>(first, count, py, px);
        } else {
            for (int c = first * L; c < (first + count) * L; ++c) channel(c, py, px);
        }
    }

  private:
    /// The terms that channels contribute to the gradients.
    template <int L>
    struct Passed {
        Floats<L> own = Floats<L>{};     ///< dy·s^−beta, to themselves
        Floats<L> shared = Floats<L>{};  ///< dy·x·s^(−beta−1), to all in whose windows they are
    };
    template <int L>
    REVERIE_HD Passed<L> passed(const Floats<L>& x_here, const Floats<L>& dy_here,
                                const Floats<L>& s) const {
        const Floats<L> r = inverse_root_lanes<L>(s);
        const Floats<L> own = dy_here * scale.template power<L>(s, r);
        return {own, own * x_here * (r * r)};
    }

    REVERIE_HD float factor() const { return -2 * scale.constants.beta * scale.ratio(); }

    template <int L>
    REVERIE_HD void in_registers(int first, int count, int py, int px) const {
        const int groups = x.channels() / L;
        WindowSums<kReach, L> squares, shares;
        Floats<L> before = Floats<L>{}, here = Floats<L>{}, own = Floats<L>{};
        // A group's gradient needs the terms of the next group, and those need the squares of the
        // group after it.
        REVERIE_UNROLL
        for (int step = 0; step < count + 4; ++step) {
            const int group = first - 2 + step;
            const Floats<L> after = scale.template group<L>(x, group, py, px);
            const Floats<L> sum = squares.take(after * after);
            Passed<L> now;
            if (group > 0 && group <= groups) {
                now = passed<L>(here, load_lanes<L>(dy.template nth_group<L>(group - 1, py, px)),
                                scale.template of<L>(sum));
            }
            const Floats<L> share = shares.take(now.shared);
            if (step >= 4) {
                store_lanes<L>(dx.template nth_group<L>(group - 2, py, px),
                               own + before * share * factor());
            }
            before = here;
            here = after;
            own = now.own;
        }
    }

    REVERIE_HD void channel(int c, int py, int px) const {
        const int reach = scale.constants.size / 2;
        float own = 0, sum = 0;
        for (int j = max_of(0, c - reach); j <= min_of(x.channels() - 1, c + reach); ++j) {
            const Passed<1> now =
                passed<1>(to_float(x.at_channel(j, py, px)), to_float(dy.at_channel(j, py, px)),
                          scale.at(x, j, py, px));
            if (j == c) own = now.own;
            sum += now.shared;
        }
        dx.at_channel(c, py, px) =
            from_float<T>(own + to_float(x.at_channel(c, py, px)) * sum * factor());
    }
};

}  // namespace reverie
