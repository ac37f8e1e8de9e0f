// Endless feedback and its parts: homeostasis, habituation, unrest; and minutes of feedback at a
// small size.
#include "src/dream/feedback.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/rig.h"

namespace reverie::feedback_test {
namespace {

using test::mean_absolute;
using test::mean_distance;
using test::quick_params;
using test::random_picture;
using test::Rig;

constexpr int kWidth = 96, kHeight = 64;

struct Statistics {
    double luma = 0, contrast = 0, grain = 0;
};

/// By plain loops.
Statistics statistics(const std::vector<float>& v, int width, int height) {
    const auto plane = static_cast<size_t>(width) * height;
    const auto luma = [&](int x, int y) {
        const size_t i =
            static_cast<size_t>(std::clamp(y, 0, height - 1)) * width + std::clamp(x, 0, width - 1);
        return 0.2126 * v[i] + 0.7152 * v[i + plane] + 0.0722 * v[i + 2 * plane];
    };
    Statistics s;
    const auto n = static_cast<double>(plane);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) s.luma += luma(x, y) / n;
    }
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            s.contrast += std::abs(luma(x, y) - s.luma) / n;
            s.grain +=
                std::abs(luma(x, y) -
                         (luma(x - 1, y) + luma(x + 1, y) + luma(x, y - 1) + luma(x, y + 1)) / 4) /
                n;
        }
    }
    return s;
}

TEST(Homeostasis, LeadsALookBack) {
    Rig rig;
    const std::vector<float> first = random_picture(kWidth, kHeight, 1);
    const Statistics target = statistics(first, kWidth, kHeight);
    Homeostasis homeostasis(rig.device);
    homeostasis.begin(*rig.stream, rig.up(first, kWidth, kHeight));
    EXPECT_NEAR(homeostasis.statistics().luma, target.luma, 0.01);
    EXPECT_NEAR(homeostasis.statistics().contrast, target.contrast, 0.01);
    EXPECT_NEAR(homeostasis.statistics().grain, target.grain, 0.01);

    std::vector<float> faded = first;  // darker, flat, and green
    const size_t plane = faded.size() / 3;
    for (size_t i = 0; i < faded.size(); ++i)
        faded[i] = 40 + 0.3F * faded[i] + (i / plane == 1 ? 35.0F : 0.0F);
    Image picture = rig.up(faded, kWidth, kHeight);
    Image scratch = rig.up(faded, kWidth, kHeight), blurred = rig.up(faded, kWidth, kHeight);
    for (int k = 0; k < 100; ++k) {
        homeostasis.observe(*rig.stream, picture);
        homeostasis.hold(*rig.stream, 0.04, 1, picture, scratch, blurred);
    }
    const Statistics held = statistics(rig.down(picture), kWidth, kHeight);
    EXPECT_NEAR(held.luma / target.luma, 1, 0.02);
    EXPECT_NEAR(held.contrast / std::max(target.contrast, 36.0), 1, 0.25);  // never flat
    homeostasis.observe(*rig.stream, picture);
    homeostasis.hold(*rig.stream, 0.04, 0, picture, scratch, blurred);
    for (const float cast : homeostasis.statistics().cast) EXPECT_LT(std::abs(cast), 25);
}

TEST(Homeostasis, WithoutFirmnessChangesNothingButWhatCannotBeShown) {
    Rig rig;
    const std::vector<float> first = random_picture(kWidth, kHeight, 1),
                             other = random_picture(kWidth, kHeight, 2);
    Homeostasis homeostasis(rig.device);
    homeostasis.begin(*rig.stream, rig.up(first, kWidth, kHeight));
    Image picture = rig.up(other, kWidth, kHeight);
    Image scratch = rig.up(other, kWidth, kHeight), blurred = rig.up(other, kWidth, kHeight);
    homeostasis.observe(*rig.stream, picture);
    homeostasis.hold(*rig.stream, 1, 0, picture, scratch, blurred);
    const std::vector<float> got = rig.down(picture);
    for (size_t i = 0; i < got.size(); ++i)
        ASSERT_NEAR(got[i], std::clamp(other[i], 0.0F, 255.0F), 1e-3);
}

