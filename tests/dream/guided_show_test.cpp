// A dream at a smaller size, shown at the frame's size, against plain loops in double.
#include "src/dream/guided_show.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "kernels/ops.h"
#include "tests/support/guided_oracle.h"

namespace reverie::guided_show_test {
namespace {

using namespace guided_oracle;

using GuidedShowTest = OnDevice;

TEST_F(GuidedShowTest, AddsWhatWasDreamedAsPlainLoopsDo) {
    constexpr std::pair<Size, Size> kSizes[] = {
        {{7, 5}, {16, 11}}, {{33, 17}, {70, 41}}, {{21, 40}, {53, 97}}};
    GuidedShow guided(*device_);
    for (const auto& [small, large] : kSizes) {
        const Plain frame = random(large, 0, 255), dreamed = random(small, 0, 255);
        const Plain frame_there = resized(frame, small, keys);
        const Plain added = made(small, 3, [&](int x, int y, int c) {
            return dreamed.clamped(x, y, c) - frame_there.clamped(x, y, c);
        });
        const Plain want = shown(frame, added);
        const Image whole = up(frame);
        guided.smaller(*stream_, whole, small.width, small.height);
        const std::vector<float> got = down(guided.composite(*stream_, whole, up(dreamed)));
        for (size_t i = 0; i < got.size(); ++i)
            ASSERT_NEAR(got[i], want.v[i], 4e-3) << large.width << "x" << large.height << " " << i;
    }
}

TEST_F(GuidedShowTest, NothingDreamedIsTheFrameToTheBit) {
    GuidedShow guided(*device_);
    const Image frame = up(random({71, 43}, -20, 280));
    const Pixels<const float> there = guided.smaller(*stream_, frame, 32, 20);
    EXPECT_EQ(down(guided.composite(*stream_, frame, there)), down(frame.cview()));
}

TEST_F(GuidedShowTest, WhatIsShownLastsForOneMoreCall) {
    GuidedShow guided(*device_);
    const Image frame = up(random({71, 43}, 0, 255)), dreamed = up(random({32, 20}, 0, 255));
    guided.smaller(*stream_, frame, 32, 20);
    const Pixels<const float> first = guided.composite(*stream_, frame, dreamed);
    const std::vector<float> before = down(first);
    const Image next = up(random({71, 43}, 0, 255));
    guided.smaller(*stream_, next, 32, 20);
    EXPECT_NE(down(guided.composite(*stream_, next, dreamed)), before);
    EXPECT_EQ(down(first), before);
}

}  // namespace
}  // namespace reverie::guided_show_test
