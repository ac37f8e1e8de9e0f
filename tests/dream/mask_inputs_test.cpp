// Masks of what comes beside a frame: its alpha, a second picture.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "src/dream/temporal_dream.h"
#include "tests/support/rig.h"

namespace reverie::mask_inputs_test {
namespace {

using test::quick_params;
using test::random_picture;
using test::Rig;

constexpr int kWidth = 33, kHeight = 17;
constexpr size_t kPlane = size_t{kWidth} * kHeight;

/// Opaque and transparent, with a soft edge and steep ones.
std::vector<float> alpha_of(int width, int height) {
    std::vector<float> plane(static_cast<size_t>(width) * height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const bool bar = x * 5 / width == 1;
            const float soft =
                std::clamp(255.0F * (4.0F * static_cast<float>(x) / width - 2), 0.0F, 255.0F);
            plane[static_cast<size_t>(y) * width + x] = bar ? 255 : std::round(soft);
        }
    }
    return plane;
}

/// The same in each of three channels, as a frame's alpha comes.
std::vector<float> three_of(const std::vector<float>& plane) {
    std::vector<float> all;
    for (int c = 0; c < 3; ++c) all.insert(all.end(), plane.begin(), plane.end());
    return all;
}

double keys(double t) {
    t = std::abs(t);
    if (t < 1) return 1.5 * t * t * t - 2.5 * t * t + 1;
    return t < 2 ? -0.5 * t * t * t + 2.5 * t * t - 4 * t + 2 : 0;
}

/// One axis of Keys' cubic resampling, wider where it shrinks; edges are repeated.
std::vector<double> resampled(const std::vector<double>& line, int to) {
    const int from = static_cast<int>(line.size());
    const double ratio = static_cast<double>(from) / to, wide = std::max(ratio, 1.0);
    std::vector<double> result(static_cast<size_t>(to));
    for (int i = 0; i < to; ++i) {
        const double centre = (i + 0.5) * ratio - 0.5;
        double sum = 0, weights = 0;
        for (int k = static_cast<int>(std::floor(centre - 2 * wide));
             k <= static_cast<int>(std::ceil(centre + 2 * wide)); ++k) {
            const double weight = keys((k - centre) / wide);
            sum += weight * line[static_cast<size_t>(std::clamp(k, 0, from - 1))];
            weights += weight;
        }
        result[static_cast<size_t>(i)] = sum / weights;
    }
    return result;
}

/// At kWidth × kHeight, clamped to 0 … 1.
std::vector<double> fitted(const std::vector<double>& plane, int width, int height) {
    std::vector<std::vector<double>> rows;
    for (int y = 0; y < height; ++y) {
        const auto row = plane.begin() + static_cast<ptrdiff_t>(y) * width;
        rows.push_back(resampled({row, row + width}, kWidth));
    }
    std::vector<double> result(kPlane);
    for (int x = 0; x < kWidth; ++x) {
        std::vector<double> column;
        for (const std::vector<double>& row : rows) column.push_back(row[static_cast<size_t>(x)]);
        column = resampled(column, kHeight);
        for (int y = 0; y < kHeight; ++y)
            result[static_cast<size_t>(y) * kWidth + x] =
                std::clamp(column[static_cast<size_t>(y)], 0.0, 1.0);
    }
    return result;
}

class MaskInputsTest : public testing::Test {
  protected:
    std::vector<std::vector<float>> masks(MaskMaker& maker, const MaskInputs& inputs,
                                          const char* objective) {
        const Image frame = rig_.up(random_picture(kWidth, kHeight, 3), kWidth, kHeight);
        const Objective parsed = parse_objective(objective);
        maker.set_inputs(inputs);
        maker.make(*rig_.stream, frame, {}, 0.04, parsed);
        std::vector<std::vector<float>> all;
        for (const Pixels<const float>& mask : maker.masks().of(parsed))
            all.push_back(rig_.down(mask));
        return all;
    }

