// An implicit GEMM (Chetlur et al. 2014): rows are pixels, columns are output channels, and the sum
// is over the window's taps and their input channels. In NHWC, the rows that a tap needs are the
// pixels themselves, shifted by the tap. So a tile of the picture is loaded to shared memory once,
// and each tap reads it at an offset of its own.
#include "kernels/cuda/conv_narrow.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/stream_cuda.h"
#include "kernels/hd.h"

namespace reverie {
namespace {

constexpr int kWarps = 8;  // each computes one row of a tile, …
constexpr int kThreads = 32 * kWarps;
constexpr int kFragments = 2;  // … in so many pieces of 16 pixels
constexpr int kTileWidth = 16 * kFragments, kTileHeight = kWarps;
/// Padding values after each pixel and each filter in shared memory, so that the values that a warp
/// reads together lie in different banks.
constexpr int kGap = 8;

/// Sizes in pixels; strides from pixel to pixel, in values.
struct NarrowShape {
    int in_height, in_width, in_stride;
    int out_height, out_width, out_stride;
    int kernel_height, kernel_width, pad_top, pad_left;
    bool relu;
};

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800

__device__ unsigned shared_address(const void* p) {
    return static_cast<unsigned>(__cvta_generic_to_shared(p));
}

/// Copies 16 bytes to shared memory asynchronously; zeros if not `inside`.
__device__ void copy_16(void* to, const void* from, bool inside) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)),
                 "l"(from), "r"(inside ? 16 : 0));
}

/// Loads four 8×8 matrices of 16-bit values; thread l gives the address of row l % 8 of the matrix
/// l / 8.
__device__ void load_matrices(unsigned (&m)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(m[0]), "=r"(m[1]), "=r"(m[2]), "=r"(m[3])
                 : "r"(shared_address(row)));
}

