// Portions of a dream, as a budget assigns them: some of its steps, or a smaller size.
#include <gtest/gtest.h>

#include <algorithm>

#include "src/dream/dreamer.h"
#include "tests/support/rig.h"

namespace reverie::portion_test {
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
    Image resized(Pixels<const float> src, int width, int height) {
        Image dst(rig.device, width, height, src.channels);
        Resizer(rig.device).resize(*rig.stream, src, dst);
        return dst;
    }
    /// frame + residual: what is dreamed on.
    Image whole() {
        std::vector<float> values = frame;
        for (size_t i = 0; i < values.size(); ++i) values[i] += residual[i];
        return rig.up(values, kWidth, kHeight);
    }
    /// What one octave at that size adds.
    Image added_at(const Params& params, int width, int height) {
        const std::vector<float> none(size_t{3} * width * height);
        const std::vector<float> small = rig.down(resized(whole(), width, height));
        return rig.up(portion_of(rig, params, {}, small, none, width, height), width, height);
    }
    /// One octave at that size, by hand: what it adds is resized to the frame's size and added.
    std::vector<float> at_size(const Params& params, int width, int height) {
        const Image up = resized(added_at(params, width, height), kWidth, kHeight);
        std::vector<float> result = rig.down(up), under = rig.down(whole());
        for (size_t i = 0; i < result.size(); ++i)
            result[i] = std::clamp(under[i] + result[i], 0.0F, 255.0F) - frame[i];
        return result;
    }
    /// The same along the frame's edges.
    std::vector<float> guided_at_size(const Params& params, int width, int height) {
        Ops& ops = rig.device.ops();
        const Image added = added_at(params, width, height), up = resized(added, kWidth, kHeight);
        const Image guide(rig.device, kWidth, kHeight, 1);
        ops.luma(*rig.stream, rig.up(frame, kWidth, kHeight), guide);
        const Image small = resized(guide, width, height), smooth = resized(small, kWidth, kHeight);
        const Image slope(rig.device, width, height, 3), shown(rig.device, kWidth, kHeight, 3);
        ops.slope_on_guide(*rig.stream, added, small, 30, slope);
        ops.show_guided(*rig.stream, whole(), {up, guide, smooth, slope}, shown);
        std::vector<float> result = rig.down(shown);
        for (size_t i = 0; i < result.size(); ++i) result[i] -= frame[i];
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
    EXPECT_EQ(portion({6, 100}), portion({2, 0}));  // no steps are left, and none are asked for
    // Two steps, then one more, differ from all three at once only by the jitter.
    EXPECT_GT(mean_distance(portion({0, 2}), portion({0, 3})), 0.1);
}

TEST_F(PortionTest, OfASmallerSizeIsThatSize) {
    Params params = quick_params();
    params.octaves = 1;
    params.jitter = 0;
    const std::vector<float> got =
        portion_of(rig, params, {.scale = 0.7071F}, frame, residual, kWidth, kHeight);
    EXPECT_LT(mean_distance(got, guided_at_size(params, 79, 57)), 1e-4);
    EXPECT_GT(mean_distance(got, at_size(params, 79, 57)), 1e-3);
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
    bytes_at(0.7071F);  // from now on, the plans of both sizes exist
    const auto whole = bytes_at(1);
    EXPECT_LT(bytes_at(0.7071F), whole);
    const int before = rig.device.allocations;
    bytes_at(0.7071F);
    EXPECT_EQ(rig.device.allocations, before);
    EXPECT_EQ(bytes_at(1), whole);
}

}  // namespace
}  // namespace reverie::portion_test
