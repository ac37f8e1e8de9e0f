// L neighbouring channels of one pixel, loaded, computed on and stored together: a vector register
// on the CPU (L = 16 or 8), a few registers of one thread on a GPU (L = 8: 16 bytes of half
// precision at once), a plain float where L is 1. Functors over tensors are written with it once
// for both.
#pragma once

#include <type_traits>
#include <utility>

#include "kernels/hd.h"

#ifndef __CUDACC__
#include <cmath>
#endif
#if !defined(__CUDACC__) && (defined(__AVX512F__) || defined(__AVX2__))
#include <immintrin.h>
#endif

namespace reverie {

#ifdef __CUDACC__

/// L values in registers, with the operators that functors use.
template <class T, int L>
struct Lanes {
    T v[L];
};
template <class T, int L>
struct LanesOf {
    using type = Lanes<T, L>;
};
template <class T>
struct LanesOf<T, 1> {
    using type = T;
};
template <int L>
using Floats = typename LanesOf<float, L>::type;
template <int L>
using Ints = typename LanesOf<int, L>::type;
template <int L>
using Doubles = typename LanesOf<double, L>::type;

/// f(a, b) lane by lane.
template <class T, int L, class F>
REVERIE_HD auto each_of(const Lanes<T, L>& a, const Lanes<T, L>& b, F f) {
    Lanes<decltype(f(a.v[0], b.v[0])), L> out;
    REVERIE_UNROLL
    for (int l = 0; l < L; ++l) out.v[l] = f(a.v[l], b.v[l]);
    return out;
}

/// The same value in all lanes.
template <class T, int L>
REVERIE_HD Lanes<T, L> all_of(T value) {
    Lanes<T, L> out;
    REVERIE_UNROLL
    for (int l = 0; l < L; ++l) out.v[l] = value;
    return out;
}

template <class T, int L>
REVERIE_HD Lanes<T, L> operator+(const Lanes<T, L>& a, const Lanes<T, L>& b) {
    return each_of(a, b, [](T x, T y) { return x + y; });
}
template <class T, int L>
REVERIE_HD Lanes<T, L> operator*(const Lanes<T, L>& a, const Lanes<T, L>& b) {
    return each_of(a, b, [](T x, T y) { return x * y; });
}
template <class T, int L>
REVERIE_HD Lanes<bool, L> operator>(const Lanes<T, L>& a, const Lanes<T, L>& b) {
    return each_of(a, b, [](T x, T y) { return x > y; });
}
template <class T, int L>
REVERIE_HD Lanes<bool, L> operator==(const Lanes<T, L>& a, const Lanes<T, L>& b) {
    return each_of(a, b, [](T x, T y) { return x == y; });
}
template <class T, int L>
REVERIE_HD Lanes<T, L> operator+(const Lanes<T, L>& a, std::type_identity_t<T> b) {
    return a + all_of<T, L>(b);
}
template <class T, int L>
REVERIE_HD Lanes<T, L> operator-(const Lanes<T, L>& a, std::type_identity_t<T> b) {
    return a + all_of<T, L>(-b);
}
template <class T, int L>
REVERIE_HD Lanes<T, L> operator*(const Lanes<T, L>& a, std::type_identity_t<T> b) {
    return a * all_of<T, L>(b);
}
template <class T, int L>
REVERIE_HD Lanes<bool, L> operator>(const Lanes<T, L>& a, std::type_identity_t<T> b) {
    return a > all_of<T, L>(b);
}
template <class T, int L>
REVERIE_HD Lanes<bool, L> operator==(const Lanes<T, L>& a, std::type_identity_t<T> b) {
    return a == all_of<T, L>(b);
}

template <class T>
REVERIE_HD T pick(bool which, T a, T b) {
    return which ? a : b;
}
template <class T, int L>
REVERIE_HD Lanes<T, L> pick(const Lanes<bool, L>& which, const Lanes<T, L>& a,
                            const Lanes<T, L>& b) {
    Lanes<T, L> out;
    REVERIE_UNROLL
    for (int l = 0; l < L; ++l) out.v[l] = which.v[l] ? a.v[l] : b.v[l];
    return out;
}

/// Words that a thread reads and writes at once, and as many as L values of type T take.
template <int kBytes>
struct WordsOf {
    static constexpr int count = kBytes / 16;
    using type = uint4;
};
template <>
struct WordsOf<8> {
    static constexpr int count = 1;
    using type = uint2;
};

/// L values of storage, aligned as WordsOf is, each through `to`.
template <int L, class V, class T, class To>
REVERIE_HD auto load_each(const T* p, To to) {
    if constexpr (L == 1) {
        return static_cast<V>(to(*p));
    } else {
        using Words = WordsOf<L* static_cast<int>(sizeof(T))>;
        typename Words::type words[Words::count];
        REVERIE_UNROLL
        for (int i = 0; i < Words::count; ++i)
            words[i] = reinterpret_cast<const typename Words::type*>(p)[i];
        T stored[L];
        memcpy(stored, words, sizeof stored);
        Lanes<V, L> out;
        REVERIE_UNROLL
        for (int l = 0; l < L; ++l) out.v[l] = to(stored[l]);
        return out;
    }
}
template <int L, class T, class V, class To>
REVERIE_HD void store_each(T* p, const V& v, To to) {
    if constexpr (L == 1) {
        *p = to(v);
    } else {
        T stored[L];
        REVERIE_UNROLL
        for (int l = 0; l < L; ++l) stored[l] = to(v.v[l]);
        using Words = WordsOf<L* static_cast<int>(sizeof(T))>;
        typename Words::type words[Words::count];
        memcpy(words, stored, sizeof stored);
        REVERIE_UNROLL
        for (int i = 0; i < Words::count; ++i)
            reinterpret_cast<typename Words::type*>(p)[i] = words[i];
    }
}

template <int L, class T>
REVERIE_HD Doubles<L> load_doubles(const T* p) {
    return load_each<L, double>(p, [](T v) { return static_cast<double>(to_float(v)); });
}
template <int L, class V>
REVERIE_HD Floats<L> to_floats(const V& v) {
    if constexpr (L == 1) {
        return static_cast<float>(v);
    } else {
        Floats<L> out;
        REVERIE_UNROLL
        for (int l = 0; l < L; ++l) out.v[l] = static_cast<float>(v.v[l]);
        return out;
    }
}
template <int L, class T>
REVERIE_HD Floats<L> load_lanes(const T* p) {
    return load_each<L, float>(p, [](T v) { return to_float(v); });
}
template <int L>
REVERIE_HD Ints<L> load_bytes(const uint8_t* p) {
    return load_each<L, int>(p, [](uint8_t v) { return static_cast<int>(v); });
}
template <int L, class T>
REVERIE_HD void store_lanes(T* p, const Floats<L>& v) {
    store_each<L>(p, v, [](float f) { return from_float<T>(f); });
}
template <int L>
REVERIE_HD void store_bytes(uint8_t* p, const Ints<L>& v) {
    store_each<L>(p, v, [](int i) { return static_cast<uint8_t>(i); });
}

/// f of each lane.
template <int L, class F>
REVERIE_HD Floats<L> map_lanes(const Floats<L>& v, F f) {
    if constexpr (L == 1) {
        return f(v);
    } else {
        Floats<L> out;
        REVERIE_UNROLL
        for (int l = 0; l < L; ++l) out.v[l] = f(v.v[l]);
        return out;
    }
}
template <int L>
REVERIE_HD Floats<L> root_lanes(const Floats<L>& v) {
    return map_lanes<L>(v, [](float f) { return sqrtf(f); });
}
template <int L>
REVERIE_HD Floats<L> inverse_root_lanes(const Floats<L>& v) {
    return map_lanes<L>(v, [](float f) { return rsqrtf(f); });
}

/// L neighbouring lanes, from lane kBy on, of those of a followed by those of b.
template <int kBy, int L>
REVERIE_HD Floats<L> shifted_lanes(const Floats<L>& a, const Floats<L>& b) {
    Floats<L> out;
    REVERIE_UNROLL
    for (int l = 0; l < L; ++l) out.v[l] = l + kBy < L ? a.v[(l + kBy) % L] : b.v[(l + kBy) % L];
    return out;
}

#else

template <class T, int L>
struct VectorOf {
    using type __attribute__((vector_size(L * sizeof(T)))) = T;
};
template <class T>
struct VectorOf<T, 1> {
    using type = T;
};
template <int L>
using Floats = typename VectorOf<float, L>::type;
template <int L>
using Ints = typename VectorOf<int32_t, L>::type;
template <int L>
using Doubles = typename VectorOf<double, L>::type;

/// a where `which`, else b, lane by lane.
template <class Which, class V>
REVERIE_HD V pick(Which which, V a, V b) {
    return which ? a : b;
}

template <int L>
REVERIE_HD Floats<L> load_lanes(const float* p) {
    Floats<L> v;
    memcpy(&v, p, sizeof v);
    return v;
}
template <int L>
REVERIE_HD Ints<L> load_lanes(const int32_t* p) {
    Ints<L> v;
    memcpy(&v, p, sizeof v);
    return v;
}

/// Converts L neighbouring integers of 8 or 16 bits to 32-bit ones, and back. gcc's
/// __builtin_convertvector goes through scalars here, so intrinsics are used if the processor has
/// the instructions.
template <int L, class Narrow>
REVERIE_HD Ints<L> widen(const Narrow* p) {
    if constexpr (L == 1) {
        return *p;
    }
#ifdef __AVX512F__
    else if constexpr (L == 16 && sizeof(Narrow) == 1) {
        return (Ints<L>)_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    } else if constexpr (L == 16) {
        return (Ints<L>)_mm512_cvtepu16_epi32(
            _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
    }
#endif
#ifdef __AVX2__
    else if constexpr (L == 8 && sizeof(Narrow) == 1) {
        return (Ints<L>)_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
    } else if constexpr (L == 8) {
        return (Ints<L>)_mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    }
#endif
    else {
        typename VectorOf<Narrow, L>::type v;
        memcpy(&v, p, sizeof v);
        return __builtin_convertvector(v, Ints<L>);
    }
}

template <int L, class Narrow>
REVERIE_HD void narrow(Narrow* p, Ints<L> v) {
    if constexpr (L == 1) {
        *p = static_cast<Narrow>(v);
    }
#ifdef __AVX512F__
    else if constexpr (L == 16 && sizeof(Narrow) == 1) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8((__m512i)v));
    } else if constexpr (L == 16) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16((__m512i)v));
    }
