// How a functor runs on the CPU: OpenMP loops over rows, chunks or blocks, the innermost loop
// vectorised. Every loop's result is independent of the number of threads, and reductions add in a
// fixed order: same bits every run.
#pragma once

#include <omp.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include "kernels/device.h"
#include "kernels/functors/spans.h"

namespace reverie {

class ExecCpu {
  public:
    explicit ExecCpu(Stream& /*stream*/) {}

    /// f(x, y) for each pixel of a picture. The name is for timers and profilers.
    template <class F>
    void each_pixel(const char* /*name*/, int width, int height, F f) const {
        const bool worth_it = static_cast<int64_t>(width) * height >= kSerialBelow;
        const int piece = piece_of(height);
#pragma omp parallel if (worth_it)
        {
            // A local copy: byte stores could alias the original and force reloads.
            const F here = f;
#pragma omp for schedule(dynamic, piece) nowait
            for (int y = 0; y < height; ++y) {
#pragma omp simd
                for (int x = 0; x < width; ++x) here(x, y);
            }
        }
    }

    /// f(i) for each i in 0 … n−1.
    template <class F>
    void each_element(const char* /*name*/, int64_t n, F f) const {
        const int64_t chunks = (n + kChunk - 1) / kChunk;
        const int piece = piece_of(chunks);
#pragma omp parallel for schedule(dynamic, piece) if (n >= kSerialBelow)
        for (int64_t chunk = 0; chunk < chunks; ++chunk) {
            const F here = f;  // as in each_pixel
            const int64_t end = std::min(n, (chunk + 1) * kChunk);
#pragma omp simd
            for (int64_t i = chunk * kChunk; i < end; ++i) here(i);
        }
    }

    /// f.operator()<L>(block, y, x, lane) for each group of L lanes that begins at `lane`: one lane
    /// at a time, …
    template <class F>
    void each_lane(const char* /*name*/, const LaneGrid& grid, F f) const {
        lanes_of<1>(grid, f);
    }
    /// … as many pixels of a span as one register holds: GCC keeps a vector of more in memory, …
    template <class F>
    void each_lane(const char* /*name*/, const SpanGrid& grid, F f) const {
        lanes_of<kMostTogether>(grid, f);
    }
    /// … or, of a network tensor in blocks of kBlock channels, a pixel's block.
    template <class F>
    void each_lane(const char* /*name*/, const TensorGrid& grid, F f) const {
        if (in_blocks(grid)) return lanes_of<kBlock>(grid, f);
        lanes_of<1>(grid, f);
    }
    template <class T, class F>
    void each_lane(const char* name, const StoredGrid<T>& grid, F f) const {
        each_lane(name, grid, f, f);
    }

    /// The same with two equivalent functors: `together` takes blocks, `alone` single lanes. So
    /// code that is unrolled for one is not compiled for the other as well.
    template <class T, class F, class Alone>
    void each_lane(const char* /*name*/, const StoredGrid<T>& grid, F together, Alone alone) const {
        if constexpr (computes_in_blocks<T>()) {
            if (in_blocks(grid)) return lanes_of<kBlock>(grid, together);
        }
        lanes_of<1>(grid, alone);
    }

    /// f.operator()<L>(first, count, y, x): a pixel's groups of L neighbouring channels from
    /// `first` on, in runs of `count`. Here a run is all groups of the pixel, so that f computes
    /// once what neighbours share. Two functors: as above.
    template <class T, class F, class Alone>
    void each_run(const char* name, StoredGrid<T> grid, F together, Alone alone) const {
        const int channels = grid.blocks * grid.block_channels;
        grid.blocks = 1;
        if (!in_blocks(grid)) grid.block_channels = 1;
        each_lane(name, grid, WholePixel<F>{together, channels},
                  WholePixel<Alone>{alone, channels});
    }

    /// f.operator()<1>(block, y, x, 0) for each element of a grid of one lane; f computes in
    /// Lanes8.
    template <class F>
    void each_eight(const char* /*name*/, LaneGrid grid, F f) const {
        lanes_of<1>(grid, f);
    }

