// What is dreamed at a smaller size, brought up along a guide's edges: against plain loops in
// double, where the guide is flat, and at an edge.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "kernels/ops.h"

namespace reverie {
namespace {

constexpr float kNoise = 30;

struct Size {
    int width, height;
};

/// Planes of a picture in host memory, in double.
struct Plain {
    Size size;
    std::vector<double> v;

    Plain(Size s, int channels) : size(s), v(static_cast<size_t>(s.width) * s.height * channels) {}
    int channels() const { return static_cast<int>(v.size()) / (size.width * size.height); }
    double& at(int x, int y, int c) {
        return v[(static_cast<size_t>(c) * size.height + y) * size.width + x];
    }
    double clamped(int x, int y, int c) const {
        return v[(static_cast<size_t>(c) * size.height + std::clamp(y, 0, size.height - 1)) *
                     size.width +
                 std::clamp(x, 0, size.width - 1)];
    }
};

Plain made(Size size, int channels, const std::function<double(int, int, int)>& value) {
    Plain p(size, channels);
    for (int c = 0; c < channels; ++c) {
        for (int y = 0; y < size.height; ++y) {
            for (int x = 0; x < size.width; ++x) p.at(x, y, c) = value(x, y, c);
        }
    }
    return p;
}

double tent(double t) { return std::max(0.0, 1 - std::abs(t)); }

double keys(double t) {
    t = std::abs(t);
    if (t < 1) return 1.5 * t * t * t - 2.5 * t * t + 1;
    return t < 2 ? -0.5 * t * t * t + 2.5 * t * t - 4 * t + 2 : 0;
}

/// One target sample's weights: those of `kernel` around its position, widened where there are
/// fewer samples than before.
std::vector<std::pair<int, double>> weights(int i, int from, int to, double (*kernel)(double)) {
    const double step = static_cast<double>(from) / to, at = (i + 0.5) * step - 0.5;
    const double wide = std::max(1.0, step);
    std::vector<std::pair<int, double>> all;
    double sum = 0;
    for (int k = static_cast<int>(std::floor(at - 2 * wide)); k <= at + 2 * wide; ++k) {
        all.emplace_back(k, kernel((k - at) / wide));
        sum += all.back().second;
    }
    for (auto& [k, weight] : all) weight /= sum;
    return all;
}

Plain resized(const Plain& src, Size to, double (*kernel)(double)) {
    return made(to, src.channels(), [&](int x, int y, int c) {
        double sum = 0;
        for (const auto& [j, down] : weights(y, src.size.height, to.height, kernel)) {
            for (const auto& [i, across] : weights(x, src.size.width, to.width, kernel))
                sum += down * across * src.clamped(i, j, c);
        }
        return sum;
    });
}

/// cov(guide, src) / (var(guide) + noise) over 5 × 5 pixels, from the means.
Plain slope_of(const Plain& src, const Plain& guide) {
    return made(src.size, 3, [&](int x, int y, int c) {
        double mean_g = 0, mean_v = 0, covariance = 0, variance = 0;
        const auto each = [&](const std::function<void(double, double)>& f) {
            for (int j = -2; j <= 2; ++j) {
                for (int i = -2; i <= 2; ++i)
                    f(guide.clamped(x + i, y + j, 0), src.clamped(x + i, y + j, c));
            }
        };
        each([&](double g, double v) {
            mean_g += g / 25;
            mean_v += v / 25;
        });
        each([&](double g, double v) {
            covariance += (g - mean_g) * (v - mean_v) / 25;
            variance += (g - mean_g) * (g - mean_g) / 25;
        });
        return covariance / (variance + kNoise);
    });
}

Plain luma_of(const Plain& rgb) {
    return made(rgb.size, 1, [&](int x, int y, int /*c*/) {
        return 0.299 * rgb.clamped(x, y, 0) + 0.587 * rgb.clamped(x, y, 1) +
               0.114 * rgb.clamped(x, y, 2);
    });
}

/// frame + `small`, brought up along the frame's luma.
Plain shown(const Plain& frame, const Plain& small) {
    const Plain guide = luma_of(frame), small_guide = resized(guide, small.size, keys);
    const Plain smooth = resized(small_guide, frame.size, keys);
    const Plain up = resized(small, frame.size, keys);
    const Plain slope = resized(slope_of(small, small_guide), frame.size, tent);
    return made(frame.size, 3, [&](int x, int y, int c) {
        const double under = frame.clamped(x, y, c);
        const double detail = guide.clamped(x, y, 0) - smooth.clamped(x, y, 0);
        return std::clamp(under + up.clamped(x, y, c) + slope.clamped(x, y, c) * detail,
                          std::min(0.0, under), std::max(255.0, under));
    });
}

class Guided : public testing::Test {
  protected:
    Plain random(Size size, double low, double high) {
        std::uniform_real_distribution<double> value(low, high);
        return made(size, 3, [&](int, int, int) { return value(random_); });
    }
    Image up(const Plain& p) {
        Image image(*device_, p.size.width, p.size.height, p.channels());
        const std::vector<float> values(p.v.begin(), p.v.end());
        device_->upload(*stream_, image.view().data, values.data(), values.size() * sizeof(float));
        return image;
    }
    std::vector<float> down(const Image& image) {
        std::vector<float> values(static_cast<size_t>(image.cview().size()));
        device_->download(*stream_, values.data(), image.view().data,
                          values.size() * sizeof(float));
        return values;
    }
    Image resize(const Image& src, Size to) {
        Image dst(*device_, to.width, to.height, src.cview().channels);
        const Buffer<float> scratch(*device_, resize_scratch_size(src, dst));
        ops_.resize(*stream_, src, dst, scratch.data());
        stream_->synchronize();
        return dst;
    }
    Image slope(const Image& src, const Image& guide) {
        Image dst(*device_, src.width(), src.height(), 3);
        ops_.slope_on_guide(*stream_, src, guide, kNoise, dst);
        stream_->synchronize();
        return dst;
    }
    /// What shown() gives, by the device; the guides are planes of the picture that is written.
    std::vector<float> shown_by_ops(const Plain& frame, const Plain& small) {
        const Image large = up(frame), picture = up(small), added = resize(picture, frame.size);
        Image guide(*device_, frame.size.width, frame.size.height, 1);
        ops_.luma(*stream_, large, guide);
        const Image small_guide = resize(guide, small.size);
        const Image smooth = resize(small_guide, frame.size), slopes = slope(picture, small_guide);
        const Image dst(*device_, frame.size.width, frame.size.height, 3);
        const auto plane = [&](int c, const Image& src) {
            device_->copy(*stream_, dst.view().plane(c).data, src.view().data,
                          static_cast<size_t>(src.view().size()) * sizeof(float));
            return dst.cview().plane(c);
        };
        ops_.show_guided(*stream_, large, {added, plane(0, guide), plane(1, smooth), slopes}, dst);
        return down(dst);
    }

