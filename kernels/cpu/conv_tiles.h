// Convolution on a processor that multiplies tiles: 16 positions by 32 values, times 32 values by
// 16 channels, bf16 with sums in float (Intel AMX; instruction set reference, TDPBF16PS).
//
// Tensors stay in nChw16c. The input is packed one band of rows at a time, small enough for the
// cache, so that the 64 bytes of a tile's row are contiguous: 32 channels of one pixel, or, if
// there are fewer channels (16, or the picture's 3 and a zero), also those of its neighbours to the
// right. In a packed band, every filter tap reads tiles at an offset of its own. This is an
// implicit GEMM that wastes no multiplication on the padding; if the stride is 1, the rows of a
// band are processed as one long row.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "kernels/conv_forms.h"
#include "kernels/cpu/engine_in_front.h"
#include "kernels/cpu/exec_cpu.h"
#include "kernels/cpu/working_memory.h"
#include "kernels/functors/lanes.h"

namespace reverie {

struct TileShape {
    static constexpr int kPositions = 16, kChannels = 16, kDepth = 32;
    static constexpr int kFilters = kDepth * kChannels;  ///< bf16 values, [depth / 2][channel][2]
    static constexpr int kSums = kPositions * kChannels;
};

/// The operands of a product: up to two tiles of positions times up to two tiles of channels.
struct TileProduct {
    const Bf16* positions[2];  ///< the first value of each tile's first row
    int64_t row_step;          ///< from one row of a tile to the next, in values
    const Bf16* filters[2];    ///< `steps` consecutive tiles each
    const int64_t* offsets;    ///< of the positions at each step, in values
    int steps;
};

/// Where outputs go: (y, x) to (row + step·y, column + step·x) of a tensor of height × width.
struct TileGrid {
    int row, column, step, height, width;
};

/// How a convolution is split into packed bands and tiles.
class TilePlan {
  public:
    explicit TilePlan(const ConvSpec& spec)
        : TilePlan(spec, {0, 0, 1, spec.out_height, spec.out_width}) {}
    TilePlan(const ConvSpec& spec, const TileGrid& grid) : s_(spec), grid_(grid) {
        group_ = s_.picture_input ? kPictureGroup : (s_.in_channels <= kBlock ? kBlock : kDepth);
        groups_ = (s_.in_channels + group_ - 1) / group_;
        pitch_ = (s_.out_width - 1) * s_.stride + s_.kernel_width;
        const int64_t row_bytes = int64_t{2} * pitch_ * group_ * groups_;
        const int64_t rows = kStripBytes / row_bytes;
        const int64_t fitting = std::max<int64_t>(1, (rows - s_.kernel_height) / s_.stride + 1);
        const int64_t enough = (s_.out_height + kLeastRows - 1) / kLeastRows;
        const int64_t bands = std::max((s_.out_height + fitting - 1) / fitting,
                                       std::min<int64_t>(kStripsToShare, enough));
        rows_ = static_cast<int>((s_.out_height + bands - 1) / bands);
        packed_rows_ = (rows_ - 1) * s_.stride + s_.kernel_height;
        for (int g = 0; g < groups_; ++g) {
            for (int ky = 0; ky < s_.kernel_height; ++ky) {
                for (int kx = 0; kx < s_.kernel_width; kx += span())
                    offsets_.push_back(at(g, ky, kx));
            }
        }
    }

    const ConvSpec& spec() const { return s_; }
    const TileGrid& grid() const { return grid_; }
    int bands() const { return (s_.out_height + rows_ - 1) / rows_; }
    int band_rows() const { return rows_; }
    int channel_tiles() const { return s_.out_channels / TileShape::kChannels; }
    int steps() const { return static_cast<int>(offsets_.size()); }
    const int64_t* offsets() const { return offsets_.data(); }
    int pitch() const { return pitch_; }
    /// Distance, in values, from one output's window to that of its right neighbour.
    int64_t row_step() const { return static_cast<int64_t>(s_.stride) * group_; }
    /// Values of a packed band, including those that tiles read beyond its last position.
    int64_t packed_size() const {
        return at(groups_, 0, s_.kernel_width) + TileShape::kPositions * row_step() + kDepth;
    }
    /// Where row `row` of a band's outputs begins.
    int64_t row_begin(int row) const { return at(0, row * s_.stride, 0); }

