// warp, carry_residual, their even variants, compose_flows and compose_paths against direct sums in
// double, and against motions whose composition is known.
#include "kernels/functors/warp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "kernels/ops.h"

namespace reverie::warp_test {
namespace {

struct Size {
    int width, height;
};
constexpr Size kSizes[] = {{1, 1}, {7, 5}, {33, 17}, {131, 97}};

double keys(double t) {
    t = std::abs(t);
    if (t < 1) return 1.5 * t * t * t - 2.5 * t * t + 1;
    if (t < 2) return -0.5 * t * t * t + 2.5 * t * t - 4 * t + 2;
    return 0;
}

double at(const std::vector<float>& plane, Size s, int x, int y) {
    return plane[std::clamp(y, 0, s.height - 1) * s.width + std::clamp(x, 0, s.width - 1)];
}

double cubic(const std::vector<float>& plane, Size s, double x, double y) {
    x = std::clamp(x, -2.0, s.width + 1.0);
    y = std::clamp(y, -2.0, s.height + 1.0);
    double sum = 0;
    for (int v = static_cast<int>(std::floor(y)) - 1; v <= std::floor(y) + 2; ++v) {
        for (int u = static_cast<int>(std::floor(x)) - 1; u <= std::floor(x) + 2; ++u) {
            sum += keys(u - x) * keys(v - y) * at(plane, s, u, v);
        }
    }
    return sum;
}

/// Six taps around a position t in 0 … 1 behind the third of them: Keys' cubic and, as fourth
/// differences of the two taps around the position, 1.4 times what its fourth moment lacks, but at
/// most all that it has.
std::vector<double> even_taps(double t, double damping) {
    constexpr double kFourth[] = {-1, 4, -6, 4, -1};
    std::vector<double> taps(6);
    double moment = 0;
    for (int k = 0; k < 6; ++k) {
        const double from = k - 2 - t;
        taps[k] = keys(from);
        moment += keys(from) * std::pow(from, 4) / 24;
    }
    const double added = std::max(1.4 * (damping + moment), moment);
    for (int k = 0; k < 5; ++k) {
        taps[k] += added * (1 - t) * kFourth[k];
        taps[k + 1] += added * t * kFourth[k];
    }
    return taps;
}

double even(const std::vector<float>& plane, Size s, double x, double y, double damping) {
    x = std::clamp(x, -3.0, s.width + 2.0);
    y = std::clamp(y, -3.0, s.height + 2.0);
    const int left = static_cast<int>(std::floor(x)), above = static_cast<int>(std::floor(y));
    const std::vector<double> across = even_taps(x - left, damping),
                              down = even_taps(y - above, damping);
    double sum = 0;
    for (int v = 0; v < 6; ++v) {
        for (int u = 0; u < 6; ++u)
            sum += across[u] * down[v] * at(plane, s, left + u - 2, above + v - 2);
    }
    return sum;
}

double linear(const std::vector<float>& plane, Size s, double x, double y) {
    x = std::clamp(x, 0.0, s.width - 1.0);
    y = std::clamp(y, 0.0, s.height - 1.0);
    double sum = 0;
    for (int v = 0; v < s.height; ++v) {
        for (int u = 0; u < s.width; ++u) {
            sum += std::max(0.0, 1 - std::abs(u - x)) * std::max(0.0, 1 - std::abs(v - y)) *
                   plane[v * s.width + u];
        }
    }
    return sum;
}

class WarpOps : public testing::Test {
  protected:
    Image image(const std::vector<float>& values, Size s, int channels) {
        Image result(*device_, s.width, s.height, channels);
        device_->upload(*stream_, result.view().data, values.data(), values.size() * sizeof(float));
        return result;
    }
    std::vector<float> values(const Image& image) {
        std::vector<float> result(image.view().size());
        device_->download(*stream_, result.data(), image.view().data,
                          result.size() * sizeof(float));
        return result;
    }
    std::vector<float> noise(size_t n, float low, float high) {
        std::uniform_real_distribution<float> level(low, high);
        std::vector<float> result(n);
        for (float& v : result) v = level(random_);
        return result;
    }
    static std::vector<float> plane_of(const std::vector<float>& planes, Size s, int c) {
        const size_t n = static_cast<size_t>(s.width) * s.height;
        return {planes.begin() + c * n, planes.begin() + (c + 1) * n};
    }

