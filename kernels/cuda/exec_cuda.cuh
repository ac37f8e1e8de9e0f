// How a functor runs on a GPU: a thread takes one element, eight neighbouring channels of a
// network's tensor, or one of the eight lanes of Lanes8; threads beyond the end do nothing. The
// functor is passed by value, as an argument of the kernel. Every launch names its stream and is
// checked under the op's name. Reductions add in an order that depends on nothing but the number of
// elements: same bits every run. The verbs are those of exec_cpu.h.
#pragma once

#include <type_traits>

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/stream_cuda.h"
#include "kernels/functors/lane_grid.h"
#include "kernels/hd.h"

namespace reverie {

namespace cuda {

constexpr int kThreads = 256;
constexpr int kTileWidth = 32;  ///< of each_pixel's thread blocks: a warp reads 32 pixels of a row
constexpr int kTileHeight = kThreads / kTileWidth;
constexpr int kMaxGridYZ = 65535;

template <class F>
__global__ void __launch_bounds__(kThreads) pixel_kernel(int width, int height, F f) {
    const int x = static_cast<int>(blockIdx.x) * kTileWidth + static_cast<int>(threadIdx.x);
    const int y = static_cast<int>(blockIdx.y) * kTileHeight + static_cast<int>(threadIdx.y);
    if (x < width && y < height) f(x, y);
}

template <class F>
__global__ void __launch_bounds__(kThreads) element_kernel(int64_t n, F f) {
    const int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
    if (i < n) f(i);
}

/// A thread takes kLanes lanes of a column, and every blockDim.x-th group of them where there are
/// more; consecutive threads take consecutive lanes, then columns: neighbours in memory in every
/// layout.
template <int kLanes, class F>
__global__ void __launch_bounds__(kThreads) lane_kernel(LaneGrid grid, F f) {
    const int x = static_cast<int>(blockIdx.x * blockDim.y + threadIdx.y);
    if (x >= grid.width) return;
    for (int block = static_cast<int>(blockIdx.z); block < grid.blocks;
         block += static_cast<int>(gridDim.z)) {
        for (int y = static_cast<int>(blockIdx.y); y < grid.height;
             y += static_cast<int>(gridDim.y)) {
            for (int lane = static_cast<int>(threadIdx.x) * kLanes; lane < grid.block_channels;
                 lane += static_cast<int>(blockDim.x) * kLanes)
                f.template operator()<kLanes>(block, y, x, lane);
        }
    }
}

/// For each_run: each group is a run of its own.
template <class F>
struct OneGroup {
    F f;
    int block_channels;
    template <int L>
    REVERIE_HD void operator()(int block, int y, int x, int lane) const {
        f.template operator()<L>((block * block_channels + lane) / L, 1, y, x);
    }
};

/// A thread block takes a tile, which is in shared memory with its margin.
template <int kWidth, int kHeight, class F>
__global__ void __launch_bounds__(kThreads) tile_kernel(LayerGrid grid, F f) {
    using Tile = typename F::template Tile<kWidth, kHeight>;
    constexpr int kMargin = F::kMargin;
    constexpr int kColumns = kWidth + 2 * kMargin, kRows = kHeight + 2 * kMargin;
    __shared__ Tile tile;
    const int first_x = static_cast<int>(blockIdx.x) * kWidth - kMargin;
    const int first_y = static_cast<int>(blockIdx.y) * kHeight - kMargin;
    const int layer = static_cast<int>(blockIdx.z);
    // g(row, column, y, x) for the thread's cells that are `reach` from the tile's outer edge.
    const auto each_cell = [&](int reach, auto g) {
        for (int cell = static_cast<int>(threadIdx.x); cell < kColumns * kRows; cell += kThreads) {
            const int row = cell / kColumns, column = cell % kColumns;
            if (row < reach || row >= kRows - reach) continue;
            if (column < reach || column >= kColumns - reach) continue;
            g(row, column, first_y + row, first_x + column);
        }
    };
    const auto is_inside = [&](int y, int x) {
        return y >= 0 && y < grid.height && x >= 0 && x < grid.width;
    };
    each_cell(0, [&](int row, int column, int y, int x) {
        if (is_inside(y, x))
            f.load(tile, row, column, layer, y, x);
        else
            f.clear(tile, row, column);
    });
    for (int phase = 0; phase < f.phases; ++phase) {
        __syncthreads();
        each_cell(phase + 1, [&](int row, int column, int y, int x) {
            if (is_inside(y, x)) f.step(tile, phase, row, column, layer, y, x);
        });
    }
    each_cell(kMargin, [&](int row, int column, int y, int x) {  // each thread stores its own cells
        if (is_inside(y, x)) f.store(tile, row, column, layer, y, x);
    });
}

/// The sum of a thread block's values, by a tree; valid in thread 0.
__device__ inline double block_sum(double value) {
    __shared__ double sums[kThreads];
    sums[threadIdx.x] = value;
    __syncthreads();
    for (int half = kThreads / 2; half > 0; half /= 2) {
        if (static_cast<int>(threadIdx.x) < half) sums[threadIdx.x] += sums[threadIdx.x + half];
        __syncthreads();
    }
    return sums[0];
}

/// First pass: thread block b adds the elements of every gridDim.x-th chunk of kThreads, from chunk
/// b on; a thread adds a few in float before it adds them in double, of which a GeForce computes
/// one where it computes 64 floats.
template <class F>
__global__ void __launch_bounds__(kThreads) partial_kernel(int64_t n, double* partials, F f) {
    constexpr int kInFloat = 16;
    const int64_t stride = static_cast<int64_t>(gridDim.x) * kThreads;
    double sum = 0;
    for (int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x; i < n;
         i += kInFloat * stride) {
        float some = 0;
#pragma unroll
        for (int k = 0; k < kInFloat; ++k) {
            if (i + k * stride < n) some += f(i + k * stride);
        }
        sum += some;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) partials[blockIdx.x] = sum;
}

/// Second pass: one thread block adds the partial sums. A template only so that every file may
/// define it.
template <class Result>
__global__ void __launch_bounds__(kThreads)
    total_kernel(int count, const double* partials, Result* result) {
    const int first = static_cast<int>(threadIdx.x);
    double sum = 0;
    for (int i = first; i < count; i += kThreads) sum += partials[i];
    const double total = block_sum(sum);
    if (first == 0) *result = static_cast<Result>(total);
}

/// ⌈a / b⌉
constexpr int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace cuda

class ExecCuda {
  public:
    explicit ExecCuda(Stream& stream) : stream_(static_cast<CudaStream&>(stream)) {
        stream_.make_current();
    }

