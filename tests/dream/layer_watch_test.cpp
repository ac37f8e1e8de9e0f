// The strength of layers, against the root mean square of all their activations.
#include "src/dream/layer_watch.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/net/execution_plan.h"
#include "tests/support/rig.h"

namespace reverie::layer_watch_test {
namespace {

TEST(LayerWatch, IsTheRootMeanSquareOfActivationsOfASmallPicture) {
    test::Rig rig;
    LayerWatch watch(rig.network);
    // A picture of the size that it is seen at: nothing is resized.
    constexpr int kWidth = LayerWatch::kLongSide, kHeight = 77;
    const Image frame = rig.up(test::random_picture(kWidth, kHeight, 3), kWidth, kHeight);
    const std::vector<Term> layers{{"4a", -1, 1}, {"nothing", -1, 1}, {"inception_3b", 7, 1}};
    const auto strengths = watch.measure(*rig.stream, frame.cview(), layers, true);
    ASSERT_EQ(strengths.size(), 2U) << "what the network lacks is left out";
    for (const auto& [layer, strength] : strengths) {
        const Tap tap = rig.network.tap(layer.layer, -1, 1);
        ExecutionPlan& plan = rig.network.plan(kWidth, kHeight, {tap});
        plan.forward(*rig.stream, frame.cview());
        const std::vector<float> values = plan.activations(*rig.stream, tap.node);
        const Extent extent = plan.extent(tap.node);
        const size_t area = size_t{1} * extent.width * extent.height;
        const size_t first = layer.channel < 0 ? 0 : size_t{1} * layer.channel * area;
        const size_t count = layer.channel < 0 ? values.size() : area;
        double sum = 0;
        for (size_t i = first; i < first + count; ++i) sum += double{values[i]} * values[i];
        const double rms = std::sqrt(sum / static_cast<double>(count));
        EXPECT_NEAR(strength, rms, 1e-3 * rms) << layer.layer;
    }
}

TEST(LayerWatch, DoesNotWaitForAPlanInAShow) {
    test::Rig rig;
    LayerWatch watch(rig.network);
    const Image frame = rig.up(test::random_picture(97, 160, 4), 97, 160);
    const std::vector<Term> layers{{"inception_3a", -1, 1}};
    std::vector<std::pair<Term, float>> strengths;
    while (strengths.empty())  // until it is made beside
        strengths = watch.measure(*rig.stream, frame.cview(), layers, false);
    ASSERT_EQ(strengths.size(), 1U);
    EXPECT_EQ(strengths, watch.measure(*rig.stream, frame.cview(), layers, true));
    EXPECT_TRUE(watch.measure(*rig.stream, {}, layers, true).empty());
}

}  // namespace
}  // namespace reverie::layer_watch_test
