// Every op of masks, and terms of layers with masks, against plain loops in double, at odd sizes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "kernels/ops.h"
#include "tests/support/tensor.h"

namespace reverie::masks_test {
namespace {

using test::Array;
using test::SliceOnDevice;

struct Size {
    int width, height;
};
constexpr Size kSizes[] = {{1, 1}, {7, 5}, {33, 17}, {130, 61}};

class Masks : public testing::TestWithParam<Size> {
  protected:
    std::vector<float> random(int width, int height, int channels, float low, float high) {
        std::uniform_real_distribution<float> level(low, high);
        std::vector<float> values(static_cast<size_t>(width) * height * channels);
        for (float& v : values) v = level(random_);
        return values;
    }
    std::vector<float> random(int channels, float low = 0, float high = 1) {
        return random(size_.width, size_.height, channels, low, high);
    }
    Image up(const std::vector<float>& values, int width, int height) {
        const size_t plane = static_cast<size_t>(width) * height;
        Image image(*device_, width, height, static_cast<int>(values.size() / plane));
        device_->upload(*stream_, image.view().data, values.data(), values.size() * sizeof(float));
        return image;
    }
    Image up(const std::vector<float>& values) { return up(values, size_.width, size_.height); }
    std::vector<float> down(const Image& image) {
        std::vector<float> values(static_cast<size_t>(image.cview().size()));
        device_->download(*stream_, values.data(), image.cview().data,
                          values.size() * sizeof(float));
        return values;
    }
    float down(const Buffer<float>& one) {
        float value = 0;
        device_->download(*stream_, &value, one.data(), sizeof value);
        return value;
    }
    Image empty(int channels = 1) { return {*device_, size_.width, size_.height, channels}; }

