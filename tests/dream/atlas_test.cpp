// What an atlas is painted with: views against their transposes, a picture that climbs, and channels
// that are excited by what was painted for them.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "src/dream/atlas/affine_view.h"
#include "src/dream/atlas/feature_visualiser.h"
#include "src/net/execution_plan.h"
#include "tests/support/rig.h"

namespace reverie {
namespace {

using test::Rig;

std::vector<float> noise(size_t count, uint32_t seed) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(count);
    for (float& v : values) v = normal(generator);
    return values;
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

TEST(AffineView, ThePlainOneShowsThePicture) {
    constexpr int kSide = 13;
    const std::vector<float> picture = noise(size_t{3} * kSide * kSide, 1);
    std::vector<float> seen;
    look(picture, kSide, {}, 7, seen);
    for (int y = 0; y + 1 < kSide; ++y) {
        for (int x = 0; x + 1 < kSide; ++x)
            EXPECT_FLOAT_EQ(seen[y * kSide + x], picture[y * kSide + x]);
    }
    look(picture, kSide, {0, 1, 2, -3}, 7, seen);
    EXPECT_FLOAT_EQ(seen[4 * kSide + 5], picture[7 * kSide + 3]);
    EXPECT_EQ(seen[4 * kSide + 1], 7);
}

TEST(AffineView, TheWayBackIsTheTranspose) {
    constexpr int kSide = 21;
    const std::vector<float> picture = noise(size_t{3} * kSide * kSide, 2);
    const std::vector<float> gradient = noise(picture.size(), 3);
    for (uint32_t step = 0; step < 20; ++step) {
        const AffineView view = random_view(5, step);
        std::vector<float> seen, back;
        look(picture, kSide, view, 0, seen);
        look_back(gradient, kSide, view, back);
        EXPECT_NEAR(dot(seen, gradient), dot(picture, back), 1e-3) << step;
    }
}

TEST(PyramidPicture, ClimbsAlongAGradient) {
    for (const int side : {8, 33, 50}) {
        PyramidPicture picture(side);
        picture.start(3, 0.3F);
        const std::vector<float> gradient = noise(picture.rgb().size(), 4);
        double before = dot(picture.rgb(), gradient);
        for (int step = 0; step < 8; ++step) {
            picture.ascend(gradient, 0.05F);
            const double after = dot(picture.rgb(), gradient);
            EXPECT_GT(after, before) << side << ", " << step;
            before = after;
        }
        for (const float v : picture.rgb()) ASSERT_TRUE(v >= 0 && v <= 255);
    }
}

TEST(PyramidPicture, StartsWithTheNoiseOfItsSeed) {
    PyramidPicture a(19), b(19);
    a.start(1, 0.2F);
    b.start(2, 0.2F);
    EXPECT_NE(a.rgb(), b.rgb());
    b.ascend(noise(b.rgb().size(), 5), 0.1F);
    b.start(1, 0.2F);
    EXPECT_EQ(a.rgb(), b.rgb());
    b.start(1, 0);
    for (const float v : b.rgb()) EXPECT_EQ(v, 127.5F);
}

/// The mean of each channel of a layer on a tile of an atlas.
std::vector<double> means_on(Rig& rig, const LayerInfo& layer, const FeaturePicture& tile) {
    constexpr int kSide = FeaturePicture::kSide;
    std::vector<float> rgb(tile.rgb.size());
    for (size_t i = 0; i < rgb.size(); ++i) rgb[i % 3 * kSide * kSide + i / 3] = tile.rgb[i];
    const Image picture = rig.up(rgb, kSide, kSide);
    ExecutionPlan& plan = rig.network.plan(kSide, kSide, {{layer.node, -1, 1}});
    plan.forward(*rig.stream, picture);
    const std::vector<float> values = plan.activations(*rig.stream, layer.node);
    std::vector<double> means(layer.channels);
    const size_t places = values.size() / means.size();
    for (size_t i = 0; i < values.size(); ++i)
        means[i / places] += values[i] / static_cast<double>(places);
    return means;
}

TEST(FeatureVisualiser, AChannelSeesItsOwnPictureBest) {
    Rig rig;
    const LayerInfo& layer = rig.network.find("inception_3a");
    FeatureVisualiser visualiser(rig.network, layer);
    const int channels[] = {3, 70, 200};
    std::vector<FeaturePicture> pictures;
    std::vector<std::vector<double>> seen;
    for (const int channel : channels) {
        pictures.push_back(visualiser.paint(*rig.stream, channel));
        seen.push_back(means_on(rig, layer, pictures.back()));
    }
    for (int i = 0; i < 3; ++i) {
        for (int other = 0; other < 3; ++other) {
            if (other == i) continue;
            EXPECT_GT(seen[i][channels[i]], 1.2 * seen[other][channels[i]]) << i << ", " << other;
        }
    }
    EXPECT_EQ(visualiser.paint(*rig.stream, 70).rgb, pictures[1].rgb);
}

}  // namespace
}  // namespace reverie
