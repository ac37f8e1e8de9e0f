// An implicit GEMM (Chetlur et al. 2014): rows are pixels, columns are output channels, and the sum
// is over the window's taps and their input channels. In NHWC, the rows that a tap needs are the
// pixels themselves, shifted by the tap. So a tile of the picture is loaded to shared memory once,
// and each tap reads it at an offset of its own.
//
// The file that includes this one has included tensor_core.cuh, or what stands in for it.
#pragma once

#include "kernels/hd.h"

namespace reverie {

/// Sizes in pixels; strides from pixel to pixel, in values.
struct NarrowShape {
    int in_height, in_width, in_stride;
    int out_height, out_width, out_stride;
    int kernel_height, kernel_width, pad_top, pad_left;
    bool relu;
};

/// How a thread block divides its work and its shared memory. Of a tile's channels, up to 32 are
/// loaded at a time, into the next of kBuffers parts of the memory: with two of them, 32 channels
/// arrive while the ones before are multiplied.
template <int kIn, int kOut, int kBuffers>
struct NarrowTiling {
    static constexpr int kWarps = 8;  // each computes one row of a tile, …
    static constexpr int kThreads = 32 * kWarps;
    static constexpr int kFragments = 2;  // … in so many pieces of 16 pixels
    static constexpr int kTileWidth = 16 * kFragments, kTileHeight = kWarps;
    static constexpr int kParts = kIn > 32 ? kIn / 32 : 1;
    static constexpr int kPart = kIn / kParts;  ///< channels
    /// Padding values after each filter, so that what a warp reads together lies in different banks.
    static constexpr int kGap = 8;
    static constexpr int kGroups = kPart / 8;  ///< of 16 bytes, of a pixel in a part

    int kernel_height, kernel_width;

    REVERIE_HD int filter() const { return kernel_height * kernel_width * kIn + kGap; }
    REVERIE_HD int width() const { return kTileWidth + kernel_width - 1; }
    REVERIE_HD int height() const { return kTileHeight + kernel_height - 1; }
    REVERIE_HD int part_values() const { return width() * height() * kPart; }
    /// Values in shared memory: filters, then the buffers.
    REVERIE_HD int values() const { return kOut * filter() + kBuffers * part_values(); }
    /// Where a group of a pixel's channels stands in a part: among those of its pixel at a place
    /// that differs from pixel to pixel, so that eight neighbours' lie in different banks.
    static REVERIE_HD int place(int pixel, int group) {
        return pixel * kPart + (group ^ (pixel / (8 / kGroups)) % kGroups) * 8;
    }
};

/// Each 16×8 product gives a thread a pair of a pixel's values. Filters are ordered so that the
/// pairs of kGroup products are neighbours in memory and are written together.
template <int kOut>
struct ChannelOrder {
    static constexpr int kProducts = kOut / 8;
    static constexpr int kGroup = kProducts < 4 ? kProducts : 4;
    /// The first of the 2·kGroup channels of thread t (of four) in a group of products.
    static REVERIE_HD int channel(int group, int t) { return (group * 4 + t) * 2 * kGroup; }
    /// The channel whose filter stands in this row of the ordered filters.
    static REVERIE_HD int of_row(int row) {
        const int product = row / 8, column = row % 8;
        return channel(product / kGroup, column / 2) + product % kGroup * 2 + column % 2;
    }
};

/// The sums of a warp's row of a tile.
template <class T, int kIn, int kOut, int kBuffers>
struct NarrowRow {
    using Tiling = NarrowTiling<kIn, kOut, kBuffers>;
    using Order = ChannelOrder<kOut>;

    float sum[Tiling::kFragments][Order::kProducts][4];

    __device__ void clear() {
        REVERIE_UNROLL
        for (auto& fragment : sum) {
            REVERIE_UNROLL
            for (auto& product : fragment) {
                REVERIE_UNROLL
                for (float& v : product) v = 0;
            }
        }
    }

    /// Adds all taps' products of one part of the channels.
    __device__ void add(const Tiling& tiling, const T* filters, const T* pixels, int part, int warp,
                        int lane) {
        const int taps = tiling.kernel_height * tiling.kernel_width;
        for (int tap = 0; tap < taps; ++tap) {
            const int ky = tap / tiling.kernel_width, kx = tap % tiling.kernel_width;
            const int pixel = (warp + ky) * tiling.width() + kx + lane % 16;
            const T* const b_row = filters + (lane % 8 + lane / 16 * 8) * tiling.filter() +
                                   tap * kIn + part * Tiling::kPart + lane / 8 % 2 * 8;
            REVERIE_UNROLL
            for (int k = 0; k < Tiling::kPart; k += 16) {
                unsigned a[Tiling::kFragments][4];
                REVERIE_UNROLL
                for (int f = 0; f < Tiling::kFragments; ++f)
                    load_matrices(a[f], pixels + Tiling::place(pixel + f * 16, k / 8 + lane / 16));
                REVERIE_UNROLL
                for (int product = 0; product < Order::kProducts; product += 2) {
                    unsigned b[4];
                    load_matrices(b, b_row + product * 8 * tiling.filter() + k);
                    REVERIE_UNROLL
                    for (int f = 0; f < Tiling::kFragments; ++f) {
                        multiply<T>(sum[f][product], a[f], b[0], b[1]);
                        multiply<T>(sum[f][product + 1], a[f], b[2], b[3]);
                    }
                }
            }
        }
    }