    Rig rig_;
};

TEST_F(MaskInputsTest, AlphaIsAMaskToTheBitWhereItIsNothingOrAll) {
    MaskMaker maker(rig_.device);
    const std::vector<float> plane = alpha_of(kWidth, kHeight);
    const Image alpha = rig_.up(three_of(plane), kWidth, kHeight);
    const auto got = masks(maker, {alpha, {}}, "4c@alpha + 3b@1-alpha");
    for (size_t i = 0; i < kPlane; ++i) {
        EXPECT_NEAR(got[0][i], double{plane[i]} / 255, 1e-6);
        EXPECT_NEAR(got[0][i] + got[1][i], 1, 1e-6);
        if (plane[i] == 0) {
            EXPECT_EQ(got[0][i], 0);
        }
        if (plane[i] == 255) {
            EXPECT_EQ(got[0][i], 1);
        }
    }
    // It follows its frame at once, and is everywhere where the frame has none.
    const auto opaque = masks(maker, {}, "4c@alpha + 3b@1-alpha");
    for (size_t i = 0; i < kPlane; ++i) {
        EXPECT_EQ(opaque[0][i], 1);
        EXPECT_EQ(opaque[1][i], 0);
    }
}

TEST_F(MaskInputsTest, AnotherSizeIsFittedWithoutOvershoot) {
    for (const auto& [width, height] : {std::pair{77, 41}, std::pair{15, 9}, std::pair{33, 51}}) {
        MaskMaker maker(rig_.device);
        const std::vector<float> plane = alpha_of(width, height);
        const Image alpha = rig_.up(three_of(plane), width, height);
        const auto got = masks(maker, {alpha, {}}, "4c@alpha");
        std::vector<double> want(plane.begin(), plane.end());
        for (double& v : want) v /= 255;
        want = fitted(want, width, height);
        for (size_t i = 0; i < kPlane; ++i) EXPECT_NEAR(got[0][i], want[i], 2e-5) << width;
    }
}

TEST_F(MaskInputsTest, TheBrightnessOfASecondPictureIsAMask) {
    MaskMaker maker(rig_.device);
    for (const auto& [width, height] : {std::pair{kWidth, kHeight}, std::pair{51, 29}}) {
        const std::vector<float> rgb = random_picture(width, height, 11);
        const Image second = rig_.up(rgb, width, height);
        const auto got = masks(maker, {{}, second}, "4c@second + 3b@1-second");
        const size_t plane = static_cast<size_t>(width) * height;
        std::vector<double> want;
        for (size_t i = 0; i < plane; ++i)
            want.push_back((0.299 * rgb[i] + 0.587 * rgb[i + plane] + 0.114 * rgb[i + 2 * plane]) /
                           255);
        want = fitted(want, width, height);
        for (size_t i = 0; i < kPlane; ++i) {
            EXPECT_NEAR(got[0][i], want[i], 2e-5);
            EXPECT_NEAR(got[1][i], 1 - want[i], 2e-5);
        }
    }
    // Before it has shown anything, it is black.
    const auto black = masks(maker, {}, "4c@second");
    for (const float v : black[0]) EXPECT_EQ(v, 0);
}

/// A late dream keeps the alpha of the frame that it was begun on, whatever the frames since have.
TEST_F(MaskInputsTest, ALateDreamKeepsTheAlphaThatItWasBegunWith) {
    Params params = quick_params();
    params.objective = parse_objective("inception_3b@alpha");
    params.flow = false;
    const Image frame = rig_.up(random_picture(kWidth, kHeight, 5), kWidth, kHeight);
    const Image alpha = rig_.up(three_of(alpha_of(kWidth, kHeight)), kWidth, kHeight);
    const Image none = rig_.up(std::vector<float>(3 * kPlane, 0.0F), kWidth, kHeight);
    TemporalDream late(rig_.device, {FlowOptions::fast(), false, false});
    late.set_mask_inputs({alpha, {}});
    late.advance(*rig_.stream, frame, 0, params);
    DreamJob job;
    late.begin(*rig_.stream, params, push_for(params, late.since_dreamed()), job);
    late.set_mask_inputs({none, {}});
    late.advance(*rig_.stream, frame, 0.04, params);
    Dreamer dreamer(rig_.network, 0);
    dreamer.dream(*rig_.stream, job.frame, job.params, job.index, job.residual, job.portion,
                  &job.masks);
    const std::vector<float> plane = alpha_of(kWidth, kHeight);
    const std::vector<float> dreamed = rig_.down(job.residual);
    double inside = 0;
    for (size_t i = 0; i < dreamed.size(); ++i) {
        if (plane[i % kPlane] == 0) {
            EXPECT_EQ(dreamed[i], 0);
        }
        if (plane[i % kPlane] == 255) inside += std::abs(dreamed[i]);
    }
    EXPECT_GT(inside, 0);
    // It is shown nowhere while the frame is transparent.
    ASSERT_TRUE(late.finish(*rig_.stream, job));
    EXPECT_EQ(rig_.down(late.composite(*rig_.stream, 1)), rig_.down(frame));
}

}  // namespace
}  // namespace reverie::mask_inputs_test
