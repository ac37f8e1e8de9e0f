// Chooses and launches the kernels of narrow_kernel.cuh.
#include "kernels/cuda/conv_narrow.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/stream_cuda.h"
#include "kernels/cuda/tensor_core.cuh"

// After what it is built on:
#include "kernels/cuda/narrow_kernel.cuh"

namespace reverie {
namespace {

int attribute(cudaDeviceAttr which) {
    int device = 0, value = 0;
    cuda_check(cudaGetDevice(&device), "asking for the device");
    cuda_check(cudaDeviceGetAttribute(&value, which, device), "asking for the device's properties");
    return value;
}

template <class T, class To, int kIn, int kOut, int kBuffers>
QueueNarrow prepare(const NarrowConvolution& c) {
    const ConvSpec& s = c.spec;
    const auto stride = [](int parent, int channels) { return parent > 0 ? parent : channels; };
    const NarrowShape shape{s.in_height,     s.in_width,     stride(s.in_parent_channels, kIn),
                            s.out_height,    s.out_width,    stride(s.out_parent_channels, kOut),
                            s.kernel_height, s.kernel_width, s.pad_top,
                            s.pad_left,      s.relu};
    using Tiling = NarrowTiling<kIn, kOut, kBuffers>;
    constexpr int kThreads = Tiling::kThreads;
    const int bytes =
        Tiling{s.kernel_height, s.kernel_width}.values() * static_cast<int>(sizeof(T));
    if (bytes > attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin)) return nullptr;
    const auto kernel = narrow_kernel<T, To, kIn, kOut, kBuffers>;
    cuda_check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes),
               "preparing a convolution");
    int resident = 0;
    cuda_check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, kThreads, bytes),
               "preparing a convolution");
    const int tiles = ((s.out_width + Tiling::kTileWidth - 1) / Tiling::kTileWidth) *
                      ((s.out_height + Tiling::kTileHeight - 1) / Tiling::kTileHeight);
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
    if (is(16, 64)) return prepare<T, To, 16, 64, 1>(c);
    if (is(16, 32)) return prepare<T, To, 16, 32, 1>(c);
    if (is(32, 16)) return prepare<T, To, 32, 16, 1>(c);
    if (!is(64, 16)) return nullptr;
    // sm_75 has 64 KB of shared memory.
    QueueNarrow ahead = prepare<T, To, 64, 16, 2>(c);
    return ahead ? ahead : prepare<T, To, 64, 16, 1>(c);
}

template <class T>
QueueNarrow prepare_type(const NarrowConvolution& c) {
    return c.to_type == DType::f32 ? prepare_channels<T, float>(c) : prepare_channels<T, T>(c);
}

}  // namespace

QueueNarrow prepare_narrow(const NarrowConvolution& c) {
    constexpr int kLeastMajor = 8;  // the first with bfloat16; the oldest supported has halves
    if (c.type == DType::f16) return prepare_type<Half>(c);
    return attribute(cudaDevAttrComputeCapabilityMajor) < kLeastMajor ? nullptr
                                                                      : prepare_type<Bf16>(c);
}

}  // namespace reverie
