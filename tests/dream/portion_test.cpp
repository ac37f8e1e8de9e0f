// Portions of a dream, as a budget deals them out: some of its steps, or a smaller size.
#include <gtest/gtest.h>

#include <algorithm>

#include "src/dream/dreamer.h"
#include "tests/support/rig.h"

namespace reverie {
namespace {

using test::mean_distance;
using test::quick_params;
using test::random_picture;
using test::Rig;

constexpr int kWidth = 112, kHeight = 80;

/// frame + residual, then one portion of what `params` dream: the residual.
std::vector<float> portion_of(Rig& rig, const Params& params, const Portion& portion,
                              const std::vector<float>& frame, const std::vector<float>& residual,
                              int width, int height) {
    Dreamer dreamer(rig.network, 0);
    const Image picture = rig.up(frame, width, height);
    Image result = rig.up(residual, width, height);
    dreamer.dream(*rig.stream, picture, params, 3, result, portion);
    return rig.down(result);
}

struct PortionTest : testing::Test {
    Rig rig;
    std::vector<float> frame = random_picture(kWidth, kHeight, 1);
    std::vector<float> residual = random_picture(kWidth, kHeight, 2);

    void SetUp() override {
        for (float& v : frame) v = 60 + v / 2;
        for (float& v : residual) v = (v - 128) / 8;
    }
    /// One octave at that size, by hand: what it adds is made as large as the frame and added.
    std::vector<float> at_size(const Params& params, int width, int height) {
        Resizer resizer(rig.device);
        std::vector<float> whole = frame;
        for (size_t i = 0; i < whole.size(); ++i) whole[i] += residual[i];
        const Image large = rig.up(whole, kWidth, kHeight);
        Image small(rig.device, width, height, 3);
        resizer.resize(*rig.stream, large, small);
        const std::vector<float> none(size_t{3} * width * height);
        const std::vector<float> added =
            portion_of(rig, params, {}, rig.down(small), none, width, height);
        Image up(rig.device, kWidth, kHeight, 3);
        resizer.resize(*rig.stream, rig.up(added, width, height), up);
        std::vector<float> result = rig.down(up);
        for (size_t i = 0; i < result.size(); ++i)
            result[i] = std::clamp(whole[i] + result[i], 0.0F, 255.0F) - frame[i];
        return result;
    }
};

TEST_F(PortionTest, OfOneOctaveIsThatOctave) {
    Params params = quick_params();
    params.octaves = 2;
    params.iterations = 3;
    params.jitter = 0;
    const std::vector<Extent> sizes = Dreamer::octaves(kWidth, kHeight, params);
    ASSERT_EQ(sizes.size(), 2U);
    Params one = params;
    one.octaves = 1;
    const auto portion = [&](const Portion& p) {
        return portion_of(rig, params, p, frame, residual, kWidth, kHeight);
    };
    EXPECT_LT(mean_distance(portion({0, 3}), at_size(one, sizes[0].width, sizes[0].height)), 1e-4);
    EXPECT_EQ(portion({3, 3}), portion_of(rig, one, {}, frame, residual, kWidth, kHeight));
    EXPECT_EQ(portion({0, 6}), portion({}));
    EXPECT_EQ(portion({6, 100}), portion({2, 0}));  // nothing is left, nothing is wanted
    // Two steps, then one more: all three, but for the jitter's turn.
    EXPECT_GT(mean_distance(portion({0, 2}), portion({0, 3})), 0.1);
}

TEST_F(PortionTest, OfASmallerSizeIsThatSize) {
    Params params = quick_params();
    params.octaves = 1;
    params.jitter = 0;
    const std::vector<float> got =
        portion_of(rig, params, {.scale = 0.7071F}, frame, residual, kWidth, kHeight);
    EXPECT_LT(mean_distance(got, at_size(params, 79, 57)), 1e-4);
    EXPECT_GT(mean_distance(got, residual), 0.1);
}

TEST_F(PortionTest, OfASmallerSizeTakesNoMoreMemory) {
    Dreamer dreamer(rig.network, 0);
    const Image picture = rig.up(frame, kWidth, kHeight);
    Image result = rig.up(residual, kWidth, kHeight);
    Params params = quick_params();
    params.laplacian = 2;
    const auto bytes_at = [&](float scale) {
        dreamer.dream(*rig.stream, picture, params, 0, result, {.scale = scale});
        return rig.device.counters().bytes;
    };
    bytes_at(0.7071F);  // both sizes' plans are there from now on
    const auto whole = bytes_at(1);
    EXPECT_LT(bytes_at(0.7071F), whole);
    const int before = rig.device.allocations;
    bytes_at(0.7071F);
    EXPECT_EQ(rig.device.allocations, before);
    EXPECT_EQ(bytes_at(1), whole);
}

}  // namespace
}  // namespace reverie
