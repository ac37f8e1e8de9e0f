// The narrow convolutions' kernel, thread by thread on a CPU, against plain sums in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/support/emulated_cuda.h"

// After what stands in for CUDA:
#include "kernels/cuda/narrow_kernel.cuh"

namespace reverie::narrow_test {
namespace {

struct Case {
    int kernel_height, kernel_width, pad_top, pad_left;
    int in_height, in_width;
    bool relu, bias;
    int in_gap, out_gap;  ///< channels of the parents beside the slices
    int blocks;
};

constexpr Case kCases[] = {{4, 4, 2, 2, 8, 37, true, true, 8, 16, 2},
                           {3, 5, 1, 0, 1, 5, false, true, 0, 8, 1},
                           {1, 1, 0, 0, 8, 33, true, false, 16, 0, 1},
                           {7, 2, 3, 1, 11, 31, false, true, 0, 0, 2}};

template <class T>
std::vector<T> random_halves(size_t count, uint32_t seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> values(-1, 1);
    std::vector<T> halves(count);
    for (T& half : halves) half = from_float<T>(values(random));
    return halves;
}

/// What the kernel works on, exactly as large as it may be.
template <class T, class To, int kIn, int kOut>
struct Narrow {
    explicit Narrow(const Case& c)
        : shape{c.in_height,
                c.in_width,
                kIn + c.in_gap,
                c.in_height + 2 * c.pad_top - c.kernel_height + 1,
                c.in_width + 2 * c.pad_left - c.kernel_width + 1,
                kOut + c.out_gap,
                c.kernel_height,
                c.kernel_width,
                c.pad_top,
                c.pad_left,
                c.relu},
          in(random_halves<T>(static_cast<size_t>(c.in_height) * c.in_width * shape.in_stride, 1)),
          filters(random_halves<T>(
              static_cast<size_t>(kOut) * c.kernel_height * c.kernel_width * kIn, 2)),
          bias(c.bias ? kOut : 0),
          out(random_halves<To>(
              static_cast<size_t>(shape.out_height) * shape.out_width * shape.out_stride, 3)) {
        for (int o = 0; o < static_cast<int>(bias.size()); ++o)
            bias[o] = 0.25F * static_cast<float>(o % 7 - 3);
    }

    double plain_sum(int y, int x, int o) const {
        double sum = bias.empty() ? 0 : bias[o];
        for (int ky = 0; ky < shape.kernel_height; ++ky) {
            for (int kx = 0; kx < shape.kernel_width; ++kx) {
                const int from_y = y + ky - shape.pad_top, from_x = x + kx - shape.pad_left;
                if (from_y < 0 || from_y >= shape.in_height) continue;
                if (from_x < 0 || from_x >= shape.in_width) continue;
                const size_t pixel =
                    (static_cast<size_t>(from_y) * shape.in_width + from_x) * shape.in_stride;
                const size_t tap =
                    ((static_cast<size_t>(o) * shape.kernel_height + ky) * shape.kernel_width +
                     kx) *
                    kIn;
                for (int i = 0; i < kIn; ++i)
                    sum +=
                        static_cast<double>(to_float(in[pixel + i])) * to_float(filters[tap + i]);
            }
        }
        return shape.relu ? std::max(0.0, sum) : sum;
    }

    NarrowShape shape;
    std::vector<T> in, filters;
    std::vector<float> bias;
    std::vector<To> out;
};

template <class T, class To, int kIn, int kOut, int kBuffers>
void check_narrow(const Case& c, double rounding) {
    using Tiling = NarrowTiling<kIn, kOut, kBuffers>;
    Narrow<T, To, kIn, kOut> on(c);
    const std::vector<To> before = on.out;
    const size_t bytes = Tiling{c.kernel_height, c.kernel_width}.values() * sizeof(T);
    test::EmulatedGrid grid;
    grid.run(c.blocks, Tiling::kThreads, bytes, [&] {
        narrow_kernel<T, To, kIn, kOut, kBuffers>(on.shape, on.in.data(), on.filters.data(),
                                                  on.bias.empty() ? nullptr : on.bias.data(),
                                                  on.out.data());
    });
    EXPECT_EQ(grid.worst_conflict(), 1);
    const int stride = on.shape.out_stride;
    for (size_t i = 0; i < on.out.size(); ++i) {
        const int channel = static_cast<int>(i) % stride, pixel = static_cast<int>(i) / stride;
        const float got = to_float(on.out[i]);
        if (channel >= kOut) {
            ASSERT_EQ(got, to_float(before[i])) << "beside the slice, at " << i;
            continue;
        }
        const double want =
            on.plain_sum(pixel / on.shape.out_width, pixel % on.shape.out_width, channel);
        ASSERT_NEAR(got, want, 1e-4 + rounding * std::abs(want))
            << kIn << " to " << kOut << ", pixel " << pixel << ", channel " << channel;
    }
}

TEST(NarrowKernel, EqualsPlainSumsInHalves) {
    constexpr double kRounding = 0x1p-11;
    for (const Case& c : kCases) {
        check_narrow<Half, Half, 16, 64, 1>(c, kRounding);
        check_narrow<Half, Half, 64, 16, 2>(c, kRounding);
    }
    check_narrow<Half, Half, 64, 16, 1>(kCases[0], kRounding);
    check_narrow<Half, Half, 16, 32, 1>(kCases[1], kRounding);
    check_narrow<Half, Half, 32, 16, 1>(kCases[2], kRounding);
}

TEST(NarrowKernel, EqualsPlainSumsInBfloat16) {
    check_narrow<Bf16, Bf16, 16, 64, 1>(kCases[1], 0x1p-8);
    check_narrow<Bf16, Bf16, 64, 16, 2>(kCases[2], 0x1p-8);
}

TEST(NarrowKernel, WritesFloatsUnrounded) {
    check_narrow<Half, float, 16, 64, 1>(kCases[2], 1e-6);
    check_narrow<Half, float, 64, 16, 2>(kCases[1], 1e-6);
}

/// The first layer reads the picture in phases: as a window of 4 × 4.
TEST(NarrowKernel, FitsTheSharedMemoryOfGeForce) {
    constexpr int kOf75 = 65536, kOf86 = 102400, kReserved = 1024;  // bytes, for each thread block
    const auto bytes = [](const auto& tiling) { return tiling.values() * 2 + kReserved; };
    const int forward = bytes(NarrowTiling<16, 64, 1>{4, 4});
    EXPECT_LE(2 * forward, kOf86);
    EXPECT_LE(forward, kOf75);
    EXPECT_LE(bytes(NarrowTiling<64, 16, 2>{4, 4}), kOf86);
    EXPECT_LE(bytes(NarrowTiling<64, 16, 1>{4, 4}), kOf75);
}

}  // namespace
}  // namespace reverie::narrow_test