    /// Filters as tiles: [channel tile][step][depth / 2][channel][2]; zeros beyond the taps.
    std::vector<Bf16> tiles_of(const std::vector<float>& weights) const {
        std::vector<Bf16> tiles;
        tiles.reserve(static_cast<size_t>(channel_tiles()) * steps() * TileShape::kFilters);
        for (int tile = 0; tile < channel_tiles(); ++tile) {
            for (int g = 0; g < groups_; ++g) {
                for (int ky = 0; ky < s_.kernel_height; ++ky) {
                    for (int kx = 0; kx < s_.kernel_width; kx += span())
                        add_tile(tiles, weights, tile, g, ky, kx);
                }
            }
        }
        return tiles;
    }

    /// Packs the input rows of band `band`: [group][row][pixel][channel]; zeros in the padding, and
    /// behind the end, where they are multiplied by a filter's zeros.
    void pack(const Bf16* in, int band, Bf16* packed) const {
        const int first = band * rows_ * s_.stride - s_.pad_top;
        for (int g = 0; g < groups_; ++g) {
            for (int r = 0; r < packed_rows_; ++r) pack_row(in, g, first + r, packed + at(g, r, 0));
        }
        std::memset(static_cast<void*>(packed + at(groups_, 0, 0)), 0, kDepth * sizeof(Bf16));
    }

  private:
    static constexpr int kBlock = 16, kDepth = TileShape::kDepth;
    static constexpr int kPictureGroup = 4;
    static constexpr int64_t kStripBytes = 256 << 10;  ///< fits most L2 caches, with the filters
    /// With many bands, threads share them evenly; but a band of few rows costs much packing for
    /// little work.
    static constexpr int64_t kStripsToShare = 8, kLeastRows = 4;

    /// Pixels that a row of a tile covers.
    int span() const { return kDepth / group_; }
    int64_t at(int group, int row, int pixel) const {
        return ((static_cast<int64_t>(group) * packed_rows_ + row) * pitch_ + pixel) * group_;
    }

    void add_tile(std::vector<Bf16>& tiles, const std::vector<float>& weights, int tile, int g,
                  int ky, int kx) const {
        for (int pair = 0; pair < kDepth / 2; ++pair) {
            for (int n = 0; n < TileShape::kChannels; ++n) {
                for (int k = 2 * pair; k < 2 * pair + 2; ++k) {
                    const int i = g * group_ + k % group_, x = kx + k / group_;
                    const int o = tile * TileShape::kChannels + n;
                    const bool zero = i >= s_.in_channels || x >= s_.kernel_width;
                    const size_t row =
                        (static_cast<size_t>(o) * s_.in_channels + i) * s_.kernel_height + ky;
                    tiles.push_back(
                        from_float<Bf16>(zero ? 0.0F : weights[row * s_.kernel_width + x]));
                }
            }
        }
    }

    void pack_row(const Bf16* in, int g, int y, Bf16* row) const {
        const auto clear = [&](int from, int to) {
            std::memset(static_cast<void*>(row + static_cast<int64_t>(from) * group_), 0,
                        sizeof(Bf16) * (to - from) * group_);
        };
        if (y < 0 || y >= s_.in_height) return clear(0, pitch_);
        // Pixels first … last−1 of the packed row are the input's.
        const int first = std::clamp(s_.pad_left, 0, pitch_);
        const int last = std::clamp(s_.in_width + s_.pad_left, first, pitch_);
        clear(0, first);
        clear(last, pitch_);
        const int64_t plane = static_cast<int64_t>(s_.in_height) * s_.in_width;
        const int64_t from = static_cast<int64_t>(y) * s_.in_width + first - s_.pad_left;
        Bf16* out = row + static_cast<int64_t>(first) * group_;
        if (s_.picture_input) {
            for (int x = 0; x < last - first; ++x, out += kPictureGroup) {
                for (int c = 0; c < 3; ++c) out[c] = in[c * plane + from + x];
                out[3] = {};
            }
            return;
        }
        const int blocks = group_ / kBlock, known = s_.in_channels / kBlock;
        for (int b = 0; b < blocks; ++b) {
            const int block = g * blocks + b;
            const Bf16* source = in + (block * plane + from) * kBlock;
            Bf16* to = out + b * kBlock;
            for (int x = 0; x < last - first; ++x, source += kBlock, to += group_) {
                if (block < known)
                    std::memcpy(to, source, kBlock * sizeof(Bf16));
                else
                    std::memset(static_cast<void*>(to), 0, kBlock * sizeof(Bf16));
            }
        }
    }

