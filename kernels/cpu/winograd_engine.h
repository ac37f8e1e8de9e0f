// Convolutions of stride 1 in f32 by minimal filtering, F(4×4, 3×3), F(3×3, 4×4) and F(2×2, 5×5)
// (Winograd 1980; Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2016): 36
// products for a tile of 16, 9 or 4 pixels, in place of 144, 144 and 100. oneDNN has the first, for
// AVX-512 alone.
//
// Tensors stay in nChw8c. A thread takes a group of tiles and a part of the output channels:
// it transforms the tiles' 6×6 inputs, multiplies them by the transformed filters, position by
// position of the 6×6 (a matrix product over channels), and transforms the sums back.
#pragma once

#include <omp.h>

#include <algorithm>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/conv_forms.h"
#include "kernels/cpu/engine_in_front.h"
#include "kernels/cpu/exec_cpu.h"
#include "kernels/cpu/working_memory.h"
#include "kernels/functors/lanes.h"

namespace reverie {

/// f(0), f(1), …, f(N − 1), whose arguments are constants, so that arrays which they index are
/// kept in registers.
template <int N, class F>
REVERIE_HD void each_index(F f) {
    [&]<int... i>(std::integer_sequence<int, i...>) { (f(std::integral_constant<int, i>()), ...); }
    (std::make_integer_sequence<int, N>());
}

/// The transforms of F(kOut, 7 − kOut) along one axis, which evaluates polynomials at 0, ±1, ±2 and
/// ∞ (B, G and A of Lavin & Gray).
template <int kOutputs>
struct MinimalFilter {
    static constexpr int kIn = 6, kOut = kOutputs, kTaps = kIn + 1 - kOut;
    static_assert(kOut >= 2 && kOut <= 4);

    template <class V>
    static REVERIE_HD void input(const V (&d)[kIn], V (&to)[kIn]) {
        const V even = d[4] - 4.0F * d[2], odd = d[3] - 4.0F * d[1];
        const V far_even = d[4] - d[2], far_odd = 2.0F * (d[3] - d[1]);
        to[0] = d[4] - 5.0F * d[2] + 4.0F * d[0];
        to[1] = even + odd;
        to[2] = even - odd;
        to[3] = far_even + far_odd;
        to[4] = far_even - far_odd;
        to[5] = d[5] - 5.0F * d[3] + 4.0F * d[1];
    }
    static void filter(const double (&g)[kTaps], double (&to)[kIn]) {
        constexpr double kPoints[] = {0, 1, -1, 2, -2}, kScales[] = {4, -6, -6, 24, 24};
        for (int i = 0; i + 1 < kIn; ++i) {
            double sum = 0;
            for (int tap = kTaps; tap-- > 0;) sum = sum * kPoints[i] + g[tap];
            to[i] = sum / kScales[i];
        }
        to[kIn - 1] = g[kTaps - 1];
    }
    template <class V>
    static REVERIE_HD void output(const V (&m)[kIn], V (&to)[kOut]) {
        const V near_sum = m[1] + m[2], near_difference = m[1] - m[2];
        const V far_sum = m[3] + m[4], far_difference = m[3] - m[4];
        to[0] = m[0] + near_sum + far_sum;
        to[1] = near_difference + 2.0F * far_difference;
        if constexpr (kOut > 2) to[2] = near_sum + 4.0F * far_sum;
        if constexpr (kOut > 3) to[3] = near_difference + 8.0F * far_difference;
        to[kOut - 1] = to[kOut - 1] + m[5];
    }
};

/// How a convolution is divided, and where values stand in a thread's memory.
template <class Minimal>
class WinogradPlan {
  public:
    static constexpr int kLanes = 8, kPositions = Minimal::kIn * Minimal::kIn;
    static constexpr int kTiles = 24;     ///< of a group, at most: its inputs fit an L2 cache
    static constexpr int kChannels = 64;  ///< of a part, at most: its sums do, too
    static constexpr int kColumn = 2 * kLanes;

    explicit WinogradPlan(const ConvSpec& spec) : s_(spec) {
        rows_ = (s_.out_height + Minimal::kOut - 1) / Minimal::kOut;
        columns_ = (s_.out_width + Minimal::kOut - 1) / Minimal::kOut;
    }
    const ConvSpec& spec() const { return s_; }
    int tiles() const { return rows_ * columns_; }
    int parts() const { return (s_.out_channels + kChannels - 1) / kChannels; }
    int row_of(int tile) const { return tile / columns_ * Minimal::kOut; }
    int column_of(int tile) const { return tile % columns_ * Minimal::kOut; }