    template <class To>
    __device__ void store(const NarrowShape& s, const float* bias, To* out, int y, int x0,
                          int lane) const {
        constexpr int kRun = 2 * Order::kGroup;
        struct alignas(kRun * sizeof(To) < 16 ? kRun * sizeof(To) : 16) Run {
            To values[kRun];
        };
        REVERIE_UNROLL
        for (int f = 0; f < Tiling::kFragments; ++f) {
            REVERIE_UNROLL
            for (int half = 0; half < 2; ++half) {
                const int x = x0 + f * 16 + half * 8 + lane / 4;
                if (x >= s.out_width) continue;
                To* const to = out + (static_cast<int64_t>(y) * s.out_width + x) * s.out_stride;
                REVERIE_UNROLL
                for (int group = 0; group < Order::kProducts / Order::kGroup; ++group) {
                    const int first = Order::channel(group, lane % 4);
                    Run run;
                    REVERIE_UNROLL
                    for (int i = 0; i < kRun; ++i) {
                        float v = sum[f][group * Order::kGroup + i / 2][half * 2 + i % 2];
                        if (bias != nullptr) v += bias[first + i];
                        if (s.relu) v = max_of(v, 0.0F);
                        run.values[i] = from_float<To>(v);
                    }
                    *reinterpret_cast<Run*>(to + first) = run;
                }
            }
        }
    }
};

/// Begins to copy the filters, in the order of ChannelOrder.
template <class T, int kIn, int kOut, int kBuffers>
__device__ void load_filters(const NarrowTiling<kIn, kOut, kBuffers>& tiling, const T* from, T* to,
                             int thread) {
    constexpr int kThreads = NarrowTiling<kIn, kOut, kBuffers>::kThreads;
    const int sums = tiling.kernel_height * tiling.kernel_width * kIn;
    for (int i = thread; i < kOut * (sums / 8); i += kThreads) {
        const int row = i / (sums / 8), group = i % (sums / 8) * 8;
        copy_16(to + row * tiling.filter() + group,
                from + ChannelOrder<kOut>::of_row(row) * sums + group, true);
    }
}

/// Begins to copy one part of the channels of a tile whose first pixel is (x0, y0).
template <class T, int kIn, int kOut, int kBuffers>
__device__ void load_part(const NarrowShape& s, const NarrowTiling<kIn, kOut, kBuffers>& tiling,
                          const T* from, int x0, int y0, int part, T* to, int thread) {
    using Tiling = NarrowTiling<kIn, kOut, kBuffers>;
    const int width = tiling.width();
    for (int i = thread; i < tiling.height() * width * Tiling::kGroups; i += Tiling::kThreads) {
        const int pixel = i / Tiling::kGroups, group = i % Tiling::kGroups;
        const int y = y0 + pixel / width - s.pad_top, x = x0 + pixel % width - s.pad_left;
        const bool inside = y >= 0 && y < s.in_height && x >= 0 && x < s.in_width;
        const int64_t at = inside ? static_cast<int64_t>(y) * s.in_width + x : 0;
        copy_16(to + Tiling::place(pixel, group),
                from + at * s.in_stride + part * Tiling::kPart + group * 8, inside);
    }
}

/// A thread block takes every gridDim.x-th tile; the filters stay in shared memory.
template <class T, class To, int kIn, int kOut, int kBuffers>
__global__ void __launch_bounds__(NarrowTiling<kIn, kOut, kBuffers>::kThreads, 2)
    narrow_kernel(NarrowShape s, const T* in, const T* filters, const float* bias, To* out) {
    using Tiling = NarrowTiling<kIn, kOut, kBuffers>;
    constexpr int kParts = Tiling::kParts, kAhead = kBuffers - 1;
    const Tiling tiling{s.kernel_height, s.kernel_width};
    T* const ordered = reinterpret_cast<T*>(dynamic_shared_memory());
    T* const pixels = ordered + kOut * tiling.filter();
    const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;
    const int columns = (s.out_width + Tiling::kTileWidth - 1) / Tiling::kTileWidth;
    const int rows = (s.out_height + Tiling::kTileHeight - 1) / Tiling::kTileHeight;
    const int first = static_cast<int>(blockIdx.x), stride = static_cast<int>(gridDim.x);
    const int tiles = first < columns * rows ? (columns * rows - 1 - first) / stride + 1 : 0;
    // Parts are counted through all of the thread block's tiles; a group of copies for each, also
    // beyond the last one, so that waiting counts alike.
    const auto load = [&](int number) {
        const int tile = first + number / kParts * stride, part = number % kParts;
        if (number < tiles * kParts) {
            load_part<T>(s, tiling, in, tile % columns * Tiling::kTileWidth,
                         tile / columns * Tiling::kTileHeight, part,
                         pixels + number % kBuffers * tiling.part_values(), thread);
        }
        commit_copies();
    };
    load_filters<T>(tiling, filters, ordered, thread);
    for (int number = 0; number < kAhead; ++number) load(number);
    NarrowRow<T, kIn, kOut, kBuffers> row;
    for (int number = 0; number < tiles * kParts; ++number) {
        const int tile = first + number / kParts * stride, part = number % kParts;
        load(number + kAhead);
        wait_for_copies<kAhead>();
        __syncthreads();
        if (part == 0) row.clear();
        row.add(tiling, ordered, pixels + number % kBuffers * tiling.part_values(), part, warp,
                lane);
        const int y = tile / columns * Tiling::kTileHeight + warp;
        if (part == kParts - 1 && y < s.out_height)
            row.store(s, bias, out, y, tile % columns * Tiling::kTileWidth, lane);
        __syncthreads();  // this part's memory has been read
    }
}

}  // namespace reverie