    ConvSpec s_;
    TileGrid grid_;
    int group_, groups_, pitch_, rows_, packed_rows_;
    std::vector<int64_t> offsets_;
};

/// `Tiles` multiplies: a thread holds a Tiles::Session while it works; Tiles::multiply<P,
/// C>(product, sums) writes P·C tiles of sums, [position tile][channel tile]; Tiles::store(p, v)
/// does what store_lanes does.
template <class Tiles>
class TileConv : public Conv {
  public:
    /// `filters`: in the order of TilePlan::tiles_of; `bias`: one per channel, or null. Owns
    /// neither.
    TileConv(const TilePlan& plan, const Bf16* filters, const float* bias)
        : plan_(plan), filters_(filters), bias_(bias) {}

    void queue(Stream& /*stream*/, const void* in, void* out, void* /*workspace*/) override {
        const auto* const from = static_cast<const Bf16*>(in);
        if (plan_.spec().float_output) return run_into(from, static_cast<float*>(out));
        run_into(from, static_cast<Bf16*>(out));
    }
    std::string algorithm() const override { return Tiles::kName; }

  private:
    static constexpr int kLanes = TileShape::kChannels;
    using Lanes = Floats<kLanes>;

    /// The part that a thread works on: rows of a band, one or two tiles of channels.
    template <class To>
    struct Part {
        To* out;
        const Bf16* packed;
        int first_row, rows;
        int tile, tiles;  ///< of channels
    };

    template <class To>
    void run_into(const Bf16* in, To* out) const {
        const int pairs = (plan_.channel_tiles() + 1) / 2;
        const int parts = plan_.bands() * pairs;
        const int threads = std::min(omp_get_max_threads(), parts);
        constexpr int64_t kLine = 64 / sizeof(Bf16);
        const int64_t share = (plan_.packed_size() + kLine - 1) / kLine * kLine;
        auto* const memory = static_cast<Bf16*>(working_memory(sizeof(Bf16) * share * threads));
        // A thread takes a whole band at a time, so that it is packed once, unless there are too
        // few.
        const int piece = plan_.bands() >= 2 * threads ? pairs : ExecCpu::piece_of(parts);
#pragma omp parallel num_threads(threads)
        {
            [[maybe_unused]] const typename Tiles::Session session;
            Bf16* const packed = memory + omp_get_thread_num() * share;
            int here = -1;
#pragma omp for schedule(dynamic, piece) nowait
            for (int part = 0; part < parts; ++part) {
                const int band = part / pairs;
                const int tile = part % pairs * 2;
                if (band != here) plan_.pack(in, band, packed);
                here = band;
                const int first = band * plan_.band_rows();
                const int rows = std::min(plan_.band_rows(), plan_.spec().out_height - first);
                const int tiles = std::min(2, plan_.channel_tiles() - tile);
                strip_of(Part<To>{out, packed, first, rows, tile, tiles});
            }
        }
    }

    template <class To>
    void strip_of(const Part<To>& part) const {
        const ConvSpec& s = plan_.spec();
        if (s.stride == 1) return line_of(part, 0, part.rows * plan_.pitch(), plan_.pitch());
        for (int row = 0; row < part.rows; ++row) line_of(part, row, s.out_width, s.out_width);
    }

    /// Computes `positions` outputs from row `row` on; a row has `line` of them.
    template <class To>
    void line_of(const Part<To>& part, int row, int positions, int line) const {
        for (int p = 0; p < positions; p += 2 * TileShape::kPositions) {
            const bool two = positions - p > TileShape::kPositions;
            if (two && part.tiles == 2) products<2, 2>(part, row, p, positions, line);
            if (two && part.tiles == 1) products<2, 1>(part, row, p, positions, line);
            if (!two && part.tiles == 2) products<1, 2>(part, row, p, positions, line);
            if (!two && part.tiles == 1) products<1, 1>(part, row, p, positions, line);
        }
    }

    template <int P, int C, class To>
    void products(const Part<To>& part, int row, int p, int positions, int line) const {
        const Bf16* const first = part.packed + plan_.row_begin(row) + p * plan_.row_step();
        const int64_t filters = static_cast<int64_t>(plan_.steps()) * TileShape::kFilters;
        const TileProduct product{
            {first, first + TileShape::kPositions * plan_.row_step()},
            plan_.row_step(),
            {filters_ + part.tile * filters, filters_ + (part.tile + 1) * filters},
            plan_.offsets(),
            plan_.steps()};
        alignas(64) float sums[P][C][TileShape::kSums];
        Tiles::template multiply<P, C>(product, sums[0]);
        for (int t = 0; t < P; ++t) {
            const int begin = p + t * TileShape::kPositions;
            const int count = std::min(TileShape::kPositions, positions - begin);
            for (int c = 0; c < C; ++c)
                finish(part, part.tile + c, row, begin, count, line, sums[t][c]);
        }
    }