    /// From one position of the transformed inputs, or sums, to the next, in values: not a multiple
    /// of a page, so that 36 of them do not share the same few lines of a cache.
    int64_t input_step() const { return int64_t{kTiles} * s_.in_channels + kGap; }
    static int64_t sum_step() { return int64_t{kTiles} * kChannels + kGap; }
    /// Of a thread's memory, in values.
    int64_t memory() const { return kPositions * (input_step() + sum_step()); }

    /// Filters as they are multiplied: [position][column of 16 channels, or a last one of 8][input
    /// channel][channel].
    std::vector<float> transformed(const std::vector<float>& weights) const {
        constexpr int kTaps = Minimal::kTaps;
        const size_t pairs = static_cast<size_t>(s_.in_channels) * s_.out_channels;
        std::vector<float> all(pairs * kPositions);
        for (int o = 0; o < s_.out_channels; ++o) {
            const int first = o / kColumn * kColumn;
            const int width = std::min(kColumn, s_.out_channels - first);
            for (int i = 0; i < s_.in_channels; ++i) {
                const size_t pair = static_cast<size_t>(o) * s_.in_channels + i;
                const size_t at = static_cast<size_t>(first) * s_.in_channels +
                                  static_cast<size_t>(i) * width + (o - first);
                transform_filter(&weights[pair * kTaps * kTaps], [&](int position, double value) {
                    all[position * pairs + at] = static_cast<float>(value);
                });
            }
        }
        return all;
    }

  private:
    static constexpr int64_t kGap = 16;

    template <class Store>
    static void transform_filter(const float* taps, Store store) {
        constexpr int kIn = Minimal::kIn, kTaps = Minimal::kTaps;
        double across[kIn][kTaps];  // by column of the result
        for (int y = 0; y < kTaps; ++y) {
            double row[kTaps], transformed[kIn];
            std::copy(taps + y * kTaps, taps + (y + 1) * kTaps, row);
            Minimal::filter(row, transformed);
            for (int x = 0; x < kIn; ++x) across[x][y] = transformed[x];
        }
        for (int x = 0; x < kIn; ++x) {
            double down[kIn];
            Minimal::filter(across[x], down);
            for (int y = 0; y < kIn; ++y) store(y * kIn + x, down[y]);
        }
    }

    ConvSpec s_;
    int rows_, columns_;
};

template <class Minimal>
class WinogradConv : public Conv {
  public:
    using Plan = WinogradPlan<Minimal>;
    /// `filters`: Plan::transformed; `bias`: one per channel, or null.
    /// Owns neither.
    WinogradConv(const Plan& plan, const float* filters, const float* bias)
        : plan_(plan), s_(plan.spec()), filters_(filters), bias_(bias) {}

    void queue(Stream& /*stream*/, const void* in, void* out, void* /*workspace*/) override {
        const int parts = plan_.parts(), size = group_size(), groups = groups_of(size);
        const int work = groups * parts;
        const int threads = std::min(omp_get_max_threads(), work);
        auto* const memory =
            static_cast<float*>(working_memory(sizeof(float) * plan_.memory() * threads));
        // A thread takes all parts of a group, so that its inputs are transformed once, unless
        // there are too few groups.
        const int piece = groups >= 2 * threads ? parts : ExecCpu::piece_of(work);
#pragma omp parallel num_threads(threads)
        {
            float* const inputs = memory + plan_.memory() * omp_get_thread_num();
            float* const sums = inputs + kPositions * plan_.input_step();
            int here = -1;
#pragma omp for schedule(dynamic, piece) nowait
            for (int each = 0; each < work; ++each) {
                const int group = each / parts, first = each % parts * Plan::kChannels;
                const int channels = std::min(Plan::kChannels, s_.out_channels - first);
                const Group tiles{group * size, size};
                if (group != here) transform_inputs(static_cast<const float*>(in), tiles, inputs);
                here = group;
                multiply(inputs, size, first, channels, sums);
                transform_sums(sums, tiles, first, channels, static_cast<float*>(out));
            }
        }
    }
    std::string algorithm() const override { return "winograd"; }

