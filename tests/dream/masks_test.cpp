// Where a picture is dreamed: masks of frames, and dreams that keep to them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "src/dream/temporal_dream.h"
#include "src/util/error.h"
#include "tests/support/rig.h"

namespace reverie::masks_test {
namespace {

using test::mean_absolute;
using test::quick_params;
using test::random_picture;
using test::Rig;

constexpr int kWidth = 129, kHeight = 97;
constexpr size_t kPlane = size_t{kWidth} * kHeight;

Params params_of(const char* objective) {
    Params params = quick_params();
    params.objective = parse_objective(objective);
    return params;
}

/// Bright on the left, dark on the right, and something to dream on.
std::vector<float> half_bright(float left = 60) {
    std::vector<float> picture = random_picture(kWidth, kHeight, 3);
    for (size_t i = 0; i < picture.size(); ++i) {
        const bool bright = static_cast<float>(i % kWidth) < left;
        picture[i] = 0.3F * picture[i] + (bright ? 160.0F : 10.0F);
    }
    return picture;
}

class MasksTest : public testing::Test {
  protected:
    std::vector<float> down(Pixels<const float> plane) { return rig_.down(plane); }
    /// A mask of a name, 1 left of `edge`, 0 from there on.
    void left_of(FrameMasks& masks, const char* name, int edge) {
        std::vector<float> values(kPlane);
        for (size_t i = 0; i < kPlane; ++i) values[i] = static_cast<int>(i % kWidth) < edge ? 1 : 0;
        Image& mask = masks.make(name);
        mask.resize(rig_.device, kWidth, kHeight, 1);
        rig_.device.upload(*rig_.stream, mask.view().data, values.data(), kPlane * sizeof(float));
    }
    std::vector<float> dreamed(const Params& params, const FrameMasks* masks) {
        Dreamer dreamer(rig_.network, 0);
        const Image frame = rig_.up(random_picture(kWidth, kHeight, 7), kWidth, kHeight);
        const Image residual(rig_.device, kWidth, kHeight, 3);
        rig_.device.clear(*rig_.stream, residual.view().data, 3 * kPlane * sizeof(float));
        dreamer.dream(*rig_.stream, frame, params, 0, residual, {}, masks);
        return rig_.down(residual);
    }
    /// Mean |v| of the columns from `first` to before `last`.
    static double mean_of(const std::vector<float>& v, int first, int last) {
        double sum = 0, count = 0;
        for (size_t i = 0; i < v.size(); ++i) {
            const int x = static_cast<int>(i % kWidth);
            if (x < first || x >= last) continue;
            sum += std::abs(v[i]);
            count += 1;
        }
        return sum / count;
    }

