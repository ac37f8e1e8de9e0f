// What tensor cores are fed with and asked for, one PTX instruction a function. All threads of a
// warp call each of them together. sm_75 copies to shared memory at once, multiplies in two steps,
// and knows no bfloat16.
#pragma once

#include <type_traits>

#include "kernels/hd.h"

namespace reverie {

/// The thread block's shared memory, whose size is that of the launch.
__device__ inline char* dynamic_shared_memory() {
    extern __shared__ __align__(16) char memory[];
    return memory;
}

__device__ inline unsigned shared_address(const void* p) {
    return static_cast<unsigned>(__cvta_generic_to_shared(p));
}

/// Copies 16 bytes to shared memory asynchronously; zeros if not `inside`.
__device__ inline void copy_16(void* to, const void* from, bool inside) {
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)),
                 "l"(from), "r"(inside ? 16 : 0));
#else
    *static_cast<int4*>(to) = inside ? *static_cast<const int4*>(from) : int4{0, 0, 0, 0};
#endif
}

/// The thread's copies since the last call become a group.
__device__ inline void commit_copies() {
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

/// Waits for all of the thread's groups but the last kPending.
template <int kPending>
__device__ void wait_for_copies() {
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
#endif
}

/// Loads four 8×8 matrices of 16-bit values; thread l gives the address of row l % 8 of the matrix
/// l / 8.
__device__ inline void load_matrices(unsigned (&m)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(m[0]), "=r"(m[1]), "=r"(m[2]), "=r"(m[3])
                 : "r"(shared_address(row)));
}

/// sum += a (16×8) · b (8×8), in halves.
__device__ inline void multiply_half(float (&sum)[4], unsigned a0, unsigned a1, unsigned b) {
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, "
        "{%0,%1,%2,%3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a0), "r"(a1), "r"(b));
}

/// sum += a (16×16) · b (16×8).
template <class T>
__device__ void multiply(float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
#if __CUDA_ARCH__ >= 800
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
#else
    if constexpr (std::is_same_v<T, Half>) {
        multiply_half(sum, a[0], a[1], b0);
        multiply_half(sum, a[2], a[3], b1);
    }
#endif
}

}  // namespace reverie