  private:
    static constexpr int kLanes = Plan::kLanes, kTiles = Plan::kTiles;
    static constexpr int kPositions = Plan::kPositions;
    static constexpr int kColumn = Plan::kColumn;
    static constexpr int kIn = Minimal::kIn, kOut = Minimal::kOut;
    static constexpr int kRows = 6;  ///< tiles that are multiplied together
    static_assert(kTiles % (4 * kRows) == 0);
    using Lanes = Floats<kLanes>;

    /// Neighbouring tiles; the last group's may be fewer.
    struct Group {
        int first, size;
    };

    int groups_of(int size) const { return (plan_.tiles() + size - 1) / size; }

    /// Many threads share a small picture only in small groups, which read the filters more often.
    int group_size() const {
        constexpr int kPieces = 3;  // for each thread
        int size = kTiles;
        while (size > kRows && groups_of(size) * plan_.parts() < kPieces * omp_get_max_threads())
            size /= 2;
        return size;
    }

    /// [position][tile][channel]; zeros for the tiles beyond the last one.
    void transform_inputs(const float* in, const Group& group, float* inputs) const {
        const int64_t plane = int64_t{s_.in_height} * s_.in_width * kLanes;
        for (int t = 0; t < group.size; ++t) {
            const int tile = group.first + t;
            float* const to = inputs + int64_t{t} * s_.in_channels;
            for (int c = 0; c < s_.in_channels; c += kLanes) {
                if (tile < plan_.tiles()) {
                    transform_tile(in + c / kLanes * plane, tile, to + c);
                } else {
                    for (int p = 0; p < kPositions; ++p)
                        store_lanes<kLanes>(to + p * plan_.input_step() + c, Lanes{});
                }
            }
        }
    }

    void transform_tile(const float* plane, int tile, float* to) const {
        const int y0 = plan_.row_of(tile) - s_.pad_top, x0 = plan_.column_of(tile) - s_.pad_left;
        const bool whole =
            y0 >= 0 && x0 >= 0 && y0 + kIn <= s_.in_height && x0 + kIn <= s_.in_width;
        const auto load = [&](int y, int x) {
            if (!whole && (y < 0 || y >= s_.in_height || x < 0 || x >= s_.in_width)) return Lanes{};
            return load_lanes<kLanes>(plane + (int64_t{y} * s_.in_width + x) * kLanes);
        };
        Lanes down[kIn][kIn];
        for (int x = 0; x < kIn; ++x) {
            Lanes column[kIn], transformed[kIn];
            each_index<kIn>([&](auto y) { column[y] = load(y0 + y, x0 + x); });
            Minimal::input(column, transformed);
            each_index<kIn>([&](auto y) { down[y][x] = transformed[y]; });
        }
        for (int y = 0; y < kIn; ++y) {
            Lanes across[kIn];
            Minimal::input(down[y], across);
            each_index<kIn>([&](auto x) {
                store_lanes<kLanes>(to + (y * kIn + x) * plan_.input_step(), across[x]);
            });
        }
    }

    /// sums: [position][tile][channel of the part].
    void multiply(const float* inputs, int tiles, int first, int channels, float* sums) const {
        const int64_t pairs = int64_t{s_.in_channels} * s_.out_channels;
        for (int p = 0; p < kPositions; ++p) {
            const float* const of_inputs = inputs + p * plan_.input_step();
            float* const of_sums = sums + p * Plan::sum_step();
            const float* const of_filters = filters_ + p * pairs + int64_t{first} * s_.in_channels;
            for (int c = 0; c < channels; c += kColumn) {
                const float* const column = of_filters + int64_t{c} * s_.in_channels;
                for (int t = 0; t < tiles; t += kRows) {
                    const float* const rows = of_inputs + int64_t{t} * s_.in_channels;
                    float* const to = of_sums + t * Plan::kChannels + c;
                    if (c + kColumn <= channels)
                        product<kColumn / kLanes>(rows, column, to);
                    else
                        product<1>(rows, column, to);
                }
            }
        }
    }

    /// kRows tiles times N vectors of channels, summed over the input channels: as many sums as
    /// fit the sixteen registers of AVX2 beside their factors.
    template <int N>
    void product(const float* rows, const float* filters, float* to) const {
        Lanes sums[kRows][N] = {};
        const int depth = s_.in_channels;
        for (int i = 0; i < depth; ++i) {
            Lanes factors[N];
            each_index<N>(
                [&](auto n) { factors[n] = load_lanes<kLanes>(filters + (i * N + n) * kLanes); });
            each_index<kRows>([&](auto t) {
                const float value = rows[t * depth + i];
                each_index<N>([&](auto n) { sums[t][n] = sums[t][n] + value * factors[n]; });
            });
        }
        each_index<kRows>([&](auto t) {
            each_index<N>([&](auto n) {
                store_lanes<kLanes>(to + t * Plan::kChannels + n * kLanes, sums[t][n]);
            });
        });
    }