TEST(Habituation, TiresOfTheLoudAndRecovers) {
    Rig rig;
    const Params params = quick_params();
    Habituation habituation(rig.network);
    const Image picture = rig.up(random_picture(kWidth, kHeight, 1), kWidth, kHeight);
    EXPECT_EQ(habituation.tired(params.objective, 1), params.objective);
    for (int k = 0; k < 25; ++k) habituation.observe(*rig.stream, 0.5, params, picture);
    const Objective tired = habituation.tired(params.objective, 1);
    ASSERT_GT(tired.terms.size(), 1U);
    EXPECT_EQ(tired.terms.front(), params.objective.terms.front());
    EXPECT_EQ(habituation.tired(params.objective, 0), params.objective);
    for (size_t i = 1; i < tired.terms.size(); ++i) {
        EXPECT_EQ(tired.terms[i].layer, "inception_3b");
        EXPECT_GE(tired.terms[i].channel, 0);
        EXPECT_LT(tired.terms[i].weight, 0);
    }
    // The channels that fatigue are those that respond most.
    const auto least =
        std::min_element(tired.terms.begin() + 1, tired.terms.end(),
                         [](const Term& a, const Term& b) { return a.weight < b.weight; });
    Params loud = params;
    loud.objective = parse_objective("inception_3b:" + std::to_string(least->channel));
    EXPECT_EQ(habituation.tired(loud.objective, 1), loud.objective)
        << "a channel that was asked for";
    habituation.reset();
    EXPECT_EQ(habituation.tired(params.objective, 1), params.objective);
}

TEST(Unrest, GrowsWhereNothingChangesAndEnds) {
    Rig rig;
    const Image still = rig.up(random_picture(kWidth, kHeight, 1), kWidth, kHeight);
    const Image other = rig.up(random_picture(kWidth, kHeight, 2), kWidth, kHeight);
    Unrest unrest(rig.device);
    unrest.begin(*rig.stream, still);
    const auto run = [&](int frames, bool changing) {
        for (int k = 0; k < frames; ++k) {
            unrest.observe(*rig.stream, 0.1, changing && k % 20 < 10 ? other : still);
            unrest.weigh(*rig.stream, 0.1, 40);
        }
    };
    run(150, false);
    EXPECT_GT(unrest.restlessness(), 0.9F);
    unrest.turn(*rig.stream, 1.7, 3, kWidth, kHeight);
    Image flow(rig.device, kWidth, kHeight, 2);
    rig.device.clear(*rig.stream, flow.view().data, flow.view().size() * sizeof(float));
    unrest.stir_flow(*rig.stream, 0.1, 1, flow);
    std::vector<float> currents(flow.view().size());
    rig.device.download(*rig.stream, currents.data(), flow.view().data,
                        currents.size() * sizeof(float));
    EXPECT_GT(mean_absolute(currents), 0.01);
    EXPECT_LT(*std::max_element(currents.begin(), currents.end()), 2);  // gentle
    run(300, true);
    EXPECT_LT(unrest.restlessness(), 0.1F);
}

class FeedbackTest : public testing::Test {
  protected:
    Params endless() const {
        Params params;
        params.objective = parse_objective("inception_4a");
        params.octaves = 1;
        params.homeostasis = 1;
        return params;
    }
    Feedback make() { return {rig_.device, rig_.network, 0}; }

    Rig rig_;
    Image beginning_ = rig_.up(random_picture(kWidth, kHeight, 1), kWidth, kHeight);
};

