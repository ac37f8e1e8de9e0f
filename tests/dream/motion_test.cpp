// Motion and estimate_flow against textures moved by known amounts, the golden pairs, and
// themselves (same bits every run).
#include "src/dream/motion/motion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "kernels/ops.h"
#include "src/util/error.h"
#include "tests/support/picture.h"
#include "tests/support/shared_files.h"

namespace reverie::motion_test {
namespace {

struct Size {
    int width, height;
};

/// A number in 0 ... 1 for a point of a lattice.
double lattice(int x, int y, uint32_t seed) {
    uint32_t h = static_cast<uint32_t>(x) * 0x9E3779B1U ^ static_cast<uint32_t>(y) * 0x85EBCA77U ^
                 seed * 0xC2B2AE3DU;
    h = (h ^ (h >> 15U)) * 0x2C1B3C6DU;
    h = (h ^ (h >> 12U)) * 0x297A2D39U;
    return static_cast<double>((h ^ (h >> 15U)) >> 8U) / (1U << 24U);
}

/// Noise on a lattice with a spacing in pixels, smoothly joined.
double smooth_noise(double x, double y, double spacing, uint32_t seed) {
    const double u = x / spacing;
    const double v = y / spacing;
    const int ix = static_cast<int>(std::floor(u));
    const int iy = static_cast<int>(std::floor(v));
    const auto ease = [](double t) { return t * t * t * (t * (6 * t - 15) + 10); };
    const double tx = ease(u - ix);
    const double ty = ease(v - iy);
    return (1 - ty) * ((1 - tx) * lattice(ix, iy, seed) + tx * lattice(ix + 1, iy, seed)) +
           ty * ((1 - tx) * lattice(ix, iy + 1, seed) + tx * lattice(ix + 1, iy + 1, seed));
}

/// A texture that is defined everywhere and repeats nowhere, 0 ... 255.
double texture_of(double x, double y, uint32_t seed) {
    return 115 * smooth_noise(x, y, 41, seed) + 90 * smooth_noise(x, y, 13, seed + 1) +
           50 * smooth_noise(x, y, 5, seed + 2);
}

double texture(double x, double y) { return texture_of(x, y, 1); }

class MotionTest : public testing::Test {
  protected:
    using Field = std::function<double(double, double)>;

    static Image picture(Device& device, Size s, const Field& luma) {
        Image image(device, s.width, s.height, 3);
        for (int y = 0; y < s.height; ++y) {
            for (int x = 0; x < s.width; ++x) {
                for (int c = 0; c < 3; ++c)
                    image.view().at(x, y, c) = static_cast<float>(luma(x, y));
            }
        }
        return image;
    }
    static std::vector<float> values(const Pixels<const float>& p) {
        return {p.data, p.data + p.size()};
    }
    static double mean_of(const Pixels<const float>& p) {
        const std::vector<float> all = values(p);
        return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
    }