    void transform_sums(const float* sums, const Group& group, int first, int channels,
                        float* out) const {
        const int64_t plane = int64_t{s_.out_height} * s_.out_width * kLanes;
        const int end = std::min(plan_.tiles(), group.first + group.size);
        for (int tile = group.first; tile < end; ++tile) {
            const float* const from = sums + (tile - group.first) * Plan::kChannels;
            for (int c = 0; c < channels; c += kLanes) {
                const Lanes bias =
                    bias_ != nullptr ? load_lanes<kLanes>(bias_ + first + c) : Lanes{};
                store_tile(from + c, tile, bias, out + (first + c) / kLanes * plane);
            }
        }
    }

    void store_tile(const float* sums, int tile, const Lanes& bias, float* plane) const {
        Lanes down[kOut][kIn];
        for (int x = 0; x < kIn; ++x) {
            Lanes column[kIn], transformed[kOut];
            each_index<kIn>([&](auto y) {
                column[y] = load_lanes<kLanes>(sums + (y * kIn + x) * Plan::sum_step());
            });
            Minimal::output(column, transformed);
            each_index<kOut>([&](auto y) { down[y][x] = transformed[y]; });
        }
        const int y0 = plan_.row_of(tile), x0 = plan_.column_of(tile);
        const int rows = std::min(kOut, s_.out_height - y0);
        const int columns = std::min(kOut, s_.out_width - x0);
        for (int y = 0; y < rows; ++y) {
            Lanes across[kOut];
            Minimal::output(down[y], across);
            float* const row = plane + (int64_t{y0 + y} * s_.out_width + x0) * kLanes;
            for (int x = 0; x < columns; ++x) {
                Lanes v = across[x] + bias;
                if (s_.accumulate)
                    v = v + load_lanes<kLanes>(static_cast<const float*>(row + x * kLanes));
                if (s_.relu) v = pick(v > Lanes{}, v, Lanes{});
                store_lanes<kLanes>(row + x * kLanes, v);
            }
        }
    }

    Plan plan_;
    ConvSpec s_;
    const float* filters_;
    const float* bias_;
};

/// `otherwise` stores f32 in nChw8c; it makes all other convolutions.
class WinogradEngine : public EngineInFront {
  public:
    using EngineInFront::EngineInFront;

    std::unique_ptr<Conv> make(const ConvSpec& s, const std::string& key,
                               const std::vector<float>& weights,
                               const std::vector<float>& bias) override {
        const int side = s.kernel_height;
        const bool fits =
            side == s.kernel_width && side >= 3 && side <= 5 && s.stride == 1 && !s.picture_input;
        if (!fits) return otherwise_->make(s, key, weights, bias);
        if (s.direction == ConvDirection::forward) return of_side(s, "f:" + key, weights, bias);
        const ConvForm form = transposed_form(s, weights);
        return of_side(form.spec, "b:" + key, form.weights, bias);
    }

  private:
    std::unique_ptr<Conv> of_side(const ConvSpec& s, const std::string& key,
                                  const std::vector<float>& weights,
                                  const std::vector<float>& bias) {
        if (s.kernel_height == 3) return conv<MinimalFilter<4>>(s, key, weights, bias);
        if (s.kernel_height == 4) return conv<MinimalFilter<3>>(s, key, weights, bias);
        return conv<MinimalFilter<2>>(s, key, weights, bias);
    }

    template <class Minimal>
    std::unique_ptr<Conv> conv(const ConvSpec& s, const std::string& key,
                               const std::vector<float>& weights, const std::vector<float>& bias) {
        const WinogradPlan<Minimal> plan(s);
        const float* const filters = kept(filters_, key, [&] { return plan.transformed(weights); });
        const float* const biases =
            bias.empty() ? nullptr : kept(biases_, key, [&] { return bias; });
        return std::make_unique<WinogradConv<Minimal>>(plan, filters, biases);
    }

    Kept<float> filters_, biases_;
};

}  // namespace reverie