#endif
    else {
        const auto n = __builtin_convertvector(v, typename VectorOf<Narrow, L>::type);
        memcpy(p, &n, sizeof n);
    }
}

template <int L>
REVERIE_HD Floats<L> load_lanes(const Bf16* p) {
    if constexpr (L == 1) {
        return to_float(*p);
    } else {
        const Ints<L> bits = widen<L>(&p->bits) << 16;
        Floats<L> v;
        memcpy(&v, &bits, sizeof v);
        return v;
    }
}

template <int L>
REVERIE_HD Floats<L> load_lanes(const Half* p) {
    if constexpr (L == 1) {
        return to_float(*p);
    }
#ifdef __AVX512F__
    else if constexpr (L == 16) {
        return (Floats<L>)_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
    }
#endif
#ifdef __F16C__
    else if constexpr (L == 8) {
        return (Floats<L>)_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    }
#endif
    else {
        Floats<L> v;
        for (int l = 0; l < L; ++l) v[l] = to_float(p[l]);
        return v;
    }
}

/// The same, widened.
template <int L, class T>
REVERIE_HD Doubles<L> load_doubles(const T* p) {
    if constexpr (L == 1) {
        return to_float(*p);
    } else {
        return __builtin_convertvector(load_lanes<L>(p), Doubles<L>);
    }
}