    Rig rig_;
};

TEST_F(MasksTest, ADreamKeepsToItsMask) {
    FrameMasks masks;
    left_of(masks, "person", 70);
    const std::vector<float> everywhere = dreamed(params_of("inception_3b"), nullptr);
    const std::vector<float> left = dreamed(params_of("inception_3b@person"), &masks);
    EXPECT_EQ(mean_of(left, 70, kWidth), 0);
    // Inside it is as strong as a dream of everything.
    EXPECT_NEAR(mean_of(left, 0, 70) / mean_of(everywhere, 0, kWidth), 1, 0.15);
    // Octaves are resampled: their mask's edge is soft, and reaches a few pixels.
    Params octaves = params_of("inception_3b@person");
    octaves.octaves = 2;
    const std::vector<float> two = dreamed(octaves, &masks);
    EXPECT_LT(mean_of(two, 76, kWidth), 0.01 * mean_of(two, 0, 70));
    // A mask that nobody made is everywhere.
    EXPECT_EQ(dreamed(params_of("inception_3b@motion"), &masks), everywhere);
}

TEST_F(MasksTest, EachTermHasItsOwnMask) {
    FrameMasks masks;
    left_of(masks, "person", 65);
    left_of(masks, "room", 65);
    const Image& right = masks.make("room");
    rig_.device.ops().invert_mask(*rig_.stream, right, right);
    const std::vector<float> both =
        dreamed(params_of("inception_3b@person + inception_4c@room"), &masks);
    const std::vector<float> b = dreamed(params_of("inception_3b"), nullptr);
    const std::vector<float> c = dreamed(params_of("inception_4c"), nullptr);
    // Far from the edge a half looks like the dream of its own term, and not like the other's.
    const auto alike = [&](const std::vector<float>& x, const std::vector<float>& y, int first,
                           int last) {
        double xy = 0, xx = 0, yy = 0;
        for (size_t i = 0; i < x.size(); ++i) {
            const int column = static_cast<int>(i % kWidth);
            if (column < first || column >= last) continue;
            xy += double{x[i]} * y[i];
            xx += double{x[i]} * x[i];
            yy += double{y[i]} * y[i];
        }
        return xy / std::sqrt(xx * yy);
    };
    EXPECT_GT(alike(both, b, 0, 40), alike(both, c, 0, 40) + 0.2);
    EXPECT_GT(alike(both, c, 90, kWidth), alike(both, b, 90, kWidth) + 0.2);
    EXPECT_GT(mean_of(both, 0, 40), 0.2 * mean_absolute(b));
    EXPECT_GT(mean_of(both, 90, kWidth), 0.2 * mean_absolute(c));
}

TEST_F(MasksTest, CoverIsInProportionToWhatHasAShareOfTheWeight) {
    FrameMasks masks;
    left_of(masks, "person", 50);
    left_of(masks, "motion", 80);
    const auto cover = [&](const char* objective) {
        Image coverage;
        if (!masks.cover(rig_.device, *rig_.stream, parse_objective(objective), kWidth, kHeight,
                         coverage))
            return std::vector<float>();
        return rig_.down(coverage);
    };
    EXPECT_TRUE(cover("4c").empty());
    EXPECT_TRUE(cover("4c@dark").empty());
    const std::vector<float> faded = cover("0.9*4c@person - 0.1*3b@motion");
    const std::vector<float> mixed = cover("0.9*4c@person + 0.1*4d");
    for (size_t i = 0; i < kPlane; ++i) {
        const int x = static_cast<int>(i % kWidth);
        EXPECT_FLOAT_EQ(faded[i], x < 50 ? 1.0F : (x < 80 ? 0.1F / FrameMasks::kFullShare : 0.0F));
        EXPECT_FLOAT_EQ(mixed[i], x < 50 ? 1.0F : 0.1F / FrameMasks::kFullShare);
    }
}

TEST_F(MasksTest, WhatIsDarkIsUntouched) {
    TemporalDream dream(rig_.device);
    Dreamer dreamer(rig_.network, 0);
    const std::vector<float> picture = half_bright();
    const Image frame = rig_.up(picture, kWidth, kHeight);
    for (int k = 0; k < 3; ++k)
        dream.dream(*rig_.stream, dreamer, frame, 0.04 * k, params_of("inception_3b@bright"));
    std::vector<float> shown = rig_.down(dream.composite(*rig_.stream, 1));
    for (size_t i = 0; i < shown.size(); ++i) shown[i] -= picture[i];
    EXPECT_EQ(mean_of(shown, 75, kWidth), 0);
    EXPECT_GT(mean_of(shown, 0, 50), 1);
    // Where it is dark, and all of it once no term has a mask.
    dream.dream(*rig_.stream, dreamer, frame, 0.16, params_of("inception_3b@dark"));
    std::vector<float> right = rig_.down(dream.composite(*rig_.stream, 1));
    for (size_t i = 0; i < right.size(); ++i) right[i] -= picture[i];
    EXPECT_EQ(mean_of(right, 0, 45), 0);
    EXPECT_GT(mean_of(right, 75, kWidth), 0.5);
}

TEST_F(MasksTest, ALateDreamTakesItsMasksAlong) {
    const Params params = params_of("inception_3b@bright");
    Dreamer dreamer(rig_.network, 0);
    TemporalDream late(rig_.device, {FlowOptions::fast(), false, false});
    TemporalDream in_time(rig_.device);
    const Image frame = rig_.up(half_bright(), kWidth, kHeight);
    in_time.dream(*rig_.stream, dreamer, frame, 0, params);
    late.advance(*rig_.stream, frame, 0, params);
    DreamJob job;
    late.begin(*rig_.stream, params, push_for(params, late.since_dreamed()), job);
    dreamer.dream(*rig_.stream, job.frame, job.params, job.index, job.residual, job.portion,
                  &job.masks);
    ASSERT_TRUE(late.finish(*rig_.stream, job));
    EXPECT_EQ(rig_.down(late.composite(*rig_.stream, 1)),
              rig_.down(in_time.composite(*rig_.stream, 1)));
}

/// A square that moves over a picture that stands still.
std::vector<float> with_square(std::vector<float> picture, int left) {
    for (size_t c = 0; c < 3; ++c) {
        for (int y = 30; y < 60; ++y) {
            for (int x = left; x < left + 30; ++x)
                picture[c * kPlane + static_cast<size_t>(y) * kWidth + x] =
                    static_cast<float>(((x - left) * 13 + y * 29 + static_cast<int>(c) * 40) % 200);
        }
    }
    return picture;
}

TEST_F(MasksTest, WhatMovesIsFoundWhereItIs) {
    MaskMaker maker(rig_.device);
    Motion motion(rig_.device);
    const std::vector<float> room = random_picture(kWidth, kHeight, 9);
    const Objective objective = parse_objective("3b@motion + 4c@1-motion");
    EXPECT_TRUE(MaskMaker::needs_motion(objective));
    EXPECT_FALSE(MaskMaker::needs_motion(parse_objective("3b@bright + 4c")));
    for (int k = 0; k < 8; ++k) {
        const Image frame = rig_.up(with_square(room, 20 + 2 * k), kWidth, kHeight);
        motion.update(*rig_.stream, frame);
        maker.make(*rig_.stream, frame, motion.flow_backward(), k > 0 ? 0.04 : 0, objective);
    }
    const std::vector<Pixels<const float>> masks = maker.masks().of(objective);
    const std::vector<float> moving = down(masks[0]), still = down(masks[1]);
    double inside = 0, outside = 0;
    for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
            const size_t i = static_cast<size_t>(y) * kWidth + x;
            EXPECT_NEAR(moving[i] + still[i], 1, 1e-5);
            if (x >= 38 && x < 60 && y >= 34 && y < 56) inside += moving[i] / (22.0 * 22);
            if (x >= 90 || y >= 80) outside = std::max(outside, double{moving[i]});
        }
    }
    EXPECT_GT(inside, 0.9);
    EXPECT_LT(outside, 0.05);
    // What nobody has asked for during some seconds is made no more.
    const Image frame = rig_.up(room, kWidth, kHeight);
    for (int k = 0; k < 7; ++k)
        maker.make(*rig_.stream, frame, {}, 1, parse_objective("3b@bright"));
    EXPECT_FALSE(maker.masks().has("motion"));
    EXPECT_TRUE(maker.masks().has("bright"));
    EXPECT_THROW(maker.make(*rig_.stream, frame, {}, 1, parse_objective("3b@no.png")), Error);
}