TEST_F(FeedbackTest, WithoutHomeostasisItDreamsOnAndOn) {
    Params params = quick_params();
    Feedback feedback = make();
    Dreamer dreamer(rig_.network, 0);
    std::vector<float> canvas = random_picture(kWidth, kHeight, 1);
    for (uint32_t k = 0; k < 4; ++k) {
        const Image frame = rig_.up(canvas, kWidth, kHeight);
        Image residual = rig_.up(std::vector<float>(canvas.size()), kWidth, kHeight);
        dreamer.dream(*rig_.stream, frame, params, k, residual);
        const std::vector<float> added = rig_.down(residual);
        for (size_t i = 0; i < canvas.size(); ++i) canvas[i] += added[i];
        const std::vector<float> got =
            rig_.down(feedback.next(*rig_.stream, beginning_, k / 25.0, params));
        EXPECT_LT(mean_distance(got, canvas), 0.05) << k;
        canvas = got;
    }
}

TEST_F(FeedbackTest, SameSeedSameBytes) {
    Params params = endless();
    params.zoom = 1.2F;
    const auto run = [&] {
        Feedback feedback = make();
        std::vector<float> last;
        for (int k = 0; k < 16; ++k)
            last = rig_.down(feedback.next(*rig_.stream, beginning_, k / 12.0, params));
        return last;
    };
    const std::vector<float> once = run();
    EXPECT_EQ(run(), once);
    params.seed = 1;
    EXPECT_NE(run(), once);
}

TEST_F(FeedbackTest, BeginsAnewWhereTheSizeChangesOrTimeGoesBack) {
    const Params params = endless();
    Feedback feedback = make();
    const std::vector<float> first = rig_.down(feedback.next(*rig_.stream, beginning_, 0, params));
    EXPECT_NE(rig_.down(feedback.next(*rig_.stream, beginning_, 0.1, params)), first);
    EXPECT_EQ(rig_.down(feedback.next(*rig_.stream, beginning_, 0.05, params)), first);
    feedback.next(*rig_.stream, rig_.up(random_picture(48, 40, 1), 48, 40), 0.2, params);
    EXPECT_EQ(rig_.down(feedback.next(*rig_.stream, beginning_, 0.3, params)), first);
}

TEST_F(FeedbackTest, AllocatesNothingInASteadyFrame) {
    Params params = endless();
    params.zoom = 0.9F;
    Feedback feedback = make();
    int k = 0;
    for (; k < 12; ++k) feedback.next(*rig_.stream, beginning_, k / 10.0, params);
    const int before = rig_.device.allocations;
    for (; k < 24; ++k) feedback.next(*rig_.stream, beginning_, k / 10.0, params);
    EXPECT_EQ(rig_.device.allocations, before);
}

TEST_F(FeedbackTest, LooksAlikeAtAnyFrameRate) {
    const Params params = endless();
    double change[2] = {};
    for (const int which : {0, 1}) {
        Feedback feedback = make();
        const int fps = which == 0 ? 10 : 30;
        std::vector<float> last;
        for (int k = 0; k <= fps; ++k)
            last = rig_.down(
                feedback.next(*rig_.stream, beginning_, static_cast<double>(k) / fps, params));
        change[which] = mean_distance(last, random_picture(kWidth, kHeight, 1));
    }
    EXPECT_NEAR(change[0] / change[1], 1, 0.2);
}

/// By plain loops: mean |second difference| of R + G + B across a line through the middle, at
/// `from` … `to` pixels from that line, and from 3 pixels to a third of the height from the middle.
double across_line(const std::vector<float>& v, bool vertical, double from, double to) {
    constexpr size_t kPlane = static_cast<size_t>(kWidth) * kHeight;
    double sum = 0, n = 0;
    for (int y = 1; y < kHeight - 1; ++y) {
        for (int x = 1; x < kWidth - 1; ++x) {
            const double dx = std::abs(x - 0.5 * (kWidth - 1)),
                         dy = std::abs(y - 0.5 * (kHeight - 1));
            const double beside = vertical ? dx : dy, along = vertical ? dy : dx;
            if (beside < from || beside > to || along < 3 || along > kHeight / 3.0) continue;
            const size_t i = static_cast<size_t>(y) * kWidth + x, next = vertical ? 1 : kWidth;
            double second = 0;
            for (size_t k = i; k < v.size(); k += kPlane)
                second += v[k - next] - 2 * v[k] + v[k + next];
            sum += std::abs(second);
            ++n;
        }
    }
    return sum / n;
}

