// Non-owning views of device memory: Pixels<T> for pictures, flows and masks; Tensor<T> for the
// network's tensors. A view never owns, never allocates and is trivially copyable, so that functors
// can hold it by value.
#pragma once

#include <type_traits>

#include "kernels/hd.h"

namespace reverie {

/// A planar picture: `channels` planes of `height` rows of `width` values, packed (no row padding),
/// channel-major. RGB pictures hold 0 … 255 (not clipped: out-of-gamut values are kept); flows hold
/// 2 channels (dx, dy) in pixels.
template <class T>
struct Pixels {
    T* data = nullptr;
    int width = 0;
    int height = 0;
    int channels = 0;

    REVERIE_HD int64_t plane_size() const { return static_cast<int64_t>(width) * height; }
    REVERIE_HD int64_t size() const { return plane_size() * channels; }
    REVERIE_HD T& at(int x, int y, int c = 0) const {
        return data[plane_size() * c + static_cast<int64_t>(y) * width + x];
    }
    /// The value at the nearest pixel inside the picture.
    REVERIE_HD T& at_clamped(int x, int y, int c = 0) const {
        return at(clamp_to(x, 0, width - 1), clamp_to(y, 0, height - 1), c);
    }
    REVERIE_HD Pixels plane(int c) const { return {data + plane_size() * c, width, height, 1}; }
    operator Pixels<const T>() const  // NOLINT(google-explicit-constructor)
        requires(!std::is_const_v<T>) {
        return {data, width, height, channels};
    }
};

template <class T, class U>
REVERIE_HD bool same_size(const Pixels<T>& a, const Pixels<U>& b) {
    return a.width == b.width && a.height == b.height;
}

/// How the values of a network tensor are stored.
enum class DType : uint8_t { f32, bf16, f16 };

REVERIE_HD size_t bytes_of(DType type) { return type == DType::f32 ? 4 : 2; }

/// A network tensor (batch 1) or a slice of its channels, in any of the layouts nChw8c, nChw16c,
/// NHWC, NCHW: element (block b, row y, column x, lane l) stands at b·block_stride + (y·width +
/// x)·pixel_stride + l, where channel c is block c / block_channels, lane c % block_channels. NHWC
/// is one block of all channels; NCHW has one lane.
template <class T>
struct Tensor {
    T* data = nullptr;
    int blocks = 0;
    int block_channels = 0;
    int height = 0;
    int width = 0;
    int64_t block_stride = 0;
    int64_t pixel_stride = 0;

    REVERIE_HD int channels() const { return blocks * block_channels; }
    REVERIE_HD T& at(int block, int y, int x, int lane) const {
        return data[block * block_stride + (static_cast<int64_t>(y) * width + x) * pixel_stride +
                    lane];
    }
    /// The first of L lanes that are taken together. On a CPU, L > 1 requires a blocked layout with
    /// blocks of L, so that the compiler knows the distance between pixels.
    template <int L>
    REVERIE_HD T* group(int block, int y, int x, int lane) const {
        const int64_t pixel = static_cast<int64_t>(y) * width + x;
#ifdef __CUDACC__
        return data + block * block_stride + pixel * pixel_stride + lane;
#else
        return data + block * block_stride + (L > 1 ? pixel * L : pixel * pixel_stride + lane);
#endif
    }
    /// The same for a pixel's n-th group of L channels.
    template <int L>
    REVERIE_HD T* nth_group(int n, int y, int x) const {
#ifdef __CUDACC__
        return group<L>(n * L / block_channels, y, x, n * L % block_channels);
#else
        static_assert(L > 1);
        return group<L>(n, y, x, 0);
#endif
    }
    /// Whether group<L> may be used; on a GPU it must be aligned to 16 bytes.
    template <int L>
    REVERIE_HD bool together() const {
        if constexpr (L == 1) return true;
#ifdef __CUDACC__
        return block_channels % L == 0 && pixel_stride % L == 0 &&
               reinterpret_cast<uintptr_t>(data) % 16 == 0;
#else
        return block_channels == L && pixel_stride == L;
#endif
    }
    REVERIE_HD T& at_channel(int c, int y, int x) const {
        return at(c / block_channels, y, x, c % block_channels);
    }
};

/// The same without an element type.
template <>
struct Tensor<void> {
    void* data = nullptr;
    int blocks = 0;
    int block_channels = 0;
    int height = 0;
    int width = 0;
    int64_t block_stride = 0;
    int64_t pixel_stride = 0;
};

/// A Tensor whose element type is known at run time only; the layer ops dispatch on it.
struct TensorRef {
    Tensor<void> shape;
    DType type = DType::f32;
};

template <class T>
REVERIE_HD Tensor<T> typed(const TensorRef& ref) {
    const Tensor<void>& s = ref.shape;
    return {static_cast<T*>(s.data), s.blocks,      s.block_channels, s.height, s.width,
            s.block_stride,          s.pixel_stride};
}

}  // namespace reverie