    std::unique_ptr<Device> device_ = open_device({REVERIE_TEST_DEVICE, 2});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
    std::mt19937 random_{7};
};

TEST_F(WarpOps, WarpIsACubicSum) {
    for (const Size s : kSizes) {
        for (const int channels : {1, 2, 3}) {
            const size_t n = static_cast<size_t>(s.width) * s.height;
            const std::vector<float> src = noise(n * channels, -20, 280);
            const std::vector<float> flow = noise(n * 2, -9, 9);
            Image dst(*device_, s.width, s.height, channels);
            device_->ops().warp(*stream_, image(src, s, channels), image(flow, s, 2), dst);
            const std::vector<float> got = values(dst);
            for (int c = 0; c < channels; ++c) {
                const std::vector<float> plane = plane_of(src, s, c);
                for (size_t i = 0; i < n; ++i) {
                    const int x = static_cast<int>(i) % s.width;
                    const int y = static_cast<int>(i) / s.width;
                    ASSERT_NEAR(got[c * n + i], cubic(plane, s, x + flow[i], y + flow[n + i]),
                                2e-3);
                }
            }
        }
    }
}

TEST_F(WarpOps, WarpByNothingOrByWholePixelsIsExact) {
    const Size s{33, 17};
    const size_t n = static_cast<size_t>(s.width) * s.height;
    const std::vector<float> src = noise(n * 3, -20, 280);
    std::vector<float> flow(n * 2, 0.0f);
    Image dst(*device_, s.width, s.height, 3);
    device_->ops().warp(*stream_, image(src, s, 3), image(flow, s, 2), dst);
    EXPECT_EQ(values(dst), src);

    std::fill(flow.begin(), flow.begin() + n, 4.0f);
    std::fill(flow.begin() + n, flow.end(), -3.0f);
    device_->ops().warp(*stream_, image(src, s, 3), image(flow, s, 2), dst);
    const std::vector<float> got = values(dst);
    for (size_t i = 0; i < n; ++i) {
        const int x = static_cast<int>(i) % s.width;
        const int y = static_cast<int>(i) / s.width;
        ASSERT_EQ(got[i], at(plane_of(src, s, 0), s, x + 4, y - 3));
    }
}

TEST_F(WarpOps, WarpKeepsAConstantToTheBit) {
    const Size s{33, 17};
    const std::vector<float> flow = noise(static_cast<size_t>(s.width) * s.height * 2, -40, 40);
    Image dst(*device_, s.width, s.height, 1);
    const std::vector<float> src(static_cast<size_t>(s.width) * s.height, 0.3f);
    device_->ops().warp(*stream_, image(src, s, 1), image(flow, s, 2), dst);
    EXPECT_EQ(values(dst), src);
}

TEST_F(WarpOps, WarpReadsAnEdgeWhereTheFlowIsNoNumber) {
    const Size s{7, 5};
    std::vector<float> flow(static_cast<size_t>(s.width) * s.height * 2, NAN);
    flow[3] = INFINITY;
    Image dst(*device_, s.width, s.height, 1);
    const std::vector<float> src(static_cast<size_t>(s.width) * s.height, 5.0f);
    device_->ops().warp(*stream_, image(src, s, 1), image(flow, s, 2), dst);
    EXPECT_EQ(values(dst), src);
}

TEST_F(WarpOps, WarpEvenlyIsASumOfSixTimesSix) {
    for (const Size s : kSizes) {
        for (const int channels : {1, 2, 3}) {
            const size_t n = static_cast<size_t>(s.width) * s.height;
            const std::vector<float> src = noise(n * channels, -20, 280);
            const std::vector<float> flow = noise(n * 2, -9, 9);
            Image dst(*device_, s.width, s.height, channels);
            device_->ops().warp_evenly(*stream_, image(src, s, channels), image(flow, s, 2), 0.02f,
                                       dst);
            const std::vector<float> got = values(dst);
            for (int c = 0; c < channels; ++c) {
                const std::vector<float> plane = plane_of(src, s, c);
                for (size_t i = 0; i < n; ++i) {
                    const int x = static_cast<int>(i) % s.width;
                    const int y = static_cast<int>(i) / s.width;
                    ASSERT_NEAR(got[c * n + i], even(plane, s, x + flow[i], y + flow[n + i], 0.02),
                                2e-3);
                }
            }
        }
    }
}

/// How much of a wave of `omega` radians per pixel is kept: real and imaginary part of a complex
/// wave are warped by t.
class WaveWarp : public WarpOps {
  protected:
    template <class Warp>
    double kept(double omega, float t, Warp warp) {
        const Size s{33, 17};
        const size_t n = static_cast<size_t>(s.width) * s.height;
        std::vector<float> src;
        for (size_t i = 0; i < 2 * n; ++i) {
            const double turn = omega * static_cast<double>(i % n % s.width);
            src.push_back(static_cast<float>(i < n ? std::cos(turn) : std::sin(turn)));
        }
        Image dst(*device_, s.width, s.height, 2);
        warp(image(src, s, 2), image(std::vector<float>(n * 2, t), s, 2), dst);
        const std::vector<float> got = values(dst);
        const size_t middle = 8 * s.width + 16;
        return std::hypot(got[middle], got[n + middle]);
    }
    double kept_by_warp(double omega, float t) {
        return kept(omega, t, [&](const Image& src, const Image& flow, const Image& dst) {
            device_->ops().warp(*stream_, src, flow, dst);
        });
    }
    double kept_evenly(double omega, float t, float damping) {
        return kept(omega, t, [&](const Image& src, const Image& flow, const Image& dst) {
            device_->ops().warp_evenly(*stream_, src, flow, damping, dst);
        });
    }
};

/// At waves of four pixels Catmull-Rom keeps 0.88 to 1, and 0.94 on the average of all fractions.
TEST_F(WaveWarp, EvenlyDampsAlikeAtEveryFraction) {
    double product = 1, least = 1;
    for (int i = 0; i < 20; ++i) {
        const double kept = kept_by_warp(M_PI / 2, static_cast<float>(i) / 20);
        least = std::min(least, kept);
        product *= kept;
    }
    const double mean = std::pow(product, 1 / 20.0);
    EXPECT_LT(least, mean - 0.04);
    constexpr float kMeanDamping = 9.0f / 24 / 30;  // the integral of t²(1 − t)² is 1/30
    for (const float t : {0.0f, 0.1f, 0.25f, 0.37f, 0.5f, 0.81f, 1.0f, -2.3f})
        EXPECT_NEAR(kept_evenly(M_PI / 2, t, kMeanDamping), mean, 0.013) << t;
}

TEST_F(WaveWarp, EvenlyLetsNoWaveGrow) {
    for (const double omega : {0.2, 0.5, 1.0, 2.0, 3.0}) {
        for (const float damping : {0.0f, 0.002f, 0.0125f, 0.03f}) {
            for (const float t : {0.0f, 0.2f, 0.5f, 0.7f})
                EXPECT_LT(kept_evenly(omega, t, damping), 1 + 1e-5)
                    << omega << " at " << t << ", " << damping;
        }
    }
}

TEST_F(WaveWarp, CatmullRomDampsByItsFourthMoment) {
    for (const float t : {0.0f, 0.2f, 0.5f, 0.7f})
        EXPECT_NEAR(kept_by_warp(0.5, t), 1 - cubic_damping(t) * std::pow(0.5, 4), 1e-4) << t;
}

TEST_F(WarpOps, WarpEvenlyKeepsAConstantAndUndampedWholePixelsToTheBit) {
    const Size s{33, 17};
    const size_t n = static_cast<size_t>(s.width) * s.height;
    const std::vector<float> constant(n, 0.3f), src = noise(n, -20, 280);
    std::vector<float> flow = noise(n * 2, -40, 40);
    Image dst(*device_, s.width, s.height, 1);
    device_->ops().warp_evenly(*stream_, image(constant, s, 1), image(flow, s, 2), 0.0125f, dst);
    EXPECT_EQ(values(dst), constant);

    std::fill(flow.begin(), flow.begin() + static_cast<ptrdiff_t>(n), 4.0f);
    std::fill(flow.begin() + static_cast<ptrdiff_t>(n), flow.end(), -3.0f);
    device_->ops().warp_evenly(*stream_, image(src, s, 1), image(flow, s, 2), 0, dst);
    const std::vector<float> got = values(dst);
    for (size_t i = 0; i < n; ++i) {
        const int x = static_cast<int>(i) % s.width, y = static_cast<int>(i) / s.width;
        ASSERT_EQ(got[i], at(src, s, x + 4, y - 3));
    }
}

/// With neighbours that come from neighbours, taps that are loaded together must equal taps that
/// are loaded alone.
TEST_F(WarpOps, CarryResidualFollowsASmoothFlow) {
    for (const Size s : {Size{53, 31}, Size{129, 9}, Size{16, 16}, Size{19, 40}}) {
        for (const double zoom : {0.0, 0.004, 0.05, -0.02}) {
            for (const int channels : {1, 3}) {
                const size_t n = static_cast<size_t>(s.width) * s.height;
                const std::vector<float> src = noise(n * channels, -99, 99);
                const std::vector<float> trust = noise(n, 0, 1);
                std::vector<float> flow(n * 2);
                for (size_t p = 0; p < n; ++p) {
                    const auto x = static_cast<double>(p % s.width),
                               y = static_cast<double>(p / s.width);
                    flow[p] = static_cast<float>(1.3 + zoom * (x - 20));
                    flow[n + p] = static_cast<float>(-0.7 + zoom * (y - 12) + 0.001 * x);
                }
                Image dst(*device_, s.width, s.height, channels);
                device_->ops().carry_residual(*stream_, image(src, s, channels), image(flow, s, 2),
                                              image(trust, s, 1), 0.8f, dst);
                const std::vector<float> got = values(dst);
                device_->ops().carry_residual_evenly(*stream_, image(src, s, channels),
                                                     image(flow, s, 2), image(trust, s, 1), 0.8f,
                                                     0.01f, dst);
                const std::vector<float> got_even = values(dst);
                for (size_t i = 0; i < n * channels; ++i) {
                    const size_t p = i % n;
                    const int x = static_cast<int>(p) % s.width, y = static_cast<int>(p) / s.width;
                    const std::vector<float>& plane = plane_of(src, s, static_cast<int>(i / n));
                    ASSERT_NEAR(got[i],
                                0.8 * trust[p] * cubic(plane, s, x + flow[p], y + flow[n + p]),
                                2e-3)
                        << s.width << "x" << s.height << ", zoom " << zoom;
                    ASSERT_NEAR(got_even[i],
                                0.8 * trust[p] * even(plane, s, x + flow[p], y + flow[n + p], 0.01),
                                2e-3)
                        << s.width << "x" << s.height << ", zoom " << zoom;
                }
            }
        }
    }
}

TEST_F(WarpOps, CarryResidualFadesWhatWarpBrings) {
    for (const Size s : kSizes) {
        for (const int channels : {1, 3}) {
            const size_t n = static_cast<size_t>(s.width) * s.height;
            const std::vector<float> src = noise(n * channels, -99, 99);
            const std::vector<float> flow = noise(n * 2, -5, 5);
            const std::vector<float> trust = noise(n, 0, 1);
            Image dst(*device_, s.width, s.height, channels);
            device_->ops().carry_residual(*stream_, image(src, s, channels), image(flow, s, 2),
                                          image(trust, s, 1), 0.9f, dst);
            const std::vector<float> got = values(dst);
            for (size_t i = 0; i < n * channels; ++i) {
                const size_t p = i % n;
                const int x = static_cast<int>(p) % s.width;
                const int y = static_cast<int>(p) / s.width;
                const std::vector<float>& plane = plane_of(src, s, static_cast<int>(i / n));
                ASSERT_NEAR(got[i], 0.9 * trust[p] * cubic(plane, s, x + flow[p], y + flow[n + p]),
                            2e-3);
            }
        }
    }
}

/// The flow that carries x to centre + rotation and zoom of (x - centre), plus a shift.
std::vector<float> similarity(Size s, double angle, double zoom, double shift_x, double shift_y) {
    const size_t n = static_cast<size_t>(s.width) * s.height;
    std::vector<float> flow(n * 2);
    const double a = zoom * std::cos(angle);
    const double b = zoom * std::sin(angle);
    for (size_t i = 0; i < n; ++i) {
        const double x = static_cast<double>(i % s.width) - s.width * 0.5;
        const double y = static_cast<double>(i / s.width) - s.height * 0.5;
        flow[i] = static_cast<float>(a * x - b * y - x + shift_x);
        flow[n + i] = static_cast<float>(b * x + a * y - y + shift_y);
    }
    return flow;
}

TEST_F(WarpOps, ComposedRotationsAreTheirProduct) {
    const Size s{131, 97};
    const size_t n = static_cast<size_t>(s.width) * s.height;
    const std::vector<float> newer = similarity(s, 0.03, 1.01, 0, 0);
    const std::vector<float> older = similarity(s, -0.05, 0.98, 0, 0);
    const std::vector<float> product = similarity(s, -0.02, 1.01 * 0.98, 0, 0);
    Image dst(*device_, s.width, s.height, 2);
    device_->ops().compose_flows(*stream_, image(newer, s, 2), image(older, s, 2), dst);
    const std::vector<float> got = values(dst);
    for (size_t i = 0; i < n; ++i) {
        const double x = static_cast<double>(i % s.width) + newer[i];
        const double y = static_cast<double>(i / s.width) + newer[n + i];
        if (x < 0 || y < 0 || x > s.width - 1 || y > s.height - 1) continue;
        ASSERT_NEAR(got[i], product[i], 1e-3);
        ASSERT_NEAR(got[n + i], product[n + i], 1e-3);
    }
}

TEST_F(WarpOps, ComposeIsALinearSum) {
    for (const Size s : {Size{1, 1}, Size{7, 5}, Size{33, 17}}) {
        const size_t n = static_cast<size_t>(s.width) * s.height;
        const std::vector<float> newer = noise(n * 2, -6, 6);
        const std::vector<float> older = noise(n * 2, -6, 6);
        const std::vector<float> trust = noise(n, 0, 1);
        const std::vector<float> older_trust = noise(n, 0, 1);
        Image flow(*device_, s.width, s.height, 2);
        Image path(*device_, s.width, s.height, 2);
        Image both(*device_, s.width, s.height, 1);
        const Image to = image(newer, s, 2), from = image(older, s, 2);
        const Image to_trust = image(trust, s, 1), from_trust = image(older_trust, s, 1);
        device_->ops().compose_flows(*stream_, to, from, flow);
        device_->ops().compose_paths(*stream_, {to, to_trust}, {from, from_trust}, path, both);
        const std::vector<float> got = values(flow);
        const std::vector<float> got_trust = values(both);
        EXPECT_EQ(values(path), got);
        for (size_t i = 0; i < n; ++i) {
            const double x = static_cast<double>(i % s.width) + newer[i];
            const double y = static_cast<double>(i / s.width) + newer[n + i];
            for (int c = 0; c < 2; ++c) {
                ASSERT_NEAR(got[c * n + i],
                            newer[c * n + i] + linear(plane_of(older, s, c), s, x, y), 1e-4);
            }
            ASSERT_NEAR(got_trust[i], trust[i] * linear(older_trust, s, x, y), 1e-5);
        }
    }
}

TEST_F(WarpOps, DoubtIsHeededAsSlowlyAsItIsStretched) {
    for (const Size s : kSizes) {
        const size_t n = static_cast<size_t>(s.width) * s.height;
        std::vector<float> c(n);
        for (size_t i = 0; i < n; ++i) c[i] = static_cast<float>(i) / static_cast<float>(n);
        const Image confidence = image(c, s, 1);
        const Image left(*device_, s.width, s.height, 1);
        for (const float stretch : {0.5F, 1.0F, 4.0F}) {
            device_->ops().heed_doubt(*stream_, confidence, 0.7F, stretch, left);
            const std::vector<float> got = values(left);
            for (size_t i = 0; i < n; ++i) {
                // As odds, which are multiplied by stretch.
                const double odds = c[i] / (1.0 - c[i]) * stretch;
                ASSERT_NEAR(got[i], 0.3 + 0.7 * odds / (1 + odds), 1e-5);
            }
        }
        // What is surely hidden is gone, and what is surely seen stays, at any stretch.
        c.assign(n, 0);
        device_->ops().heed_doubt(*stream_, image(c, s, 1), 1, 9, left);
        EXPECT_EQ(values(left), c);
        c.assign(n, 1);
        device_->ops().heed_doubt(*stream_, image(c, s, 1), 1, 9, left);
        EXPECT_EQ(values(left), c);
    }
}

}  // namespace
}  // namespace reverie::warp_test
