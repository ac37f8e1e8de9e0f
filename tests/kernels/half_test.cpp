// Half precision in three independent ways: the definition of the format, the conversion of single
// values, and that of whole registers in the modules.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "kernels/ops.h"
#include "tests/support/tensor.h"

namespace reverie::half_test {
namespace {

/// By the definition: sign, 5 bits of exponent, 10 of mantissa.
double defined(uint16_t bits) {
    const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double v =
        exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
    if (exponent == 31) v = mantissa == 0 ? INFINITY : NAN;
    return (bits & 0x8000) != 0 ? -v : v;
}

TEST(Half, EveryValueIsItsDefinitionAndComesBack) {
    for (int bits = 0; bits < 65536; ++bits) {
        const Half half{static_cast<uint16_t>(bits)};
        const double want = defined(half.bits);
        const float got = to_float(half);
        if (std::isnan(want)) {
            EXPECT_TRUE(std::isnan(got)) << bits;
            EXPECT_TRUE(std::isnan(to_float(from_float<Half>(got)))) << bits;
            continue;
        }
        EXPECT_EQ(got, want) << bits;
        EXPECT_EQ(std::signbit(got), std::signbit(want)) << bits;
        EXPECT_EQ(from_float<Half>(got).bits, half.bits);
    }
}

TEST(Half, BetweenTwoValuesItIsTheNearestAndHalfwayTheEven) {
    for (uint16_t low = 0; low < 0x7BFF; ++low) {
        const double a = defined(low), b = defined(low + 1), middle = (a + b) / 2;
        const auto rounded = [](double v) { return from_float<Half>(static_cast<float>(v)).bits; };
        EXPECT_EQ(rounded(middle), low + (low & 1)) << low;
        EXPECT_EQ(rounded(middle - (b - a) / 64), low);
        EXPECT_EQ(rounded(middle + (b - a) / 64), low + 1);
        EXPECT_EQ(rounded(-middle), (low + (low & 1)) | 0x8000);
    }
    EXPECT_EQ(from_float<Half>(65519.99F).bits, 0x7BFF);
    EXPECT_EQ(from_float<Half>(65520.0F).bits, 0x7C00);
    EXPECT_EQ(from_float<Half>(-1e30F).bits, 0xFC00);
    EXPECT_EQ(from_float<Half>(1e-30F).bits, 0);
}

TEST(Half, RegistersOfAnyWidthConvertAsSingleValuesDo) {
    const std::unique_ptr<Device> device = open_device({REVERIE_TEST_DEVICE, 1});
    const std::unique_ptr<Stream> stream = device->make_stream();
    std::mt19937 random(3);
    std::uniform_int_distribution<uint32_t> any(0, 0xFFFF);
    for (const int block_channels : test::kLayouts) {
        test::Array values(16, 5, 7);
        for (double& v : values.values) {
            do v = to_float(Half{static_cast<uint16_t>(any(random))});
            while (!std::isfinite(v));
            v *= 1.0007;
        }
        for (const DType from : {DType::f32, DType::f16}) {
            for (const DType to : {DType::f32, DType::f16, DType::bf16}) {
                for (const bool accumulate : {false, true}) {
                    test::SliceOnDevice x(*device, *stream, block_channels, values, from);
                    test::SliceOnDevice y(*device, *stream, block_channels == 8 ? 1 : 8, values,
                                          to);
                    device->ops().copy_tensor(*stream, x.ref(), y.ref(), accumulate);
                    const test::Array got = y.get();
                    for (size_t i = 0; i < got.values.size(); ++i) {
                        const float in = test::rounded_to(from, values.values[i]);
                        const float before = test::rounded_to(to, values.values[i]);
                        EXPECT_EQ(got.values[i],
                                  test::rounded_to(to, accumulate ? before + in : in));
                    }
                }
            }
        }
    }
}

/// Σ |gradient| as given, in units of the scale before.
struct Scaled {
    explicit Scaled(Device& device)
        : device_(device),
          stream_(device.make_stream()),
          sum_(device, 1),
          scale_(device, 1),
          gradient_(device, 7, 5, 3) {
        const GradientScale scale{8};
        device.upload(*stream_, scale_.data(), &scale, sizeof scale);
    }
    float settle(float value, float sum) {
        const std::vector<float> values(gradient_.view().size(), value);
        device_.upload(*stream_, gradient_.view().data, values.data(),
                       values.size() * sizeof value);
        device_.upload(*stream_, sum_.data(), &sum, sizeof sum);
        device_.ops().settle_gradient(*stream_, sum_.data(), scale_.data(), gradient_);
        std::vector<float> out(values.size());
        device_.download(*stream_, out.data(), gradient_.view().data, out.size() * sizeof value);
        for (const float v : out) EXPECT_EQ(v, out[0]);
        return out[0];
    }
    float factor() {
        GradientScale scale;
        device_.download(*stream_, &scale, scale_.data(), sizeof scale);
        return scale.factor();
    }

    Device& device_;
    std::unique_ptr<Stream> stream_;
    Buffer<float> sum_;
    Buffer<GradientScale> scale_;
    Image gradient_;
};

TEST(GradientScales, WhatOverflowsIsLeftOutAndScaledDownUntilItFits) {
    const std::unique_ptr<Device> device = open_device({REVERIE_TEST_DEVICE, 2});
    Scaled scaled(*device);
    EXPECT_EQ(scaled.settle(24, 100), 3);
    EXPECT_EQ(scaled.settle(24, INFINITY), 0);
    EXPECT_EQ(scaled.factor(), 2);
    EXPECT_EQ(scaled.settle(NAN, NAN), 0);
    EXPECT_EQ(scaled.factor(), 0.5F);
    EXPECT_EQ(scaled.settle(24, 100), 48);
    for (int i = 0; i < 2000; ++i) scaled.settle(1, 1);
    EXPECT_EQ(scaled.factor(), 8) << "it does not come back, or rises above where it began";
    for (int i = 0; i < 100; ++i) scaled.settle(1, INFINITY);
    EXPECT_GT(scaled.factor(), 0);
}

}  // namespace
}  // namespace reverie::half_test