    /// Several steps of a stencil: f.phases times f.step(tile, phase, y, x, layer, y, x) for each
    /// pixel, each phase after all of the one before; then f.store(tile, y, x, layer, y, x). Here
    /// the tile is the whole picture, in place, as f.whole(layer) gives it: the cache does what
    /// tiles in shared memory do on a GPU.
    template <class F>
    void each_tile(const char* /*name*/, const LayerGrid& grid, F f) const {
        const bool worth_it = static_cast<int64_t>(grid.width) * grid.height >= kSerialBelow;
        const int piece = piece_of(grid.height);
        for (int layer = 0; layer < grid.layers; ++layer) {
#pragma omp parallel if (worth_it)
            {
                const F here = f;  // as in each_pixel
                const auto tile = here.whole(layer);
                for (int phase = 0; phase < here.phases; ++phase) {
#pragma omp for schedule(dynamic, piece)
                    for (int y = 0; y < grid.height; ++y) {
#pragma omp simd
                        for (int x = 0; x < grid.width; ++x)
                            here.step(tile, phase, y, x, layer, y, x);
                    }
                }
#pragma omp for schedule(dynamic, piece) nowait
                for (int y = 0; y < grid.height; ++y) {
#pragma omp simd
                    for (int x = 0; x < grid.width; ++x) here.store(tile, y, x, layer, y, x);
                }
            }
        }
    }

    /// f(first, count) on the host, over independent parts 0 … n−1 of some work, which use the
    /// other verbs. Each part runs in a thread of its own if that keeps most threads busy (they
    /// then wait for each other once, not at each loop), else all parts run at once.
    template <class F>
    void parts(int n, F f) const {
        const int threads = omp_get_max_threads();
        if (n < 2 || threads < 2 || threads > 2 * n) return f(0, n);
#pragma omp parallel for schedule(static, 1) num_threads(min_of(n, threads))
        for (int part = 0; part < n; ++part) f(part, 1);
    }

    /// *result = Σ f(i), i in 0 … n−1, added in a fixed order whatever the number of threads.
    /// `result` is device memory.
    template <class F>
    void reduce(const char* /*name*/, int64_t n, float* result, F f) const {
        std::array<double, kPartials> partial{};
        const int64_t share = (n + kPartials - 1) / kPartials;
        const int piece = piece_of(kPartials);
#pragma omp parallel for schedule(dynamic, piece) if (n >= kSerialBelow)
        for (int part = 0; part < kPartials; ++part) {
            const F here = f;  // as in each_pixel
            const int64_t end = std::min(n, (part + 1) * share);
            double sum = 0;
            for (int64_t begin = part * share; begin < end; begin += kChunk) {
                const int64_t stop = std::min(end, begin + kChunk);
                float chunk = 0;
#pragma omp simd reduction(+ : chunk)
                for (int64_t i = begin; i < stop; ++i) chunk += here(i);
                sum += chunk;
            }
            partial[part] = sum;
        }
        double total = 0;
        for (const double p : partial) total += p;
        *result = static_cast<float>(total);
    }

    /// How many of a loop's n iterations a thread takes at a time: few enough that, if another
    /// program or the show takes a thread's core, the other threads soon do the rest.
    static int piece_of(int64_t n) {
        constexpr int64_t kPieces = 6;  // for each thread
        return static_cast<int>(std::max<int64_t>(1, n / (kPieces * omp_get_max_threads())));
    }

    /// Channels that a vector register holds: the block of oneDNN's layouts for the instructions
    /// that this module is compiled for (dnnl_channel_block).
#ifdef __AVX512F__
    static constexpr int kBlock = 16;
#else
    static constexpr int kBlock = 8;
#endif

    /// Whether functors of tensors that are stored as T are compiled for blocks: only for types
    /// that a network computes in on these processors. Only tests use the others.
    template <class T>
    static constexpr bool computes_in_blocks() {
#ifdef __AVX512F__
        return std::is_same_v<T, float> || std::is_same_v<T, Bf16>;
#else
        return std::is_same_v<T, float>;
#endif
    }

  private:
    static bool in_blocks(const LaneGrid& grid) {
        return grid.together && grid.block_channels == kBlock;
    }

    static constexpr int64_t kSerialBelow = 8192;
    static constexpr int64_t kChunk = 2048;
    static constexpr int kPartials = 64;
    template <class F>
    struct WholePixel {
        F f;
        int channels;
        template <int L>
        REVERIE_HD void operator()(int /*block*/, int y, int x, int /*lane*/) const {
            f.template operator()<L>(0, channels / L, y, x);
        }
    };
    template <int kLanes, class F>
    void lanes_of(LaneGrid grid, const F& f) const {
        const int rows = grid.blocks * grid.height;
        const int piece = piece_of(rows);
#pragma omp parallel
        {
            const F here = f;  // as in each_pixel
#pragma omp for schedule(dynamic, piece) nowait
            for (int row = 0; row < rows; ++row) {
                const int block = row / grid.height;
                const int y = row % grid.height;
                for (int x = 0; x < grid.width; ++x) {
                    for (int lane = 0; lane < grid.block_channels; lane += kLanes) {
                        here.template operator()<kLanes>(block, y, x, lane);
                    }
                }
            }
        }
    }
};

}  // namespace reverie