    Size size_ = GetParam();
    size_t plane_ = static_cast<size_t>(size_.width) * size_.height;
    std::mt19937 random_{7};
    std::unique_ptr<Device> device_ = open_device({REVERIE_TEST_DEVICE, 2});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
    MaskOps& ops_ = device_->ops();
};

TEST_P(Masks, AStepIsSmoothBetweenItsEnds) {
    const std::vector<float> src = random(1, -3, 9);
    const Image mask = empty();
    const Buffer<float> origin(*device_, 1);
    const float from = 2.5F;
    device_->upload(*stream_, origin.data(), &from, sizeof from);
    for (const bool moved : {false, true}) {
        ops_.step_mask(*stream_, up(src), -1, 4, moved ? origin.data() : nullptr, mask);
        const std::vector<float> got = down(mask);
        for (size_t i = 0; i < plane_; ++i) {
            const double v = src[i] - (moved ? double{from} : 0.0);
            const double t = std::clamp((v + 1) / 5, 0.0, 1.0);
            ASSERT_NEAR(got[i], 3 * t * t - 2 * t * t * t, 1e-5);
        }
    }
}

TEST_P(Masks, SpeedIsTheLengthOfTheFlow) {
    const std::vector<float> flow = random(2, -5, 5);
    const Image speed = empty();
    ops_.flow_speed(*stream_, up(flow), 0.25F, speed);
    const std::vector<float> got = down(speed);
    for (size_t i = 0; i < plane_; ++i)
        ASSERT_NEAR(got[i], 0.25 * std::hypot(double{flow[i]}, double{flow[plane_ + i]}), 1e-5);
}

TEST_P(Masks, CellsAreReadWhereColoursAreAlike) {
    constexpr float kAlike = 30;
    const int columns = std::max(1, size_.width / 4), rows = std::max(1, size_.height / 3);
    const std::vector<float> cells = random(columns, rows, 1, 0, 1);
    const std::vector<float> colours = random(columns, rows, 3, 0, 255), rgb = random(3, 0, 255);
    const Image mask = empty();
    ops_.upsample_mask(*stream_, up(cells, columns, rows), up(colours, columns, rows), up(rgb),
                       kAlike, mask);
    const std::vector<float> got = down(mask);
    const int count = columns * rows;
    for (int y = 0; y < size_.height; ++y) {
        for (int x = 0; x < size_.width; ++x) {
            const double cx = (x + 0.5) * columns / size_.width - 0.5;
            const double cy = (y + 0.5) * rows / size_.height - 0.5;
            double sum = 0, weights = 0;
            for (int j = -1; j <= 1; ++j) {
                for (int i = -1; i <= 1; ++i) {
                    const int u = static_cast<int>(std::floor(cx + 0.5)) + i;
                    const int v = static_cast<int>(std::floor(cy + 0.5)) + j;
                    const int at =
                        std::clamp(v, 0, rows - 1) * columns + std::clamp(u, 0, columns - 1);
                    double squares = 0;
                    for (int c = 0; c < 3; ++c) {
                        const double d = double{rgb[c * plane_ + y * size_.width + x]} -
                                         colours[static_cast<size_t>(c) * count + at];
                        squares += d * d;
                    }
                    const double like = std::pow(1 + squares / (kAlike * kAlike), -2);
                    const double weight = (2 - std::abs(u - cx)) * (2 - std::abs(v - cy)) * like;
                    sum += weight * cells[at];
                    weights += weight;
                }
            }
            ASSERT_NEAR(got[static_cast<size_t>(y) * size_.width + x], sum / weights, 2e-4);
        }
    }
}

TEST_P(Masks, FollowsWhatRisesAndFallsAlongTheFlow) {
    const std::vector<float> now = random(1), before = random(1), flow = random(2, -2, 2);
    const Image dst = empty();
    for (const bool moves : {false, true}) {
        ops_.follow_mask(*stream_, up(now), up(before),
                         moves ? up(flow).cview() : Pixels<const float>(), {0.3F, 0.8F}, dst);
        const std::vector<float> got = down(dst);
        const auto was = [&](double x, double y) {
            x = std::clamp(x, 0.0, size_.width - 1.0);
            y = std::clamp(y, 0.0, size_.height - 1.0);
            double sum = 0;
            for (int v = 0; v < size_.height; ++v) {
                for (int u = 0; u < size_.width; ++u)
                    sum += std::max(0.0, 1 - std::abs(u - x)) * std::max(0.0, 1 - std::abs(v - y)) *
                           before[static_cast<size_t>(v) * size_.width + u];
            }
            return sum;
        };
        for (int y = 0; y < size_.height; y += 3) {
            for (int x = 0; x < size_.width; x += 2) {
                const size_t i = static_cast<size_t>(y) * size_.width + x;
                const double from = moves ? was(x + flow[i], y + flow[plane_ + i]) : before[i];
                const double kept = now[i] > from ? 0.3 : 0.8;
                ASSERT_NEAR(got[i], now[i] + kept * (from - now[i]), 1e-4);
            }
        }
    }
}

TEST_P(Masks, AreAddedUpToOne) {
    const std::vector<float> a = random(1), b = random(1);
    const Image first = up(a), second = up(b), dst = empty();
    MaskSum sum;
    sum.mask[0] = first;
    sum.mask[1] = second;
    sum.weight[0] = 0.7F;
    sum.weight[1] = 1.5F;
    sum.count = 2;
    sum.unmasked = 0.1F;
    ops_.add_masks(*stream_, sum, dst);
    const std::vector<float> got = down(dst);
    for (size_t i = 0; i < plane_; ++i)
        ASSERT_NEAR(got[i], std::min(1.0, 0.1 + 0.7 * a[i] + 1.5 * b[i]), 1e-6);
    ops_.invert_mask(*stream_, first, dst);
    const std::vector<float> inverted = down(dst);
    for (size_t i = 0; i < plane_; ++i) ASSERT_EQ(inverted[i], 1 - a[i]);
}

TEST_P(Masks, AGradientIsMaskedAndItsStepStays) {
    const std::vector<float> gradient = random(3, -2, 2), mask = random(1);
    const Image on = up(gradient), where = up(mask), applied = empty(3);
    ops_.apply_mask(*stream_, on, where, applied);
    const Buffer<float> covered(*device_, 1), sum(*device_, 1);
    device_->ops().absolute_sum(*stream_, where, covered.data());
    ops_.mask_gradient(*stream_, where, covered.data(), on, sum.data());
    const std::vector<float> got = down(on), same = down(applied);
    double inside = 0, share = 0;
    for (size_t i = 0; i < plane_; ++i) {
        share += mask[i] / static_cast<double>(plane_);
        for (size_t c = 0; c < 3; ++c) {
            const double want = double{gradient[c * plane_ + i]} * mask[i];
            ASSERT_NEAR(got[c * plane_ + i], want, 1e-6);
            ASSERT_EQ(got[c * plane_ + i], same[c * plane_ + i]);
            inside += std::abs(want);
        }
    }
    EXPECT_NEAR(down(sum), inside / share, 1e-4 * inside / share);
    // A mask of nothing leaves nothing, and no division by it.
    device_->clear(*stream_, where.view().data, plane_ * sizeof(float));
    device_->ops().absolute_sum(*stream_, where, covered.data());
    ops_.mask_gradient(*stream_, where, covered.data(), on, sum.data());
    EXPECT_EQ(down(sum), 0);
}

struct Extents {
    int height, width;
};
constexpr Extents kExtents[] = {{1, 1}, {5, 7}, {17, 33}, {8, 6}};
constexpr int kChannels = 32;

class MaskedLayers : public testing::TestWithParam<DType> {
  protected:
    Array stored(Array a) const {
        for (double& v : a.values) v = test::rounded_to(type_, v);
        return a;
    }
    Buffer<float> on_device(const std::vector<float>& values) {
        Buffer<float> buffer(*device_, values.size());
        device_->upload(*stream_, buffer.data(), values.data(), buffer.bytes());
        return buffer;
    }

