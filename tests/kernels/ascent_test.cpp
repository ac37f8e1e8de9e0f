// Every op of gradient ascent against plain loops in double, at odd sizes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "kernels/ops.h"
#include "kernels/ops_ascent.h"
#include "src/util/error.h"

namespace reverie::ascent_test {
namespace {

constexpr int kColours = 3;

struct Size {
    int width, height;
};
constexpr Size kSizes[] = {{1, 1}, {7, 5}, {33, 17}, {130, 61}};

/// A picture in host memory, in double.
struct Plain {
    Size size{};
    std::vector<double> v;

    explicit Plain(Size s) : size(s), v(static_cast<size_t>(s.width) * s.height * kColours) {}
    size_t index(int x, int y, int c) const {
        return (static_cast<size_t>(c) * size.height + y) * size.width + x;
    }
    double& at(int x, int y, int c) { return v[index(x, y, c)]; }
    double clamped(int x, int y, int c) const {
        return v[index(std::clamp(x, 0, size.width - 1), std::clamp(y, 0, size.height - 1), c)];
    }
    double luma(int x, int y) const {
        return 0.2126 * clamped(x, y, 0) + 0.7152 * clamped(x, y, 1) + 0.0722 * clamped(x, y, 2);
    }
    size_t pixels() const { return v.size() / kColours; }
};

double absolute_mean(const Plain& p) {
    double sum = 0;
    for (const double v : p.v) sum += std::abs(v);
    return sum / static_cast<double>(p.v.size());
}

double rms(const Plain& p) {
    double sum = 0;
    for (const double v : p.v) sum += v * v;
    return std::sqrt(sum / static_cast<double>(p.v.size()));
}

/// Colours moved nearer to the luminance, or farther from it.
Plain with_chroma(const Plain& p, double chroma) {
    Plain scaled(p.size);
    for (int c = 0; c < kColours; ++c) {
        for (int y = 0; y < p.size.height; ++y) {
            for (int x = 0; x < p.size.width; ++x) {
                const double luma = p.luma(x, y);
                scaled.at(x, y, c) = luma + chroma * (p.clamped(x, y, c) - luma);
            }
        }
    }
    return scaled;
}

/// `coarse`, whose pixel i is at pixel 2·i, at (x, y).
double doubled(const Plain& coarse, int x, int y, int c) {
    double sum = 0;
    for (const int v : {y / 2, (y + 1) / 2}) {
        for (const int u : {x / 2, (x + 1) / 2}) sum += coarse.clamped(u, v, c);
    }
    return sum / 4;
}

class Ascent : public testing::TestWithParam<Size> {
  protected:
    Plain random(Size size, float low, float high) {
        std::uniform_real_distribution<float> value(low, high);
        Plain p(size);
        for (double& v : p.v) v = value(random_);
        return p;
    }
    Image up(const Plain& p) {
        Image image(*device_, p.size.width, p.size.height, kColours);
        const std::vector<float> values(p.v.begin(), p.v.end());
        device_->upload(*stream_, image.view().data, values.data(), values.size() * sizeof(float));
        return image;
    }
    Image empty(Size size) { return up(Plain(size)); }
    Plain down(const Image& image) {
        Plain p({image.width(), image.height()});
        std::vector<float> values(p.v.size());
        device_->download(*stream_, values.data(), image.view().data,
                          values.size() * sizeof(float));
        std::copy(values.begin(), values.end(), p.v.begin());
        return p;
    }
    std::vector<float> sums(int count) {
        std::vector<float> values(count);
        device_->download(*stream_, values.data(), sums_.data(), count * sizeof(float));
        return values;
    }
    void expect_near(const Image& got, const Plain& want, double tolerance) {
        const Plain values = down(got);
        ASSERT_EQ(values.v.size(), want.v.size());
        for (size_t i = 0; i < want.v.size(); ++i) {
            ASSERT_NEAR(values.v[i], want.v[i], tolerance) << "value " << i;
        }
    }
    /// In device memory, until the next call.
    const StepValues* values(float step, float chroma) {
        StepValues values;
        values.step = step;
        values.chroma = chroma;
        device_->upload(*stream_, values_.data(), &values, sizeof values);
        return values_.data();
    }
    const BlurKernel* kernel(float sigma) {
        const BlurKernel kernel = blur_kernel(sigma);
        device_->upload(*stream_, kernel_.data(), &kernel, sizeof kernel);
        return kernel_.data();
    }