template <int L>
REVERIE_HD Floats<L> to_floats(Doubles<L> v) {
    if constexpr (L == 1) {
        return static_cast<float>(v);
    } else {
        return __builtin_convertvector(v, Floats<L>);
    }
}

template <int L>
REVERIE_HD Ints<L> load_bytes(const uint8_t* p) {
    return widen<L>(p);
}

template <int L>
REVERIE_HD void store_lanes(float* p, Floats<L> v) {
    memcpy(p, &v, sizeof v);
}

/// Rounds to nearest, ties to even, as from_float<Bf16> does.
template <int L>
REVERIE_HD void store_lanes(Bf16* p, Floats<L> v) {
    if constexpr (L == 1) {
        *p = from_float<Bf16>(v);
    } else {
        using Words = typename VectorOf<uint32_t, L>::type;
        Words bits;
        memcpy(&bits, &v, sizeof bits);
        bits = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
        narrow<L>(&p->bits, (Ints<L>)bits);
    }
}

template <int L>
REVERIE_HD void store_lanes(Half* p, Floats<L> v) {
    if constexpr (L == 1) {
        *p = from_float<Half>(v);
    }
#ifdef __AVX512F__
    else if constexpr (L == 16) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p),
                            _mm512_cvtps_ph((__m512)v, _MM_FROUND_TO_NEAREST_INT));
    }