TEST_F(MasksTest, WhatIsPaintedStaysInItsPlace) {
    MaskMaker maker(rig_.device);
    const Objective objective = parse_objective("3b@brush + 4c@1-brush");
    EXPECT_FALSE(MaskMaker::needs_motion(objective));
    const Image frame = rig_.up(random_picture(kWidth, kHeight, 9), kWidth, kHeight);
    EXPECT_THROW(maker.make(*rig_.stream, frame, {}, 0, objective), Error) << "there is no hand";
    // All of it moves by nine pixels, the brush alone does not.
    const Image flow(rig_.device, kWidth, kHeight, 2);
    rig_.device.ops().affine_flow(*rig_.stream, {1, 0, {}, {9, 3}}, flow);
    BrushMask mask;
    for (int k = 0; k < 4; ++k) {
        const float x = 0.2F + 0.2F * static_cast<float>(k);
        mask = painted(std::move(mask), {{{x, 0.4F}}, 0.15F, 0.5F, k == 2}, false,
                       double{kWidth} / kHeight);
        maker.paint(std::make_shared<const BrushMask>(mask));
        maker.make(*rig_.stream, frame, flow, k > 0 ? 0.04 : 0, objective);
        const std::vector<Pixels<const float>> masks = maker.masks().of(objective);
        const std::vector<float> inside = down(masks[0]), outside = down(masks[1]);
        EXPECT_EQ(inside, BrushRaster().draw(mask, kWidth, kHeight)) << k;
        for (size_t i = 0; i < kPlane; ++i) EXPECT_FLOAT_EQ(outside[i], 1 - inside[i]);
    }
}

TEST_F(MasksTest, OnlyWhatIsPaintedIsDreamed) {
    TemporalDream dream(rig_.device);
    Dreamer dreamer(rig_.network, 0);
    const std::vector<float> picture = random_picture(kWidth, kHeight, 4);
    const Image frame = rig_.up(picture, kWidth, kHeight);
    const Params params = params_of("inception_3b@brush");
    const auto dreamed_into = [&](double time_s) {
        dream.dream(*rig_.stream, dreamer, frame, time_s, params);
        std::vector<float> shown = rig_.down(dream.composite(*rig_.stream, 1));
        for (size_t i = 0; i < shown.size(); ++i) shown[i] -= picture[i];
        return shown;
    };
    dream.paint(std::make_shared<const BrushMask>());
    EXPECT_EQ(mean_absolute(dreamed_into(0)), 0) << "nothing is painted yet";
    const BrushMask left = painted({}, {{{0, 0}, {0, 1}}, 0.6F, 0.3F, false}, false, 1);
    dream.paint(std::make_shared<const BrushMask>(left));
    const std::vector<float> seen = dreamed_into(0.04);
    EXPECT_GT(mean_of(seen, 0, 40), 0.5);
    EXPECT_EQ(mean_of(seen, 60, kWidth), 0);
}

}  // namespace
}  // namespace reverie::masks_test
