// The mask that is painted by hand: its raster against plain loops in double, what a stroke adds, and
// that neither painting for long nor taking it back changes what is seen.
#include "src/dream/masks/brush.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "src/util/error.h"

namespace reverie::brush_test {
namespace {

constexpr int kWidth = 33, kHeight = 17;
constexpr double kAspect = double{kWidth} / kHeight;

class Hand {
  public:
    explicit Hand(unsigned seed) : random_(seed) {}
    float between(float low, float high) {
        return std::uniform_real_distribution<float>(low, high)(random_);
    }
    BrushStroke stroke(size_t points) {
        BrushStroke stroke;
        for (size_t i = 0; i < points; ++i)
            stroke.path.push_back({between(-0.1F, 1.1F), between(-0.1F, 1.1F)});
        stroke.radius = between(0.03F, 0.4F);
        stroke.softness = between(0, 1);
        stroke.erases = between(0, 1) < 0.4F;
        return stroke;
    }

  private:
    std::mt19937 random_;
};

/// The nearest of many points of each segment, in pixels.
double distance_to(const BrushStroke& stroke, double x, double y, int width, int height) {
    double nearest = std::numeric_limits<double>::max();
    constexpr int kSteps = 2000;
    for (size_t i = 0; i < stroke.path.size(); ++i) {
        const BrushPoint a = stroke.path[i > 0 ? i - 1 : 0], b = stroke.path[i];
        for (int k = 0; k <= kSteps; ++k) {
            const double t = double{1} * k / kSteps;
            const double px = (a.x + t * (double{b.x} - a.x)) * width;
            const double py = (a.y + t * (double{b.y} - a.y)) * height;
            nearest = std::min(nearest, std::hypot(x + 0.5 - px, y + 0.5 - py));
        }
    }
    return nearest;
}

std::vector<double> naive(const BrushMask& mask, int width, int height) {
    std::vector<double> values;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            double v = mask.filled ? 1 : 0;
            for (const BrushStroke& stroke : mask.strokes) {
                const double radius = double{stroke.radius} * height;
                const double d = distance_to(stroke, x, y, width, height);
                const double fade = std::max(double{stroke.softness} * radius, 1.0);
                const double t = std::clamp((radius - d) / fade, 0.0, 1.0);
                const double cover = t * t * (3 - 2 * t);
                v = stroke.erases ? std::min(v, 1 - cover) : std::max(v, cover);
            }
            values.push_back(v);
        }
    }
    return values;
}

TEST(Brush, ItsRasterIsThatOfPlainLoopsAtAnySize) {
    Hand hand(7);
    BrushMask mask{true, {}};
    for (const size_t points : {size_t{1}, size_t{4}, size_t{2}, size_t{3}, size_t{1}})
        mask.strokes.push_back(hand.stroke(points));
    mask.strokes[0].erases = true;
    const int sizes[][2] = {{kWidth, kHeight}, {7, 5}, {1, 1}, {5, 31}};
    for (const auto& [width, height] : sizes) {
        BrushRaster raster;
        const std::vector<float>& drawn = raster.draw(mask, width, height);
        const std::vector<double> expected = naive(mask, width, height);
        ASSERT_EQ(drawn.size(), expected.size());
        for (size_t i = 0; i < drawn.size(); ++i)
            EXPECT_NEAR(drawn[i], expected[i], 2e-3) << width << "x" << height << " at " << i;
    }
}

TEST(Brush, WhatGrowsIsDrawnAsIfItWereDrawnAtOnce) {
    Hand hand(3);
    BrushRaster growing;
    BrushMask mask;
    std::vector<BrushMask> before;
    for (int k = 0; k < 12; ++k) {
        before.push_back(mask);
        const bool goes_on = k % 3 != 0;
        BrushStroke stroke = hand.stroke(3);
        if (goes_on) {
            const BrushStroke& last = mask.strokes.back();
            stroke = {stroke.path, last.radius, last.softness, last.erases};
        } else {
            stroke.erases = k == 6;
        }
        mask = painted(std::move(mask), stroke, goes_on, kAspect);
        EXPECT_EQ(growing.draw(mask, kWidth, kHeight), BrushRaster().draw(mask, kWidth, kHeight));
    }
    EXPECT_EQ(mask.strokes.size(), 4U);
    // Back again, as undo goes, and at another size.
    for (; !before.empty(); before.pop_back())
        EXPECT_EQ(growing.draw(before.back(), kWidth, kHeight),
                  BrushRaster().draw(before.back(), kWidth, kHeight));
    EXPECT_EQ(growing.draw(mask, 7, 5), BrushRaster().draw(mask, 7, 5));
}

TEST(Brush, APaintedPlaceIsThatOfTheWholePicture) {
    const BrushMask mask = painted({}, {{{0.25F, 0.5F}}, 0.2F, 0.5F, false}, false, 1);
    BrushRaster raster;
    const std::vector<float>& drawn = raster.draw(mask, 201, 101);
    const auto at = [&](int x, int y) { return drawn[static_cast<size_t>(y) * 201 + x]; };
    EXPECT_EQ(at(50, 50), 1);
    EXPECT_EQ(at(50, 40), 1) << "in the core: half of the radius";
    EXPECT_GT(at(50, 35), 0.3F);
    EXPECT_LT(at(50, 35), 0.7F);
    EXPECT_EQ(at(50, 29), 0);
    EXPECT_EQ(at(29, 50), 0) << "round, whatever the picture's shape";
    EXPECT_GT(at(32, 50), 0);
    EXPECT_EQ(at(150, 50), 0);
}