/// Homeostasis sharpens what the motion blurs. Where the motion blurs nothing, detail grows: with
/// Catmull-Rom, to 4 to 10 times that of the surroundings.
TEST_F(FeedbackTest, DrawsNoCrossThroughTheMiddleOfAMotion) {
    std::mt19937 random(5);
    std::uniform_real_distribution<float> level(0, 255);
    std::vector<float> grain(3 * kWidth * kHeight);
    for (float& g : grain) g = level(random);
    const Image beginning = rig_.up(grain, kWidth, kHeight);
    for (const auto& [zoom, rotation] :
         {std::pair{1.3F, 4.0F}, {1.15F, 0.0F}, {1.0F, 20.0F}, {0.8F, 0.0F}}) {
        Params params = endless();
        params.iterations = 0;
        params.zoom = zoom;
        params.rotation = rotation;
        Feedback feedback = make();
        double on[2] = {}, beside[2] = {};
        for (int k = 0; k < 400; ++k) {
            const std::vector<float> now =
                rig_.down(feedback.next(*rig_.stream, beginning, k / 25.0, params));
            if (k < 100) continue;
            for (const int vertical : {0, 1}) {
                on[vertical] += across_line(now, vertical, 0, 1.5);
                beside[vertical] += across_line(now, vertical, 6, 14);
            }
        }
        for (const int vertical : {0, 1})
            EXPECT_LT(on[vertical], 1.5 * beside[vertical])
                << "zoom " << zoom << ", rotation " << rotation << ", line " << vertical;
    }
}

/// A minute at a small size, and shorter runs with several motions: brightness stays, nothing
/// freezes, and the picture is neither uniform nor noise.
class Endless : public FeedbackTest {
  protected:
    void live(const Params& params, int seconds) {
        constexpr int kFps = 3;
        Feedback feedback = make();
        std::vector<float> last_second;
        double first_luma = 0, least_change = 1e9;
        for (int k = 0; k < kFps * seconds; ++k) {
            const std::vector<float> now = rig_.down(
                feedback.next(*rig_.stream, beginning_, static_cast<double>(k) / kFps, params));
            const Statistics s = statistics(now, kWidth, kHeight);
            if (k == 0) first_luma = s.luma;
            ASSERT_NEAR(s.luma / first_luma, 1, 0.1) << "frame " << k;
            if (k < 2 * kFps) continue;
            EXPECT_GT(s.contrast, 20) << "frame " << k;
            EXPECT_LT(s.grain, 0.5 * s.contrast) << "frame " << k;
            if (k % kFps != 0) continue;
            if (!last_second.empty())
                least_change = std::min(least_change, mean_distance(now, last_second));
            last_second = now;
        }
        EXPECT_GT(least_change, 2);
    }
};

TEST_F(Endless, StaysAliveInPlaceForAMinute) { live(endless(), 60); }

TEST_F(Endless, StaysAliveFallingIn) {
    Params params = endless();
    params.zoom = 1.4F;
    params.rotation = 10;
    live(params, 12);
}

TEST_F(Endless, StaysAliveMovingOut) {
    Params params = endless();
    params.zoom = 0.7F;
    params.pan_x = 0.1F;
    live(params, 12);
}

TEST_F(Endless, StaysAliveWithChannelsAndEdges) {
    Params params = endless();
    params.objective = parse_objective("inception_4a:20 + conv2");
    live(params, 12);
}

}  // namespace
}  // namespace reverie::feedback_test