    /// Stores `count` positions of one tile to the tensor, with bias, accumulation and ReLU. Skips
    /// the positions between the end of one row and the beginning of the next.
    template <class To>
    void finish(const Part<To>& part, int tile, int row, int begin, int count, int line,
                const float* sums) const {
        const ConvSpec& s = plan_.spec();
        Lanes bias = Lanes{};
        if (bias_ != nullptr) bias = load_lanes<kLanes>(bias_ + tile * kLanes);
        const TileGrid& grid = plan_.grid();
        const int64_t first_row = static_cast<int64_t>(tile) * grid.height + grid.row +
                                  static_cast<int64_t>(grid.step) * (part.first_row + row);
        int y = begin / line, x = begin % line;
        for (int i = 0; i < count; ++y) {
            const int run = std::min(count - i, s.out_width - x);
            if (run > 0) {
                const int64_t there = (first_row + grid.step * y) * grid.width + grid.column;
                To* const to = part.out + (there + grid.step * x) * kLanes;
                const float* const from = sums + i * kLanes;
                if (s.accumulate)
                    store_run(run, to, [&](int at) {
                        return load_lanes<kLanes>(from + at) + bias +
                               load_lanes<kLanes>(static_cast<const To*>(to) + grid.step * at);
                    });
                else
                    store_run(run, to,
                              [&](int at) { return load_lanes<kLanes>(from + at) + bias; });
            }
            i += line - x;
            x = 0;
        }
    }

    template <class To, class Value>
    void store_run(int run, To* to, Value value) const {
        const float least = plan_.spec().relu ? 0.0F : -std::numeric_limits<float>::infinity();
        for (int at = 0; at < run * kLanes; at += kLanes) {
            const Lanes v = value(at);
            Tiles::store(to + plan_.grid().step * at, v < least ? Lanes{} + least : v);
        }
    }

    TilePlan plan_;
    const Bf16* filters_;
    const float* bias_;
};

/// Makes convolutions on tiles. `otherwise` makes those that tiles do not support: data gradients
/// of kernels that are shorter than their stride. `otherwise` stores bf16 in nChw16c.
template <class Tiles>
class TileEngine : public EngineInFront {
  public:
    using EngineInFront::EngineInFront;

    std::unique_ptr<Conv> make(const ConvSpec& s, const std::string& key,
                               const std::vector<float>& weights,
                               const std::vector<float>& bias) override {
        if (s.direction == ConvDirection::forward)
            return std::make_unique<Part>(part(TilePlan(s), "f:" + key, weights, bias));
        if (s.kernel_height < s.stride || s.kernel_width < s.stride)
            return otherwise_->make(s, key, weights, bias);
        auto phases = std::make_unique<Phases>();
        for (const PhaseForm& phase : phase_forms(s, weights)) {
            const TileGrid grid{phase.row, phase.column, s.stride, s.in_height, s.in_width};
            const std::string name = std::to_string(phase.row) + std::to_string(phase.column);
            phases->parts.push_back(part(TilePlan(phase.form.spec, grid), "b" + name + ":" + key,
                                         phase.form.weights, {}));
        }
        return phases;
    }

  private:
    using Part = TileConv<Tiles>;

    struct Phases : Conv {
        void queue(Stream& stream, const void* in, void* out, void* /*workspace*/) override {
            for (Part& part : parts) part.run(stream, in, out, nullptr);
        }
        std::string algorithm() const override { return Tiles::kName; }
        std::vector<Part> parts;
    };

    Part part(const TilePlan& plan, const std::string& key, const std::vector<float>& weights,
              const std::vector<float>& bias) {
        const Bf16* const filters = kept(filters_, key, [&] { return plan.tiles_of(weights); });
        const float* const biases =
            bias.empty() ? nullptr : kept(biases_, key, [&] { return bias; });
        return Part(plan, filters, biases);
    }

    Kept<Bf16> filters_;
    Kept<float> biases_;
};

}  // namespace reverie
