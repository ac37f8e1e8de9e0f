// Pictures with transparent parts against plain loops in double; hidden colours must never become
// visible.
#include "kernels/functors/alpha.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "kernels/ops.h"
#include "src/util/error.h"

namespace reverie::alpha_test {
namespace {

constexpr int kWidth = 17, kHeight = 9;
constexpr float kLeast = 0.5F;

class AlphaTest : public ::testing::Test {
  protected:
    /// Colours and alphas of all kinds, hidden magenta among them.
    AlphaTest() {
        std::mt19937 random(5);
        std::uniform_real_distribution<float> uniform(0, 255);
        for (int y = 0; y < kHeight; ++y) {
            for (int x = 0; x < kWidth; ++x) {
                const bool hidden = x < 6 || (x + y) % 4 == 0;
                const float a = hidden ? 0 : static_cast<float>(random() % 255 + 1);
                for (int c = 0; c < 3; ++c) {
                    alpha_.view().at(x, y, c) = a;
                    color_.view().at(x, y, c) = hidden ? (c == 1 ? 0 : 255) : uniform(random);
                }
            }
        }
        device_->ops().lay_over_black(*stream_, color_, alpha_, seen_);
    }

    DreamOverBlack dream_of(Pixels<const float> dream, bool with_colors) {
        Image difference(*device_, kWidth, kHeight, 3);
        if (dream.width == kWidth) {
            device_->ops().add_scaled(*stream_, dream, -1, seen_, difference);
            device_->ops().absolute_sum(*stream_, difference, touched_.data());
        }
        const Pixels<const float> colors = with_colors ? color_.cview() : Pixels<const float>{};
        return {dream, seen_, colors, alpha_, touched_.data(), kLeast};
    }
    Image straight(const DreamOverBlack& dream) const {
        Image out(*device_, kWidth, kHeight, 3);
        device_->ops().straight_dream(*stream_, dream, out);
        return out;
    }
    bool hidden(int x, int y) const { return alpha_.cview().at(x, y) < kLeast; }

    std::unique_ptr<Device> device_ = open_device({"cpu"});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
    Image color_{*device_, kWidth, kHeight, 3}, alpha_{*device_, kWidth, kHeight, 3},
        seen_{*device_, kWidth, kHeight, 3};
    Buffer<float> touched_{*device_, 1};
};

TEST_F(AlphaTest, OverBlackIsColorTimesAlpha) {
    for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
            for (int c = 0; c < 3; ++c) {
                const double want = static_cast<double>(color_.cview().at(x, y, c)) *
                                    static_cast<double>(alpha_.cview().at(x, y)) / 255;
                EXPECT_NEAR(seen_.cview().at(x, y, c), want, 1e-4);
            }
        }
    }
}

TEST_F(AlphaTest, WhatIsNotDreamedOnStaysToTheBit) {
    const Image same = straight(dream_of(seen_, true));
    for (int64_t i = 0; i < color_.cview().size(); ++i)
        ASSERT_EQ(same.cview().data[i], color_.cview().data[i]) << i;
    const Image divided = straight(dream_of(seen_, false));
    for (int y = 0; y < kHeight; ++y)
        for (int x = 0; x < kWidth; ++x)
            for (int c = 0; c < 3; ++c)
                EXPECT_NEAR(divided.cview().at(x, y, c),
                            hidden(x, y) ? 0 : color_.cview().at(x, y, c), 1e-3);
}

TEST_F(AlphaTest, TheDreamIsLaidOnTheColorAndNoHiddenOneIsSeen) {
    constexpr float kDream = -7.5F;
    Image dream(*device_, kWidth, kHeight, 3);
    device_->ops().scale_offset(*stream_, seen_, 1, kDream, dream);
    const Image out = straight(dream_of(dream, true));
    int far = 0, near = 0;
    for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
            double around[3] = {}, weight = 0;
            for (int v = std::max(0, y - 1); v <= std::min(kHeight - 1, y + 1); ++v) {
                for (int u = std::max(0, x - 1); u <= std::min(kWidth - 1, x + 1); ++u) {
                    const double a = hidden(u, v) ? 0 : alpha_.cview().at(u, v);
                    weight += a;
                    for (int c = 0; c < 3; ++c)
                        around[c] += a * (color_.cview().at(u, v, c) + double{kDream});
                }
            }
            for (int c = 0; c < 3; ++c) {
                double want = color_.cview().at(x, y, c) + double{kDream};
                if (hidden(x, y)) want = weight > 0 ? around[c] / weight : double{kDream};
                EXPECT_NEAR(out.cview().at(x, y, c), want, 1e-2) << x << ", " << y;
            }
            if (hidden(x, y)) ++(weight > 0 ? near : far);
        }
    }
    EXPECT_GT(far, 10);
    EXPECT_GT(near, 10);
}