    /// f(x, y) for each pixel of a picture. The name is for error messages and profilers.
    template <class F>
    void each_pixel(const char* name, int width, int height, F f) const {
        require_launchable<F>();
        if (width <= 0 || height <= 0) return;
        const dim3 blocks(static_cast<unsigned>(cuda::divide_up(width, cuda::kTileWidth)),
                          static_cast<unsigned>(cuda::divide_up(height, cuda::kTileHeight)));
        cuda::pixel_kernel<<<blocks, dim3(cuda::kTileWidth, cuda::kTileHeight), 0,
                             stream_.handle()>>>(width, height, f);
        cuda_check(cudaGetLastError(), name);
    }

    /// f(i) for each i in 0 … n−1; n below 2³⁹.
    template <class F>
    void each_element(const char* name, int64_t n, F f) const {
        require_launchable<F>();
        if (n <= 0) return;
        const auto blocks = static_cast<unsigned>(cuda::divide_up(n, cuda::kThreads));
        cuda::element_kernel<<<blocks, cuda::kThreads, 0, stream_.handle()>>>(n, f);
        cuda_check(cudaGetLastError(), name);
    }

    /// f.operator()<L>(block, y, x, lane) for each group of L lanes that begins at `lane`: one lane
    /// a thread, …
    template <class F>
    void each_lane(const char* name, const LaneGrid& grid, F f) const {
        launch_lanes<1>(name, grid, f);
    }
    /// … or, for a network tensor, as many lanes as one memory access takes.
    template <class F>
    void each_lane(const char* name, const TensorGrid& grid, F f) const {
        if (grid.aligned) return launch_lanes<TensorGrid::kGroup>(name, grid, f);
        launch_lanes<1>(name, grid, f);
    }
    /// Of two equivalent functors (exec_cpu.h), uses the one for groups of lanes.
    template <class F, class Alone>
    void each_lane(const char* name, const TensorGrid& grid, F together, Alone /*alone*/) const {
        each_lane(name, grid, together);
    }