    std::unique_ptr<Device> device_ = open_device({"cpu", 2});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
};

TEST_F(MotionTest, FindsTranslations) {
    const Size s{160, 120};
    for (const auto& options : {FlowOptions::fast(), FlowOptions::fine()}) {
        for (const Vec2 shift : {Vec2{0, 0}, Vec2{1.3f, -0.6f}, Vec2{-6.25f, 4.5f}, Vec2{14, 9}}) {
            const Image a = picture(*device_, s, texture);
            const Image b = picture(
                *device_, s, [&](double x, double y) { return texture(x - shift.x, y - shift.y); });
            Image flow(*device_, s.width, s.height, 2);
            estimate_flow(*device_, *stream_, a, b, flow, options);
            double error = 0;
            int count = 0;
            for (int y = 0; y < s.height; ++y) {
                for (int x = 0; x < s.width; ++x) {
                    if (x + shift.x < 0 || x + shift.x > s.width - 1 || y + shift.y < 0 ||
                        y + shift.y > s.height - 1) {
                        continue;
                    }
                    error += std::hypot(flow.view().at(x, y, 0) - shift.x,
                                        flow.view().at(x, y, 1) - shift.y);
                    ++count;
                }
            }
            EXPECT_LT(error / count, 0.2) << shift.x << ", " << shift.y;
        }
    }
}

TEST_F(MotionTest, FindsWhereAPictureCameFrom) {
    const Size s{161, 121};
    Motion motion(*device_);
    motion.update(*stream_, picture(*device_, s, texture));
    EXPECT_TRUE(motion.first_frame());
    motion.update(*stream_,
                  picture(*device_, s, [](double x, double y) { return texture(x - 3, y + 2); }));
    EXPECT_FALSE(motion.first_frame());
    EXPECT_GT(mean_of(motion.confidence()), 0.9);
    const Pixels<const float> backward = motion.flow_backward();
    for (int y = 20; y < s.height - 20; ++y) {
        for (int x = 20; x < s.width - 20; ++x) {
            ASSERT_NEAR(backward.at(x, y, 0), -3, 0.3);
            ASSERT_NEAR(backward.at(x, y, 1), 2, 0.3);
        }
    }
    // What came in from the left was outside before: x + flow is outside.
    for (int y = 30; y < s.height - 30; ++y) EXPECT_LT(motion.confidence().at(0, y), 0.2f);
}

TEST_F(MotionTest, ConfidenceFallsWhereThingsGetUncovered) {
    const Size s{200, 120};
    const auto scene = [](double shift) {
        return [shift](double x, double y) {
            const double u = x - 80 - shift;
            const bool square = u > 0 && u < 40 && y > 40 && y < 80;
            return square ? texture(3 * u + 500, 2 * y + 90) * 0.5 + 120 : texture(x, y) * 0.6;
        };
    };
    Motion motion(*device_);
    motion.update(*stream_, picture(*device_, s, scene(0)));
    motion.update(*stream_, picture(*device_, s, scene(10)));
    const auto mean = [&](int x0, int x1) {
        double sum = 0;
        for (int y = 45; y < 75; ++y) {
            for (int x = x0; x < x1; ++x) sum += motion.confidence().at(x, y);
        }
        return sum / (30 * (x1 - x0));
    };
    EXPECT_LT(mean(82, 88), 0.5);    // uncovered
    EXPECT_GT(mean(100, 120), 0.8);  // the square
    EXPECT_GT(mean(10, 60), 0.9);    // the ground
}

TEST_F(MotionTest, AChangeOfLightIsNoMotion) {
    const Size s{161, 121};
    const auto moved = [](double x, double y) { return texture(x - 2, y + 1); };
    // A wall that gets brighter to the right and has almost no texture; and a picture that moves as
    // a whole.
    const auto wall = [](double x, double y) { return 60 + 0.4 * x + 0.04 * texture(x, y); };
    for (const auto& options : {FlowOptions::fast(), FlowOptions::live(), FlowOptions::fine()}) {
        for (const auto& [gain, offset] : {std::pair{1.0, 14.0}, {0.9, 0.0}, {1.1, -20.0}}) {
            const auto lit = [&](const Field& scene) {
                return [=](double x, double y) { return gain * scene(x, y) + offset; };
            };
            const auto error = [&](const Field& before, const Field& after, Vec2 truth) {
                Motion motion(*device_, options);
                motion.update(*stream_, picture(*device_, s, before));
                motion.update(*stream_, picture(*device_, s, lit(after)));
                double sum = 0;
                for (int y = 10; y < s.height - 10; ++y) {
                    for (int x = 10; x < s.width - 10; ++x) {
                        sum += std::hypot(motion.flow_backward().at(x, y, 0) - truth.x,
                                          motion.flow_backward().at(x, y, 1) - truth.y);
                    }
                }
                EXPECT_GT(mean_of(motion.confidence()), 0.85) << gain << ", " << offset;
                return sum / ((s.width - 20) * (s.height - 20));
            };
            EXPECT_LT(error(texture, moved, {-2, 1}), 0.25) << gain << ", " << offset;
            // A brightness slope that gets flatter cannot be told from one that moves.
            EXPECT_LT(error(wall, wall, {0, 0}), gain == 1 ? 0.1 : 0.5) << gain << ", " << offset;
        }
    }
}

TEST_F(MotionTest, TrustsNoFlowAcrossASceneCut) {
    const Size s{160, 120};
    Motion motion(*device_);
    motion.update(*stream_, picture(*device_, s, texture));
    motion.update(*stream_,
                  picture(*device_, s, [](double x, double y) { return texture_of(x, y, 77); }));
    EXPECT_LT(mean_of(motion.confidence()), 0.25);
}

TEST_F(MotionTest, TakesAnySize) {
    for (const Size s :
         {Size{1, 1}, Size{7, 5}, Size{8, 8}, Size{33, 17}, Size{9, 200}, Size{64, 11}}) {
        for (const auto& options : {FlowOptions::fast(), FlowOptions::fine()}) {
            Motion motion(*device_, options);
            for (int k = 0; k < 3; ++k) {
                motion.update(*stream_, picture(*device_, s, [&](double x, double y) {
                    return texture(x - k, y);
                }));
            }
            for (const Pixels<const float>& p : {motion.flow_backward(), motion.confidence()}) {
                EXPECT_EQ(p.width, s.width);
                EXPECT_EQ(p.height, s.height);
                for (const float v : values(p)) ASSERT_TRUE(std::isfinite(v));
            }
            if (std::min(s.width, s.height) < 8) {
                for (const float v : values(motion.flow_backward())) ASSERT_EQ(v, 0);
            }
        }
    }
}

TEST_F(MotionTest, BeginsAnewWhenTheSizeChanges) {
    Motion motion(*device_);
    motion.update(*stream_, picture(*device_, {64, 48}, texture));
    motion.update(*stream_, picture(*device_, {64, 48}, texture));
    EXPECT_FALSE(motion.first_frame());
    motion.update(*stream_, picture(*device_, {48, 64}, texture));
    EXPECT_TRUE(motion.first_frame());
    EXPECT_EQ(motion.flow_backward().width, 48);
    for (const float v : values(motion.confidence())) ASSERT_EQ(v, 0);
}

TEST_F(MotionTest, IsTheSameToTheBitWhateverTheThreads) {
    const Size s{200, 150};
    std::vector<std::vector<float>> results;
    for (const int threads : {1, 2, 3}) {
        const std::unique_ptr<Device> device = open_device({"cpu", threads});
        const std::unique_ptr<Stream> stream = device->make_stream();
        Motion motion(*device);
        for (int k = 0; k < 3; ++k) {
            motion.update(*stream, picture(*device, s, [&](double x, double y) {
                return texture(1.01 * x - 2.3 * k, y + k);
            }));
        }
        std::vector<float> all = values(motion.flow_backward());
        for (const float v : values(motion.confidence())) all.push_back(v);
        results.push_back(all);
    }
    EXPECT_EQ(results[0], results[1]);
    EXPECT_EQ(results[0], results[2]);
}

TEST_F(MotionTest, FlowFilesComeBackAndBrokenOnesAreRefused) {
    const std::string path =
        (std::filesystem::temp_directory_path() / "reverie_motion_test.flo").string();
    FlowFile flow{7, 5, std::vector<float>(70)};
    for (size_t i = 0; i < flow.values.size(); ++i)
        flow.values[i] = 0.5f * static_cast<float>(i) - 9;
    write_flo(path, flow);
    const FlowFile back = read_flo(path);
    EXPECT_EQ(back.width, 7);
    EXPECT_EQ(back.height, 5);
    EXPECT_EQ(back.values, flow.values);
    std::filesystem::resize_file(path, 100);
    EXPECT_THROW(read_flo(path), Error);
    std::filesystem::resize_file(path, 3);
    EXPECT_THROW(read_flo(path), Error);
    std::filesystem::remove(path);
    EXPECT_THROW(read_flo(path), Error);
    EXPECT_THROW(write_flo("/nowhere/at/all.flo", flow), Error);
}

struct Pair {
    const char* name;
    double fast, fine;  ///< limits of the mean end-point error, pixels
};

class GoldenFlow : public testing::TestWithParam<Pair> {};

TEST_P(GoldenFlow, IsWithinTheErrors) {
    const std::string base = std::string("golden/flow/") + GetParam().name;
    REVERIE_NEEDS_SHARED(base + ".flo");
    const test::Picture a = test::read_picture(test::shared_file(base + "_a.png"));
    const test::Picture b = test::read_picture(test::shared_file(base + "_b.png"));
    const test::Picture valid = test::read_picture(test::shared_file(base + "_valid.png"));
    const FlowFile truth = read_flo(test::shared_file(base + ".flo").string());
    const std::unique_ptr<Device> device = open_device({"cpu", 2});
    const std::unique_ptr<Stream> stream = device->make_stream();
    Image from(*device, a.width, a.height, 3);
    Image to(*device, a.width, a.height, 3);
    Image flow(*device, a.width, a.height, 2);
    device->upload(*stream, from.view().data, a.planes.data(), a.planes.size() * sizeof(float));
    device->upload(*stream, to.view().data, b.planes.data(), b.planes.size() * sizeof(float));
    const auto error = [&](const FlowOptions& options) {
        estimate_flow(*device, *stream, from, to, flow, options);
        const size_t n = static_cast<size_t>(a.width) * a.height;
        double sum = 0;
        int count = 0;
        for (size_t i = 0; i < n; ++i) {
            if (valid.planes[i] < 128) continue;
            sum += std::hypot(flow.view().data[i] - truth.values[2 * i],
                              flow.view().data[n + i] - truth.values[2 * i + 1]);
            ++count;
        }
        return sum / count;
    };
    EXPECT_LE(error(FlowOptions::fast()), GetParam().fast);
    EXPECT_LE(error(FlowOptions::fine()), GetParam().fine);
}

INSTANTIATE_TEST_SUITE_P(Pairs, GoldenFlow,
                         testing::Values(Pair{"pan", 0.25, 0.125}, Pair{"zoom", 0.12, 0.06},
                                         Pair{"layers", 0.45, 0.225}),
                         [](const auto& pair) { return std::string(pair.param.name); });

}  // namespace
}  // namespace reverie::motion_test