TEST(Brush, ToPaintTwiceIsToPaintOnce) {
    const BrushStroke dot{{{0.5F, 0.5F}}, 0.1F, 0.5F, false};
    const BrushMask once = painted({}, dot, false, kAspect);
    EXPECT_EQ(painted(once, dot, false, kAspect), once);
    // A hand that rests, and one that trembles.
    EXPECT_EQ(painted(once, {{{0.502F, 0.5F}}, 0.1F, 0.5F, false}, true, kAspect), once);
    const BrushMask line = painted(once, {{{0.6F, 0.5F}}, 0.1F, 0.5F, false}, true, kAspect);
    ASSERT_EQ(line.strokes.size(), 1U);
    EXPECT_EQ(line.strokes[0].path.size(), 2U);
    EXPECT_EQ(painted(once, {{{0.6F, 0.5F}}, 0.2F, 0.5F, false}, true, kAspect).strokes.size(), 2U)
        << "another brush is another stroke";
    EXPECT_TRUE(painted({}, {{{0.6F, 0.5F}}, 0.2F, 0.5F, true}, false, kAspect).is_empty());
}

TEST(Brush, WhatIsOutOfRangeIsBroughtIntoIt) {
    const BrushMask mask = painted({}, {{{7, -9}}, 40, -3, false}, false, kAspect);
    EXPECT_TRUE(is_sound(mask.strokes.at(0)));
    EXPECT_THROW(painted({}, {{}, 0.1F, 0.5F, false}, false, kAspect), Error);
    EXPECT_THROW(painted({}, {{{NAN, 0}}, 0.1F, 0.5F, false}, false, kAspect), Error);
    EXPECT_FALSE(is_sound({{{0, 0}}, NAN, 0.5F, false}));
    EXPECT_FALSE(is_sound({{{0, 3e30F}}, 0.1F, 0.5F, false}));
    EXPECT_FALSE(is_sound({{}, 0.1F, 0.5F, false}));
}

/// As a week of painting goes: to and fro over the same picture.
TEST(Brush, PaintingForLongStaysBoundedAndIsSeenAsItWas) {
    Hand hand(11);
    BrushMask mask, all;
    size_t most = 0, painted_points = 0;
    for (int k = 0; k < 3000; ++k) {
        BrushStroke stroke{{}, hand.between(0.08F, 0.3F), 0.3F, k % 5 == 0};
        BrushPoint at{hand.between(0, 1), hand.between(0, 1)};
        for (int i = 0; i < 12; ++i) {
            stroke.path.push_back(at);
            const float way = hand.between(0, 6.28F);  // so far that no point is left out
            at = {at.x + 0.06F * std::cos(way), at.y + 0.06F * std::sin(way)};
        }
        painted_points += stroke.path.size();
        mask = painted(std::move(mask), stroke, false, kAspect);
        all.strokes.push_back(stroke);
        size_t points = 0;
        for (const BrushStroke& one : mask.strokes) points += one.path.size();
        most = std::max(most, points);
    }
    EXPECT_GT(painted_points, 8 * kMostBrushPoints);
    EXPECT_LE(most, kMostBrushPoints);
    EXPECT_EQ(BrushRaster().draw(mask, 61, 37), BrushRaster().draw(all, 61, 37));
    EXPECT_EQ(BrushRaster().draw(mask, 131, 73), BrushRaster().draw(all, 131, 73));
}

TEST(Brush, TooManySmallStrokesAreRefused) {
    BrushMask mask;
    const auto dot = [](int k) {
        return BrushStroke{{{static_cast<float>(k % 91) / 91, static_cast<float>(k / 91) / 91}},
                           0.006F,
                           0.5F,
                           false};
    };
    int k = 0;
    for (; k < static_cast<int>(kMostBrushPoints); ++k)
        mask = painted(std::move(mask), dot(k), false, kAspect);
    EXPECT_THROW(painted(mask, dot(k), false, kAspect), Error);
    // A large brush takes the place of all of them.
    mask = painted(std::move(mask), {{{0.5F, 0.5F}, {0.5F, 0.6F}}, 1, 0, false}, false, 1);
    EXPECT_LT(mask.strokes.size(), 10U);
}

TEST(Brush, AChangeLeadsFromOneMaskToTheNext) {
    Hand hand(5);
    std::vector<BrushMask> masks{{}, {true, {}}, {false, {hand.stroke(2)}}};
    masks.push_back(masks.back());
    masks.back().strokes[0].path.push_back({0.3F, 0.4F});
    masks.push_back(masks.back());
    masks.back().strokes.push_back(hand.stroke(5));
    masks.push_back(masks.back());
    masks.back().filled = true;
    for (const BrushMask& from : masks) {
        for (const BrushMask& to : masks) EXPECT_EQ(changed(from, change_between(from, to)), to);
    }
    const BrushChange grown = change_between(masks[3], masks[4]);
    EXPECT_EQ(grown.kept, 1U);
    EXPECT_EQ(grown.strokes.size(), 1U);
    EXPECT_THROW(changed({}, grown), Error);
    BrushChange damaged = grown;
    damaged.strokes[0].radius = 1e30F;
    EXPECT_THROW(changed(masks[3], damaged), Error);
}

}  // namespace
}  // namespace reverie::brush_test