    std::unique_ptr<Device> device_ = open_device({REVERIE_TEST_DEVICE, 2});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
    LayerOps& ops_ = device_->ops();
    DType type_ = GetParam();
    double rounding_ = GetParam() == DType::f32 ? 3e-7 : 0x1.1p-8;
};

/// Where pixel i of n of a layer is, in the mask of that size: what the network sees has a margin,
/// is rolled, and a plan sees a part of it.
double place_in(int i, int n, int plan, int shift, int seen, int margin, int mask) {
    double at = (i + 0.5) * plan / n - shift;
    at -= std::floor(at / seen) * seen;
    return (at - margin) * mask / (seen - 2.0 * margin) - 0.5;
}

TEST_P(MaskedLayers, TermsAreAddedAsMuchAsTheirMaskHas) {
    constexpr int kMasks = 2, kMargin = 3, kSeenWidth = 81, kSeenHeight = 57;
    constexpr int kMaskWidth = 29, kMaskHeight = 13;
    const std::vector<Array> planes{test::random_array(1, kMaskHeight, kMaskWidth, 31, 1),
                                    test::random_array(1, kMaskHeight, kMaskWidth, 32, 1)};
    const Array alpha = test::random_array(kMasks * kChannels, 1, 1, 33);
    const Array beta = test::random_array(kMasks * kChannels, 1, 1, 34);
    const Buffer<float> alphas = on_device({alpha.values.begin(), alpha.values.end()});
    const Buffer<float> betas = on_device({beta.values.begin(), beta.values.end()});
    const Buffer<float> first = on_device({planes[0].values.begin(), planes[0].values.end()});
    const Roll shift{kSeenWidth - 5, -17};
    const Buffer<Roll> roll(*device_, 1);
    device_->upload(*stream_, roll.data(), &shift, sizeof shift);
    const auto mask_at = [&](int k, int y, int x, const Extents& size, bool tile) {
        if (k == 1) return 1.0;  // that one is null
        const double u = place_in(x, size.width, tile ? 40 : kSeenWidth, shift.x, kSeenWidth,
                                  kMargin, kMaskWidth);
        const double v = place_in(y, size.height, tile ? 32 : kSeenHeight, shift.y, kSeenHeight,
                                  kMargin, kMaskHeight);
        double sum = 0;
        for (int row = 0; row < kMaskHeight; ++row) {
            for (int column = 0; column < kMaskWidth; ++column) {
                const double cu = std::clamp(u, 0.0, kMaskWidth - 1.0);
                const double cv = std::clamp(v, 0.0, kMaskHeight - 1.0);
                sum += planes[0].at(0, row, column) * std::max(0.0, 1 - std::abs(column - cu)) *
                       std::max(0.0, 1 - std::abs(row - cv));
            }
        }
        return sum;
    };
    for (const int layout : test::kLayouts) {
        for (const Extents size : kExtents) {
            for (const bool tile : {false, true}) {
                const Array x = stored(test::random_array(kChannels, size.height, size.width, 35));
                const Array before =
                    stored(test::random_array(kChannels, size.height, size.width, 36));
                SliceOnDevice in(*device_, *stream_, layout, x, type_);
                SliceOnDevice dx(*device_, *stream_, layout, before, type_);
                MaskedGradient add;
                add.x = in.ref();
                add.dx = dx.ref();
                add.accumulate = size.width != 7;
                add.alpha = alphas.data();
                add.beta = betas.data();
                add.stride = kChannels;
                add.masks.mask[0] = {first.data(), kMaskWidth, kMaskHeight, 1};
                add.masks.count = kMasks;
                add.masks.margin = kMargin;
                add.masks.seen_width = kSeenWidth;
                add.masks.seen_height = kSeenHeight;
                add.masks.plan_width = tile ? 40 : kSeenWidth;
                add.masks.plan_height = tile ? 32 : kSeenHeight;
                add.masks.shift_x = shift.x;
                add.masks.shift_y = shift.y;
                if (tile) add.masks.roll = roll.data();
                ops_.add_masked(*stream_, add);
                const Array got = dx.get();
                for (int c = 0; c < kChannels; ++c) {
                    for (int y = 0; y < size.height; ++y) {
                        for (int px = 0; px < size.width; ++px) {
                            double added = 0, most = 0;
                            for (int k = 0; k < kMasks; ++k) {
                                const int at = k * kChannels + c;
                                const double term =
                                    mask_at(k, y, px, size, tile) *
                                    (alpha.values[at] * x.at(c, y, px) + beta.values[at]);
                                added += term;
                                most += std::abs(term) + std::abs(beta.values[at]);
                            }
                            const double want = (add.accumulate ? before.at(c, y, px) : 0) + added;
                            ASSERT_NEAR(got.at(c, y, px), want,
                                        rounding_ * std::abs(want) + 1e-5 * (most + 1));
                        }
                    }
                }
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Masks, testing::ValuesIn(kSizes));
INSTANTIATE_TEST_SUITE_P(Types, MaskedLayers, testing::Values(DType::f32, DType::bf16),
                         [](const auto& tested) {
                             return tested.param == DType::f32 ? "f32" : "bf16";
                         });

}  // namespace
}  // namespace reverie::masks_test