/// A dream that leaves most of a picture alone still hides all of its hidden colours.
TEST_F(AlphaTest, OneTouchedPixelHidesEveryHiddenColor) {
    Image dream(*device_, kWidth, kHeight, 3);
    device_->ops().scale_offset(*stream_, seen_, 1, 0, dream);
    dream.view().at(2, 4, 1) += 9;
    const Image out = straight(dream_of(dream, true));
    for (int y = 0; y < kHeight; ++y)
        for (int x = 0; x < 4; ++x)
            for (int c = 0; c < 3; ++c)
                EXPECT_EQ(out.cview().at(x, y, c), x == 2 && y == 4 && c == 1 ? 9 : 0);
}

TEST_F(AlphaTest, RefusesOtherSizes) {
    const Image other(*device_, kWidth + 1, kHeight, 3);
    Image out(*device_, kWidth, kHeight, 3);
    EXPECT_THROW(device_->ops().lay_over_black(*stream_, color_, other, out), Error);
    EXPECT_THROW(device_->ops().straight_dream(*stream_, dream_of(other, true), out), Error);
}

/// Where alpha is stored, and that it passes through a device unchanged.
TEST(AlphaFormatTest, AlphaComesBackBesideTheColors) {
    const std::unique_ptr<Device> device = open_device({"cpu"});
    const std::unique_ptr<Stream> stream = device->make_stream();
    PixelFormat planar = planar_yuv(10, 1, 1, ColorMatrix::bt709, false);
    planar.planes = 4;
    planar.alpha = {3, 0, 1};
    planar.has_alpha = true;
    for (const PixelFormat& format : {packed_rgba(8), packed_rgba(16), planar}) {
        EXPECT_FALSE(format.is_chroma_plane(format.planes - 1));
        const int most = (1 << format.bits) - 1;
        const size_t stride = 256;
        std::vector<uint8_t> bytes(stride * kHeight * format.planes, 0);
        VideoPlanes planes;
        planes.format = format;
        planes.width = kWidth;
        planes.height = kHeight;
        for (int p = 0; p < format.planes; ++p) {
            planes.data[p] = bytes.data() + stride * kHeight * p;
            planes.stride_bytes[p] = stride;
            EXPECT_LE(format.row_bytes(p, kWidth), stride);
        }
        const auto alpha_at = [&](int x, int y) {
            return planes.data[format.alpha.plane] + y * planes.stride_bytes[format.alpha.plane] +
                   static_cast<ptrdiff_t>(format.alpha.offset + x * format.alpha.step) *
                       format.sample_bytes;
        };
        for (int y = 0; y < kHeight; ++y) {
            for (int x = 0; x < kWidth; ++x) {
                const int value = (x * 977 + y * 31) % (most + 1);
                alpha_at(x, y)[0] = static_cast<uint8_t>(value);
                if (format.sample_bytes == 2) alpha_at(x, y)[1] = static_cast<uint8_t>(value >> 8);
            }
        }
        const std::vector<uint8_t> before = bytes;
        Image rgb(*device, kWidth, kHeight, 3), alpha(*device, kWidth, kHeight, 3);
        device->ops().yuv_to_rgb(*stream, planes, rgb);
        device->ops().yuv_to_rgb(*stream, alpha_of(planes), alpha);
        std::fill(bytes.begin(), bytes.end(), 0);
        device->ops().rgb_to_yuv(*stream, rgb, planes);
        device->ops().rgb_to_yuv(*stream, alpha, alpha_of(planes));
        EXPECT_EQ(bytes, before);
    }
}

}  // namespace
}  // namespace reverie::alpha_test
