// Lane-wise argmax: max pooling stores it, and its gradient reads it.
#pragma once

#include "kernels/functors/lanes.h"

#ifdef __CUDACC__
#include <cuda_bf16.h>
#endif

namespace reverie {

/// Keeps, for each lane, the largest of the values offered one after the other, and its index. Of
/// equal values the first one counts.
template <class T, int L>
class RunningMax {
  public:
    /// `index`: 0 … 254.
    REVERIE_HD void offer(const T* p, int index) {
        const Floats<L> v = load_lanes<L>(p);
        argmax_ = pick(v > best_, Ints<L>{} + index, argmax_);
        best_ = pick(v > best_, v, best_);
    }
    /// The index is `none` where the largest is 0.
    REVERIE_HD void store(T* value, uint8_t* index, int none) const {
        store_lanes<L>(value, best_);
        store_bytes<L>(index, pick(best_ == 0.0F, Ints<L>{} + none, argmax_));
    }

  private:
    Floats<L> best_ = Floats<L>{} - 1e30F;
    Ints<L> argmax_ = Ints<L>{};
};

#ifdef __CUDACC__

/// Compares the two 16-bit floats of word a with those of word b; the result is a mask of 16 bits
/// for each.
template <class Pair, unsigned kMinusInfinities>
struct ComparedPairs {
    static constexpr unsigned kLeast = kMinusInfinities;
    static __device__ unsigned larger(unsigned a, unsigned b) { return __hgt2_mask(of(a), of(b)); }
    static __device__ unsigned equal(unsigned a, unsigned b) { return __heq2_mask(of(a), of(b)); }
    static __device__ Pair of(unsigned word) {
        Pair pair;
        memcpy(&pair, &word, sizeof pair);
        return pair;
    }
};
template <class T>
struct PairsOf;
template <>
struct PairsOf<Half> : ComparedPairs<__half2, 0xFC00FC00U> {};
template <>
struct PairsOf<Bf16> : ComparedPairs<__nv_bfloat162, 0xFF80FF80U> {};

/// For 16-bit storage: values are compared in pairs, without conversion to float.
template <class T>
requires(sizeof(T) == 2) class RunningMax<T, 8> {
  public:
    __device__ RunningMax() {
        for (int i = 0; i < kPairs; ++i) best_[i] = Pairs::kLeast;
    }
    __device__ void offer(const T* p, int index) {
        const uint4 four = *reinterpret_cast<const uint4*>(p);
        const unsigned v[kPairs] = {four.x, four.y, four.z, four.w};
        const unsigned both = static_cast<unsigned>(index) * 0x10001U;
        REVERIE_UNROLL
        for (int i = 0; i < kPairs; ++i) {
            const unsigned larger = Pairs::larger(v[i], best_[i]);
            best_[i] = (v[i] & larger) | (best_[i] & ~larger);
            argmax_[i] = (both & larger) | (argmax_[i] & ~larger);
        }
    }
    __device__ void store(T* value, uint8_t* index, int none) const {
        *reinterpret_cast<uint4*>(value) = make_uint4(best_[0], best_[1], best_[2], best_[3]);
        unsigned indices[kPairs];
        REVERIE_UNROLL
        for (int i = 0; i < kPairs; ++i) {
            const unsigned zero = Pairs::equal(best_[i], 0U);
            indices[i] = (static_cast<unsigned>(none) * 0x10001U & zero) | (argmax_[i] & ~zero);
        }
        constexpr unsigned kLowBytes = 0x6420U;  // low byte of each half of two words
        *reinterpret_cast<uint2*>(index) =
            make_uint2(__byte_perm(indices[0], indices[1], kLowBytes),
                       __byte_perm(indices[2], indices[3], kLowBytes));
    }

  private:
    using Pairs = PairsOf<T>;
    static constexpr int kPairs = 4;
    unsigned best_[kPairs];
    unsigned argmax_[kPairs] = {};
};

/// sum + v in those lanes whose argmax is `index`.
template <int L>
REVERIE_HD Floats<L> add_where_argmax(const Floats<L>& sum, const Floats<L>& v,
                                      const uint8_t* argmax, int index) {
    const Ints<L> at = load_bytes<L>(argmax);
    if constexpr (L == 1) {
        return at == index ? sum + v : sum;
    } else {
        Floats<L> out = sum;
        REVERIE_UNROLL
        for (int l = 0; l < L; ++l) {
            if (at.v[l] == index) out.v[l] += v.v[l];
        }
        return out;
    }
}

#else

/// sum + v in those lanes whose argmax is `index`.
template <int L>
REVERIE_HD Floats<L> add_where_argmax(Floats<L> sum, Floats<L> v, const uint8_t* argmax,
                                      int index) {
#ifdef __AVX512F__
    if constexpr (L == 16) {
        const __mmask16 here =
            _mm_cmpeq_epi8_mask(_mm_loadu_si128(reinterpret_cast<const __m128i*>(argmax)),
                                _mm_set1_epi8(static_cast<char>(index)));
        return (Floats<L>)_mm512_mask_add_ps((__m512)sum, here, (__m512)sum, (__m512)v);
    }
#endif
    return sum + pick(load_bytes<L>(argmax) == index, v, Floats<L>{});
}

#endif

}  // namespace reverie
