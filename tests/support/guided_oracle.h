// A dream at a smaller size, upsampled along a guide's edges, in plain loops in double.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "kernels/device.h"

namespace reverie::guided_oracle {

constexpr double kNoise = 30;

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

inline Plain made(Size size, int channels, const std::function<double(int, int, int)>& value) {
    Plain p(size, channels);
    for (int c = 0; c < channels; ++c) {
        for (int y = 0; y < size.height; ++y) {
            for (int x = 0; x < size.width; ++x) p.at(x, y, c) = value(x, y, c);
        }
    }
    return p;
}

inline double tent(double t) { return std::max(0.0, 1 - std::abs(t)); }

inline double keys(double t) {
    t = std::abs(t);
    if (t < 1) return 1.5 * t * t * t - 2.5 * t * t + 1;
    return t < 2 ? -0.5 * t * t * t + 2.5 * t * t - 4 * t + 2 : 0;
}

/// One target sample's weights: those of `kernel` around its position, widened where there are
/// fewer samples than before.
inline std::vector<std::pair<int, double>> weights(int i, int from, int to,
                                                   double (*kernel)(double)) {
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

inline Plain resized(const Plain& src, Size to, double (*kernel)(double)) {
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
inline Plain slope_of(const Plain& src, const Plain& guide) {
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

inline Plain luma_of(const Plain& rgb) {
    return made(rgb.size, 1, [&](int x, int y, int /*c*/) {
        return 0.299 * rgb.clamped(x, y, 0) + 0.587 * rgb.clamped(x, y, 1) +
               0.114 * rgb.clamped(x, y, 2);
    });
}

/// frame + `small`, upsampled along the frame's luma.
inline Plain shown(const Plain& frame, const Plain& small) {
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

/// Moves the plain loops' pictures to the device and back.
class OnDevice : public testing::Test {
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
    std::vector<float> down(Pixels<const float> picture) {
        std::vector<float> values(static_cast<size_t>(picture.size()));
        device_->download(*stream_, values.data(), picture.data, values.size() * sizeof(float));
        return values;
    }

    std::mt19937 random_{7};
    std::unique_ptr<Device> device_ = open_device({REVERIE_TEST_DEVICE, 2});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
};

}  // namespace reverie::guided_oracle