#endif
#ifdef __F16C__
    else if constexpr (L == 8) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                         _mm256_cvtps_ph((__m256)v, _MM_FROUND_TO_NEAREST_INT));
    }
#endif
    else {
        for (int l = 0; l < L; ++l) p[l] = from_float<Half>(v[l]);
    }
}

template <int L>
REVERIE_HD void store_bytes(uint8_t* p, Ints<L> v) {
    narrow<L>(p, v);
}

/// f of each lane.
template <int L, class F>
REVERIE_HD Floats<L> map_lanes(Floats<L> v, F f) {
    if constexpr (L == 1) {
        return f(v);
    } else {
        Floats<L> out{};
        for (int l = 0; l < L; ++l) out[l] = f(v[l]);
        return out;
    }
}

template <int L>
REVERIE_HD Floats<L> root_lanes(Floats<L> v) {
#ifdef __AVX512F__
    if constexpr (L == 16) return (Floats<L>)_mm512_sqrt_ps((__m512)v);
#endif
#ifdef __AVX2__
    if constexpr (L == 8) return (Floats<L>)_mm256_sqrt_ps((__m256)v);
#endif
    return map_lanes<L>(v, [](float f) { return sqrtf(f); });
}

template <int L>
REVERIE_HD Floats<L> inverse_root_lanes(Floats<L> v) {
    return 1.0F / root_lanes<L>(v);
}

template <int kBy, int L, int... kLane>
REVERIE_HD Floats<L> shifted_lanes(Floats<L> a, Floats<L> b,
                                   std::integer_sequence<int, kLane...> /*lanes*/) {
    // Written out, because gcc does not find the instruction in a loop.
    return Floats<L>{(kLane + kBy < L ? a[(kLane + kBy) % L] : b[(kLane + kBy) % L])...};
}

/// L neighbouring lanes, from lane kBy on, of those of a followed by those of b.
template <int kBy, int L>
REVERIE_HD Floats<L> shifted_lanes(Floats<L> a, Floats<L> b) {
#ifdef __AVX512F__
    if constexpr (L == 16) return (Floats<L>)_mm512_alignr_epi32((__m512i)b, (__m512i)a, kBy);
#endif
    return shifted_lanes<kBy, L>(a, b, std::make_integer_sequence<int, L>{});
}

/// Lane l of the result is lane which[l] of v.
template <int L>
REVERIE_HD Floats<L> lanes_at(Floats<L> v, Ints<L> which) {
#ifdef __AVX512F__
    if constexpr (L == 16) return (Floats<L>)_mm512_permutexvar_ps((__m512i)which, (__m512)v);
#endif
#ifdef __AVX2__
    if constexpr (L == 8) return (Floats<L>)_mm256_permutevar8x32_ps((__m256)v, (__m256i)which);
#endif
    Floats<L> out{};
    for (int l = 0; l < L; ++l) out[l] = v[which[l]];
    return out;
}

/// Whether any of the integers is not 0.
template <int L>
REVERIE_HD bool any_of(Ints<L> v) {
#ifdef __AVX512F__
    if constexpr (L == 16) return _mm512_test_epi32_mask((__m512i)v, (__m512i)v) != 0;
#endif
    int any = 0;
    for (int k = 0; k < L; ++k) any |= v[k];
    return any != 0;
}

#endif

}  // namespace reverie
