// ImageOps::resize against a direct two-dimensional sum in double, written from the definition.
#include "kernels/functors/resample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "kernels/ops.h"
#include "src/dream/resizer.h"

namespace reverie::resample_test {
namespace {

struct Size {
    int width, height;
};

double keys(double t) {
    t = std::abs(t);
    if (t < 1) return 1.5 * t * t * t - 2.5 * t * t + 1;
    if (t < 2) return -0.5 * t * t * t + 2.5 * t * t - 4 * t + 2;
    return 0;
}

/// The normalised weight of every source sample (folded onto the edges) for target i.
std::vector<double> weights_of(int i, int src, int dst) {
    const double ratio = static_cast<double>(src) / dst;
    const double widened = std::max(1.0, ratio);
    const double position = (i + 0.5) * ratio - 0.5;
    std::vector<double> weights(src);
    double sum = 0;
    for (int k = static_cast<int>(std::floor(position - 2 * widened)) - 1;
         k <= position + 2 * widened + 1; ++k) {
        const double w = keys((k - position) / widened);
        weights[std::min(std::max(k, 0), src - 1)] += w;
        sum += w;
    }
    for (double& w : weights) w /= sum;
    return weights;
}

class Resize : public testing::Test {
  protected:
    std::vector<float> run(const std::vector<float>& values, Size from, Size to, int channels) {
        Image src(*device_, from.width, from.height, channels);
        Image dst(*device_, to.width, to.height, channels);
        device_->upload(*stream_, src.view().data, values.data(), values.size() * sizeof(float));
        resizer_.resize(*stream_, src, dst);
        std::vector<float> result(dst.view().size());
        device_->download(*stream_, result.data(), dst.view().data, result.size() * sizeof(float));
        return result;
    }

    std::unique_ptr<Device> device_ = open_device({REVERIE_TEST_DEVICE, 2});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
    Resizer resizer_{*device_};
};

TEST_F(Resize, IsTheSumOfItsDefinition) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> level(-20, 300);
    const std::vector<std::pair<Size, Size>> pairs{
        {{1, 1}, {7, 5}},
        {{7, 5}, {1, 1}},
        {{33, 17}, {24, 12}},
        {{24, 12}, {33, 17}},
        {{33, 17}, {3, 40}},
        {{5, 40}, {33, 17}},
        {{91, 64}, {65, 46}},
        {{33, 17}, {33, 9}},
        {{64, 31}, {32, 16}},
        // Wide enough for pixels that are taken together.
        {{161, 9}, {80, 5}},
        {{90, 7}, {181, 13}},
        {{171, 9}, {101, 5}},
        {{191, 5}, {61, 3}}};
    for (const auto& [from, to] : pairs) {
        std::vector<float> values(static_cast<size_t>(from.width) * from.height * 3);
        for (float& v : values) v = level(random);
        const std::vector<float> got = run(values, from, to, 3);
        for (int c = 0; c < 3; ++c) {
            for (int y = 0; y < to.height; ++y) {
                const std::vector<double> wy = weights_of(y, from.height, to.height);
                for (int x = 0; x < to.width; ++x) {
                    const std::vector<double> wx = weights_of(x, from.width, to.width);
                    double sum = 0;
                    for (int v = 0; v < from.height; ++v) {
                        for (int u = 0; u < from.width; ++u) {
                            sum += wy[v] * wx[u] * values[(c * from.height + v) * from.width + u];
                        }
                    }
                    ASSERT_NEAR(got[(c * to.height + y) * to.width + x], sum, 2e-3)
                        << from.width << "x" << from.height << " to " << to.width << "x"
                        << to.height;
                }
            }
        }
    }
}

TEST_F(Resize, KeepsAConstantToTheBit) {
    const float level = 77.7f;
    for (const Size to : {Size{1, 1}, Size{7, 5}, Size{33, 17}, Size{61, 50}, Size{128, 3}}) {
        const std::vector<float> got = run(std::vector<float>(43 * 29 * 2, level), {43, 29}, to, 2);
        for (const float v : got) ASSERT_EQ(v, level);
    }
}

TEST_F(Resize, KeepsALinearRampAwayFromTheEdges) {
    const Size from{40, 30};
    const Size to{56, 42};
    std::vector<float> ramp(from.width * from.height);
    for (int y = 0; y < from.height; ++y) {
        for (int x = 0; x < from.width; ++x) ramp[y * from.width + x] = 3.0f * x - 2.0f * y;
    }
    const std::vector<float> got = run(ramp, from, to, 1);
    for (int y = 6; y < to.height - 6; ++y) {
        for (int x = 6; x < to.width - 6; ++x) {
            const double u = (x + 0.5) * from.width / to.width - 0.5;
            const double v = (y + 0.5) * from.height / to.height - 0.5;
            ASSERT_NEAR(got[y * to.width + x], 3 * u - 2 * v, 1e-3);
        }
    }
}

TEST_F(Resize, CopiesWhereSizesAreEqual) {
    std::vector<float> values(33 * 17 * 3);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) * 0.37f;
    EXPECT_EQ(run(values, {33, 17}, {33, 17}, 3), values);
}

}  // namespace
}  // namespace reverie::resample_test