    std::mt19937 random_{7};
    std::unique_ptr<Device> device_ = open_device({REVERIE_TEST_DEVICE, 2});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
    Ops& ops_ = device_->ops();
};

TEST_F(Guided, AgreesWithPlainLoops) {
    constexpr std::pair<Size, Size> kSizes[] = {
        {{1, 1}, {1, 1}}, {{7, 5}, {16, 11}}, {{33, 17}, {70, 41}}, {{101, 9}, {113, 31}}};
    for (const auto& [small, large] : kSizes) {
        // Values beyond 0 … 255 too, and a picture that is clamped.
        const Plain frame = random(large, -20, 280), picture = random(small, -90, 90);
        const Plain want = shown(frame, picture);
        const std::vector<float> got = shown_by_ops(frame, picture);
        for (size_t i = 0; i < got.size(); ++i)
            ASSERT_NEAR(got[i], want.v[i], 2e-3) << large.width << "x" << large.height << " " << i;
    }
}

TEST_F(Guided, FlatGuideIsPlainResampling) {
    const Size small{33, 17}, large{70, 41};
    const Plain picture = random(small, -30, 30);
    const Plain frame = made(large, 3, [](int, int, int c) { return 100.1 + 30 * c; });
    const Image plain(*device_, large.width, large.height, 3);
    const Image added = resize(up(picture), large), under = up(frame);
    ops_.show(*stream_, under, added, 1.0F, plain);
    const std::vector<float> want = down(plain), got = shown_by_ops(frame, picture);
    for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-4);
    const Image flat = up(made(small, 1, [](int, int, int) { return 77.7; }));
    const std::vector<float> slopes = down(slope(up(picture), flat));
    for (const float v : slopes) ASSERT_EQ(v, 0);
}

/// A picture that is `gain` times a step of the frame leaks over it where it is only resampled, and
/// does not along the guide.
TEST_F(Guided, NothingLeaksOverAnEdge) {
    const Size small{33, 17}, large{70, 41};
    constexpr int kEdge = 37;
    constexpr double kHeight = 120;
    const Plain frame =
        made(large, 3, [](int x, int, int) { return x < kEdge ? 60 : 60 + kHeight; });
    for (const double gain : {0.3, -0.8, -1.0}) {
        const Plain step =
            made(large, 3, [&](int x, int, int) { return x < kEdge ? 0 : gain * kHeight; });
        const Plain picture = resized(step, small, keys);
        const std::vector<float> plain = down(resize(up(picture), large));
        const std::vector<float> guided = shown_by_ops(frame, picture);
        double worst_plain = 0, worst_guided = 0;
        for (size_t i = 0; i < guided.size(); ++i) {
            worst_plain = std::max(worst_plain, std::abs(plain[i] - step.v[i]));
            worst_guided = std::max(worst_guided, std::abs(guided[i] - frame.v[i] - step.v[i]));
        }
        EXPECT_GT(worst_plain, 0.2 * std::abs(gain) * kHeight) << gain;
        EXPECT_LT(worst_guided, 0.01 * std::abs(gain) * kHeight) << gain;
    }
}

}  // namespace
}  // namespace reverie