/// sum += a (16×16) · b (16×8).
template <class T>
__device__ void multiply(float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    if constexpr (std::is_same_v<T, Half>) {
        asm volatile(
            "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
            "{%8,%9}, {%0,%1,%2,%3};"
            : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
    } else {
        asm volatile(
            "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
            "{%8,%9}, {%0,%1,%2,%3};"
            : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
            : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
    }
}

#endif

/// Each 16×8 product gives a thread a pair of a pixel's values. Filters are ordered so that the
/// pairs of kGroup products are neighbours in memory and are written together.
template <int kOut>
struct ChannelOrder {
    static constexpr int kProducts = kOut / 8;
    static constexpr int kGroup = kProducts < 4 ? kProducts : 4;
    /// The first of the 2·kGroup channels of thread t (of four) in a group of products.
    static __device__ int channel(int group, int t) { return (group * 4 + t) * 2 * kGroup; }
    /// The channel whose filter stands in this row of the ordered filters.
    static __device__ int of_row(int row) {
        const int product = row / 8, column = row % 8;
        return channel(product / kGroup, column / 2) + product % kGroup * 2 + column % 2;
    }
};

/// A thread block takes every gridDim.x-th tile; the filters stay in shared memory.
template <class T, class To, int kIn, int kOut>
__global__ void __launch_bounds__(kThreads, 2)
    narrow_kernel(NarrowShape s, const T* in, const T* filters, const float* bias, To* out) {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
    using Order = ChannelOrder<kOut>;
    constexpr int kPixel = kIn + kGap;
    extern __shared__ __align__(16) char memory[];
    const int taps = s.kernel_height * s.kernel_width;
    const int sums = taps * kIn, filter = sums + kGap;
    T* const ordered = reinterpret_cast<T*>(memory);
    T* const pixels = ordered + kOut * filter;
    const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;
    for (int i = thread; i < kOut * (sums / 8); i += kThreads) {
        const int row = i / (sums / 8), part = i % (sums / 8) * 8;
        copy_16(ordered + row * filter + part, filters + Order::of_row(row) * sums + part, true);
    }
    const int width = kTileWidth + s.kernel_width - 1, height = kTileHeight + s.kernel_height - 1;
    const int columns = (s.out_width + kTileWidth - 1) / kTileWidth;
    const int rows = (s.out_height + kTileHeight - 1) / kTileHeight;
    for (int tile = static_cast<int>(blockIdx.x); tile < columns * rows;
         tile += static_cast<int>(gridDim.x)) {
        const int x0 = tile % columns * kTileWidth, y0 = tile / columns * kTileHeight;
        __syncthreads();  // the tile before has been read
        for (int i = thread; i < height * width * (kIn / 8); i += kThreads) {
            const int pixel = i / (kIn / 8), part = i % (kIn / 8) * 8;
            const int y = y0 + pixel / width - s.pad_top, x = x0 + pixel % width - s.pad_left;
            const bool inside = y >= 0 && y < s.in_height && x >= 0 && x < s.in_width;
            const int64_t at = inside ? static_cast<int64_t>(y) * s.in_width + x : 0;
            copy_16(pixels + pixel * kPixel + part, in + at * s.in_stride + part, inside);
        }
        asm volatile("cp.async.commit_group;\ncp.async.wait_group 0;" ::: "memory");
        __syncthreads();

        float sum[kFragments][Order::kProducts][4] = {};
        for (int tap = 0; tap < taps; ++tap) {
            const int ky = tap / s.kernel_width, kx = tap % s.kernel_width;
            const T* const a_row =
                pixels + ((warp + ky) * width + kx + lane % 16) * kPixel + lane / 16 * 8;
            const T* const b_row =
                ordered + (lane % 8 + lane / 16 * 8) * filter + tap * kIn + lane / 8 % 2 * 8;
#pragma unroll
            for (int k = 0; k < kIn; k += 16) {
                unsigned a[kFragments][4];
#pragma unroll
                for (int f = 0; f < kFragments; ++f)
                    load_matrices(a[f], a_row + f * 16 * kPixel + k);
#pragma unroll
                for (int product = 0; product < Order::kProducts; product += 2) {
                    unsigned b[4];
                    load_matrices(b, b_row + product * 8 * filter + k);
#pragma unroll
                    for (int f = 0; f < kFragments; ++f) {
                        multiply<T>(sum[f][product], a[f], b[0], b[1]);
                        multiply<T>(sum[f][product + 1], a[f], b[2], b[3]);
                    }
                }
            }
        }

        const int y = y0 + warp;
        if (y >= s.out_height) continue;
        constexpr int kRun = 2 * Order::kGroup;
        struct alignas(kRun * sizeof(To) < 16 ? kRun * sizeof(To) : 16) Run {
            To values[kRun];
        };
#pragma unroll
        for (int f = 0; f < kFragments; ++f) {
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                const int x = x0 + f * 16 + half * 8 + lane / 4;
                if (x >= s.out_width) continue;
                To* const to = out + (static_cast<int64_t>(y) * s.out_width + x) * s.out_stride;
#pragma unroll
                for (int group = 0; group < Order::kProducts / Order::kGroup; ++group) {
                    const int first = Order::channel(group, lane % 4);
                    Run run;
#pragma unroll
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
#endif
}

int attribute(cudaDeviceAttr which) {
    int device = 0, value = 0;
    cuda_check(cudaGetDevice(&device), "asking for the device");
    cuda_check(cudaDeviceGetAttribute(&value, which, device), "asking for the device's properties");
    return value;
}

template <class T, class To, int kIn, int kOut>
QueueNarrow prepare(const NarrowConvolution& c) {
    const ConvSpec& s = c.spec;
    const auto stride = [](int parent, int channels) { return parent > 0 ? parent : channels; };
    const NarrowShape shape{s.in_height,     s.in_width,     stride(s.in_parent_channels, kIn),
                            s.out_height,    s.out_width,    stride(s.out_parent_channels, kOut),
                            s.kernel_height, s.kernel_width, s.pad_top,
                            s.pad_left,      s.relu};
    const int filter = s.kernel_height * s.kernel_width * kIn + kGap;
    const int tile =
        (kTileWidth + s.kernel_width - 1) * (kTileHeight + s.kernel_height - 1) * (kIn + kGap);
    const int bytes = (kOut * filter + tile) * static_cast<int>(sizeof(T));
    if (bytes > attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin)) return nullptr;
    const auto kernel = narrow_kernel<T, To, kIn, kOut>;
    cuda_check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes),
               "preparing a convolution");
    int resident = 0;
    cuda_check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, kThreads, bytes),
               "preparing a convolution");
    const int tiles = ((s.out_width + kTileWidth - 1) / kTileWidth) *
                      ((s.out_height + kTileHeight - 1) / kTileHeight);
    const int blocks =
        min_of(tiles, max_of(1, resident) * attribute(cudaDevAttrMultiProcessorCount));
    return [=, filters = static_cast<const T*>(c.filters), bias = c.bias](
               Stream& stream, const void* in, void* out) {
        const auto& on = static_cast<CudaStream&>(stream);
        on.make_current();
        kernel<<<blocks, kThreads, bytes, on.handle()>>>(shape, static_cast<const T*>(in), filters,
                                                         bias, static_cast<To*>(out));
        cuda_check(cudaGetLastError(), "narrow convolution");
    };
}

template <class T, class To>
QueueNarrow prepare_channels(const NarrowConvolution& c) {
    const auto is = [&](int in, int out) {
        return c.spec.in_channels == in && c.spec.out_channels == out;
    };
    if (is(16, 64)) return prepare<T, To, 16, 64>(c);
    if (is(16, 32)) return prepare<T, To, 16, 32>(c);
    if (is(64, 16)) return prepare<T, To, 64, 16>(c);
    if (is(32, 16)) return prepare<T, To, 32, 16>(c);
    return nullptr;
}

template <class T>
QueueNarrow prepare_type(const NarrowConvolution& c) {
    return c.to_type == DType::f32 ? prepare_channels<T, float>(c) : prepare_channels<T, T>(c);
}

}  // namespace

QueueNarrow prepare_narrow(const NarrowConvolution& c) {
    constexpr int kLeastMajor = 8;  // the first with these asynchronous copies and matrix products
    if (attribute(cudaDevAttrComputeCapabilityMajor) < kLeastMajor) return nullptr;
    return c.type == DType::f16 ? prepare_type<Half>(c) : prepare_type<Bf16>(c);
}

}  // namespace reverie