    /// f.operator()<L>(first, count, y, x): a pixel's groups of L neighbouring channels from
    /// `first` on, in runs of `count`. Here each group is a run, a thread's own.
    template <class F, class Alone>
    void each_run(const char* name, const TensorGrid& grid, F together, Alone /*alone*/) const {
        each_lane(name, grid, cuda::OneGroup<F>{together, grid.block_channels});
    }

    /// f.operator()<1>(block, y, x, 0) for each element of a grid of one lane, by eight threads
    /// together (lanes8.h).
    template <class F>
    void each_eight(const char* name, LaneGrid grid, F f) const {
        grid.block_channels = kEight;
        launch_lanes<1>(name, grid, f);
    }

    /// Several steps of a stencil: f.load(tile, row, column, layer, y, x) for each pixel of a tile
    /// and of its margin of F::kMargin pixels, f.clear(tile, row, column) outside the picture; then
    /// f.phases times f.step(tile, phase, row, column, layer, y, x), each phase after all of the
    /// one before, on an area that is one pixel smaller on each side; then f.store(tile, row,
    /// column, layer, y, x) for the tile itself.
    template <class F>
    void each_tile(const char* name, const LayerGrid& grid, F f) const {
        require_launchable<F>();
        constexpr int kSide = 32;
        const dim3 blocks(static_cast<unsigned>(cuda::divide_up(grid.width, kSide)),
                          static_cast<unsigned>(cuda::divide_up(grid.height, kSide)),
                          static_cast<unsigned>(grid.layers));
        cuda::tile_kernel<kSide, kSide><<<blocks, cuda::kThreads, 0, stream_.handle()>>>(grid, f);
        cuda_check(cudaGetLastError(), name);
    }

    /// f(first, count) on the host, over independent parts: all at once, so that launches are few
    /// and large.
    template <class F>
    void parts(int n, F f) const {
        f(0, n);
    }

    /// *result = Σ f(i), i in 0 … n−1, added in a fixed order. `result` is device memory.
    template <class F>
    void reduce(const char* name, int64_t n, float* result, F f) const {
        require_launchable<F>();
        constexpr int64_t kElementsAThread = 4;  // fewer thread blocks where the sum is short
        const int64_t wanted =
            cuda::divide_up(max_of<int64_t>(n, 1), cuda::kThreads * kElementsAThread);
        const int count = static_cast<int>(min_of<int64_t>(wanted, CudaStream::kPartials));
        cuda::partial_kernel<<<count, cuda::kThreads, 0, stream_.handle()>>>(n, stream_.partials(),
                                                                             f);
        cuda_check(cudaGetLastError(), name);
        cuda::total_kernel<<<1, cuda::kThreads, 0, stream_.handle()>>>(count, stream_.partials(),
                                                                       result);
        cuda_check(cudaGetLastError(), name);
    }

  private:
    static constexpr int kEight = 8;

    template <int kLanes, class F>
    void launch_lanes(const char* name, const LaneGrid& grid, F f) const {
        require_launchable<F>();
        if (grid.blocks <= 0 || grid.height <= 0 || grid.width <= 0 || grid.block_channels <= 0)
            return;
        const int groups = min_of(grid.block_channels / kLanes, cuda::kThreads);
        const dim3 threads(static_cast<unsigned>(groups),
                           static_cast<unsigned>(cuda::kThreads / groups));
        const dim3 blocks(static_cast<unsigned>(cuda::divide_up(grid.width, threads.y)),
                          static_cast<unsigned>(min_of(grid.height, cuda::kMaxGridYZ)),
                          static_cast<unsigned>(min_of(grid.blocks, cuda::kMaxGridYZ)));
        cuda::lane_kernel<kLanes><<<blocks, threads, 0, stream_.handle()>>>(grid, f);
        cuda_check(cudaGetLastError(), name);
    }

    /// A functor is copied bit by bit into the kernel's arguments, of which there are 4 KB.
    template <class F>
    static constexpr void require_launchable() {
        static_assert(std::is_trivially_copyable_v<F>, "a functor must be trivially copyable");
        static_assert(sizeof(F) <= 3584, "a functor must fit a kernel's arguments");
    }

    CudaStream& stream_;
};

}  // namespace reverie