    std::mt19937 random_{5};
    std::unique_ptr<Device> device_ = open_device({REVERIE_TEST_DEVICE, 2});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
    Buffer<float> sums_{*device_, 4};
    Buffer<StepValues> values_{*device_, 1};
    Buffer<BlurKernel> kernel_{*device_, 1};
    AscentOps& ops_ = device_->ops();
};

INSTANTIATE_TEST_SUITE_P(OddSizes, Ascent, testing::ValuesIn(kSizes), [](const auto& param_info) {
    return std::to_string(param_info.param.width) + "x" + std::to_string(param_info.param.height);
});

TEST_P(Ascent, SumsAddUp) {
    const Plain p = random(GetParam(), -3, 3);
    const Image image = up(p);
    const auto n = static_cast<double>(p.v.size());
    ops_.absolute_sum(*stream_, image, sums_.data());
    EXPECT_NEAR(sums(1)[0], absolute_mean(p) * n, 1e-5 * n);
    ops_.square_sum(*stream_, image, sums_.data());
    EXPECT_NEAR(sums(1)[0], rms(p) * rms(p) * n, 1e-5 * n);
}

Plain blurred(const Plain& src, double sigma) {
    const int radius = std::min(48, static_cast<int>(std::ceil(3 * sigma)));
    std::vector<double> weights(radius + 1, 1);
    double total = 1;
    for (int k = 1; k <= radius; ++k) {
        weights[k] = std::exp(-0.5 * k * k / (sigma * sigma));
        total += 2 * weights[k];
    }
    Plain between(src.size), dst(src.size);
    for (Plain* to : {&between, &dst}) {
        const Plain& from = to == &between ? src : between;
        const int dx = to == &dst ? 1 : 0, dy = 1 - dx;
        for (int c = 0; c < kColours; ++c) {
            for (int y = 0; y < src.size.height; ++y) {
                for (int x = 0; x < src.size.width; ++x) {
                    double sum = 0;
                    for (int k = -radius; k <= radius; ++k) {
                        sum += weights[std::abs(k)] * from.clamped(x + k * dx, y + k * dy, c);
                    }
                    to->at(x, y, c) = sum / total;
                }
            }
        }
    }
    return dst;
}

TEST_P(Ascent, BlurIsTheSumOfItsDefinition) {
    const Plain p = random(GetParam(), -20, 300);
    Image scratch = empty(p.size);
    for (const float sigma : {0.0F, 0.5F, 2.0F, 5.3F, 16.0F}) {
        Image image = up(p);
        ops_.blur(*stream_, image, kernel(sigma), scratch, image);  // in place
        expect_near(image, blurred(p, sigma), 1e-3);
    }
    const Image image = up(p);
    Image dst = empty(p.size);
    ops_.blur(*stream_, image, kernel(0), scratch, dst);
    expect_near(dst, p, 0);
    EXPECT_THROW(blur_kernel(16.1F), Error);
}

TEST_P(Ascent, BlurKeepsAConstant) {
    Plain p(GetParam());
    std::fill(p.v.begin(), p.v.end(), 77.7F);
    Image scratch = empty(p.size);
    for (const float sigma : {0.5F, 2.0F, 16.0F}) {
        Image image = up(p);
        ops_.blur(*stream_, image, kernel(sigma), scratch, image);
        expect_near(image, p, 1e-4);
    }
}

TEST_P(Ascent, PyramidDownIsTheBinomialHalved) {
    const Plain p = random(GetParam(), -20, 300);
    const Size half{(p.size.width + 1) / 2, (p.size.height + 1) / 2};
    Image dst = empty(half);
    ops_.pyramid_down(*stream_, up(p), dst);
    const double binomial[] = {1, 4, 6, 4, 1};
    Plain want(half);
    for (int c = 0; c < kColours; ++c) {
        for (int y = 0; y < half.height; ++y) {
            for (int x = 0; x < half.width; ++x) {
                for (int j = 0; j < 5; ++j) {
                    for (int i = 0; i < 5; ++i) {
                        want.at(x, y, c) += binomial[i] * binomial[j] / 256 *
                                            p.clamped(2 * x + i - 2, 2 * y + j - 2, c);
                    }
                }
            }
        }
    }
    expect_near(dst, want, 1e-3);
}

TEST_P(Ascent, LaplacianLevelsGoApartAndTogether) {
    const Plain p = random(GetParam(), -2, 2);
    const Plain coarse = random({(p.size.width + 1) / 2, (p.size.height + 1) / 2}, -2, 2);
    const Image fine = up(p), half = up(coarse);
    Image level = empty(p.size);
    ops_.laplacian_level(*stream_, fine, half, level);
    Plain want(p.size);
    for (int c = 0; c < kColours; ++c) {
        for (int y = 0; y < p.size.height; ++y) {
            for (int x = 0; x < p.size.width; ++x) {
                want.at(x, y, c) = p.clamped(x, y, c) - doubled(coarse, x, y, c);
            }
        }
    }
    expect_near(level, want, 1e-5);

    // Squares that say "rms 1" put the level back as it was.
    const auto count = static_cast<float>(p.v.size());
    device_->upload(*stream_, sums_.data(), &count, sizeof count);
    Image restored = empty(p.size);
    ops_.restore_level(*stream_, half, level, sums_.data(), restored);
    expect_near(restored, p, 1e-5);

    ops_.square_sum(*stream_, level, sums_.data());
    const double scale = rms(want) > 0 ? 1 / rms(want) : 0;
    Plain evened(p.size);
    for (int c = 0; c < kColours; ++c) {
        for (int y = 0; y < p.size.height; ++y) {
            for (int x = 0; x < p.size.width; ++x) {
                evened.at(x, y, c) = doubled(coarse, x, y, c) + scale * want.at(x, y, c);
            }
        }
    }
    ops_.restore_level(*stream_, half, level, sums_.data(), level);  // in place
    expect_near(level, evened, 1e-3);
}

TEST_P(Ascent, DivideByRmsLeavesRmsOne) {
    Plain p = random(GetParam(), -40, 40);
    Image image = up(p);
    ops_.square_sum(*stream_, image, sums_.data());
    ops_.divide_by_rms(*stream_, sums_.data(), image);
    const double scale = rms(p);
    for (double& v : p.v) v /= scale;
    expect_near(image, p, 1e-4);
    const float none = 0;
    device_->upload(*stream_, sums_.data(), &none, sizeof none);
    ops_.divide_by_rms(*stream_, sums_.data(), image);
    expect_near(image, Plain(p.size), 0);
}

/// Three parts of very different size count alike; a part of zeros counts for nothing.
TEST_P(Ascent, MixGradientBringsEachPartToMeanOne) {
    const Plain parts[] = {random(GetParam(), -1e-4F, 1e-4F), random(GetParam(), -300, 300),
                           random(GetParam(), -2, 2)};
    for (const bool first_is_nothing : {false, true}) {
        const Image a = first_is_nothing ? empty(GetParam()) : up(parts[0]), b = up(parts[1]);
        Image c = up(parts[2]);
        GradientMix mix{{a, b, c}, 3, sums_.data() + 1, values(0, 0.5F)};
        for (int k = 0; k < 3; ++k) ops_.absolute_sum(*stream_, mix.parts[k], sums_.data() + 1 + k);
        Plain want(GetParam());
        for (size_t i = 0; i < want.v.size(); ++i) {
            for (int k = first_is_nothing ? 1 : 0; k < 3; ++k)
                want.v[i] += parts[k].v[i] / absolute_mean(parts[k]);
        }
        want = with_chroma(want, 0.5);
        ops_.mix_gradient(*stream_, mix, c, sums_.data());  // into a part
        expect_near(c, want, 1e-4);
        float sum = 0;
        device_->download(*stream_, &sum, sums_.data(), sizeof sum);
        const double values = static_cast<double>(want.v.size());
        EXPECT_NEAR(sum / values, absolute_mean(want), 1e-4);
    }
}

TEST_P(Ascent, MixGradientKeepsTheLuminance) {
    const Plain p = random(GetParam(), -40, 40);
    for (const float chroma : {0.0F, 0.5F, 1.0F, 3.0F}) {
        Image image = up(p);
        ops_.mix_gradient(*stream_, {{image}, 1, nullptr, values(0, chroma)}, image, sums_.data());
        expect_near(image, with_chroma(p, chroma), 1e-4);
        if (chroma == 0) {
            const Plain gray = down(image);
            for (size_t i = 0; i < p.pixels(); ++i) {
                ASSERT_EQ(gray.v[i], gray.v[i + p.pixels()]);
                ASSERT_EQ(gray.v[i], gray.v[i + 2 * p.pixels()]);
            }
        }
    }
}

TEST_P(Ascent, AscendStepsByTheMeanAndNeverClipsTheSource) {
    const Plain gradient = random(GetParam(), -1e-3F, 1e-3F);
    const Plain base = random(GetParam(), -60, 320), x = random(GetParam(), 0, 255);
    const Image g = up(gradient), b = up(base);
    Image image = up(x);
    ops_.absolute_sum(*stream_, g, sums_.data());
    constexpr float kStep = 20;
    ops_.ascend(*stream_, g, sums_.data(), values(kStep, 1), b, image);
    Plain want(x.size);
    for (size_t i = 0; i < x.v.size(); ++i) {
        want.v[i] = std::clamp(x.v[i] + kStep * gradient.v[i] / absolute_mean(gradient),
                               std::min(0.0, base.v[i]), std::max(255.0, base.v[i]));
    }
    expect_near(image, want, 1e-2);
    ops_.ascend(*stream_, g, sums_.data(), values(0, 1), b, image = up(base));
    expect_near(image, base, 0);
}

TEST_P(Ascent, AddScaledAndShow) {
    const Plain frame = random(GetParam(), -60, 320), residual = random(GetParam(), -90, 90);
    const Image f = up(frame), r = up(residual);
    Image dst = empty(frame.size);
    ops_.add_scaled(*stream_, f, -0.7F, r, dst);
    Plain want(frame.size);
    for (size_t i = 0; i < want.v.size(); ++i) want.v[i] = frame.v[i] - 0.7 * residual.v[i];
    expect_near(dst, want, 1e-3);
    ops_.composite(*stream_, f, r, 1.5F, dst);
    for (size_t i = 0; i < want.v.size(); ++i) {
        want.v[i] = std::clamp(frame.v[i] + 1.5 * residual.v[i], std::min(0.0, frame.v[i]),
                               std::max(255.0, frame.v[i]));
    }
    expect_near(dst, want, 1e-3);
    ops_.composite(*stream_, f, r, 0, dst);
    expect_near(dst, frame, 0);  // out of gamut too
}

TEST_P(Ascent, PlaceTileWrapsAndCutsItsMargin) {
    const Plain before = random(GetParam(), 0, 1);
    // No larger than the picture without its margins, because a pixel that is written twice is not
    // defined.
    constexpr int kMargin = 2;
    const Size inner{std::min(11, before.size.width), std::min(4, before.size.height)};
    const Plain tile = random({inner.width + 2 * kMargin, inner.height + 2 * kMargin}, 5, 9);
    for (const Size origin : {Size{0, 0}, Size{-5, 3}, Size{before.size.width - 3, -40}}) {
        Image dst = up(before);
        ops_.place_tile(*stream_, up(tile), kMargin, origin.width, origin.height, dst);
        Plain want = before;
        const auto modulo = [](int i, int n) { return ((i % n) + n) % n; };
        for (int c = 0; c < kColours; ++c) {
            for (int y = kMargin; y < tile.size.height - kMargin; ++y) {
                for (int x = kMargin; x < tile.size.width - kMargin; ++x) {
                    want.at(modulo(x + origin.width, before.size.width),
                            modulo(y + origin.height, before.size.height), c) =
                        tile.clamped(x, y, c);
                }
            }
        }
        expect_near(dst, want, 0);
    }
}

TEST_P(Ascent, MirrorsBeyondTheEdgesAndCutsThemOff) {
    const Plain p = random(GetParam(), 0, 255);
    for (const int margin : {0, 1, 5, 40}) {
        Plain want({p.size.width + 2 * margin, p.size.height + 2 * margin});
        // One pixel at a time, turning round at each edge.
        const auto walk = [](int steps, int n) {
            int at = 0, direction = steps < 0 ? -1 : 1;
            for (int i = 0; i < std::abs(steps); ++i) {
                if (at + direction < 0 || at + direction >= n) {
                    direction = -direction;  // the edge's own pixel comes twice
                } else {
                    at += direction;
                }
            }
            return at;
        };
        for (int c = 0; c < kColours; ++c) {
            for (int y = 0; y < want.size.height; ++y) {
                for (int x = 0; x < want.size.width; ++x)
                    want.at(x, y, c) = p.clamped(walk(x - margin, p.size.width),
                                                 walk(y - margin, p.size.height), c);
            }
        }
        Image larger(*device_, want.size.width, want.size.height, kColours);
        ops_.mirror(*stream_, up(p), margin, larger);
        expect_near(larger, want, 0);
        Image back(*device_, p.size.width, p.size.height, kColours);
        ops_.mirror(*stream_, larger, -margin, back);
        expect_near(back, p, 0);
    }
}

TEST_P(Ascent, MeasuresWhatItSays) {
    const Plain p = random(GetParam(), 0, 255);
    ops_.measure(*stream_, up(p), sums_.data());
    const std::vector<float> got = sums(4);
    double luma = 0, contrast = 0, saturation = 0, grain = 0;
    const auto each = [&](auto f) {
        for (int y = 0; y < p.size.height; ++y) {
            for (int x = 0; x < p.size.width; ++x) f(x, y);
        }
    };
    each([&](int x, int y) { luma += p.luma(x, y); });
    const auto n = static_cast<double>(p.pixels());
    each([&](int x, int y) {
        const double here = p.luma(x, y);
        contrast += std::abs(here - luma / n);
        for (int c = 0; c < kColours; ++c) saturation += std::abs(p.clamped(x, y, c) - here) / 3;
        grain += std::abs(
            here - (p.luma(x - 1, y) + p.luma(x + 1, y) + p.luma(x, y - 1) + p.luma(x, y + 1)) / 4);
    });
    EXPECT_NEAR(got[0], luma, 1e-3 * n);
    EXPECT_NEAR(got[1], contrast, 1e-3 * n);
    EXPECT_NEAR(got[2], saturation, 1e-3 * n);
    EXPECT_NEAR(got[3], grain, 1e-3 * n);
}

TEST_P(Ascent, BalanceMovesBrightnessContrastAndColour) {
    const Plain p = random(GetParam(), 0, 255);
    const Balancing how{120, 90, 0.7F, 1.4F};
    Image image = up(p);
    ops_.balance(*stream_, image, how, image);
    Plain want(p.size);
    for (int c = 0; c < kColours; ++c) {
        for (int y = 0; y < p.size.height; ++y) {
            for (int x = 0; x < p.size.width; ++x) {
                const double luma = p.luma(x, y);
                want.at(x, y, c) = std::clamp(
                    90 + 0.7 * (luma - 120) + 1.4 * (p.clamped(x, y, c) - luma), 0.0, 255.0);
            }
        }
    }
    expect_near(image, want, 2e-3);
}

}  // namespace
}  // namespace reverie::ascent_test
