// A render on a GPU with less and less memory: whole pictures, then smaller tiles, and the CPU only
// where the smallest tiles do not fit. No frame is missing, and what was dreamed goes on.
#include <gtest/gtest.h>

#include "src/util/error.h"
#include "tests/support/kept_render.h"
#include "tests/support/small_gpu.h"

namespace reverie::render_memory_test {
namespace {

using test::KeptRender;
using test::luma_distance;
using test::luma_of;
using test::SmallGpu;

constexpr int kFrames = 3;

test::RenderWish wish(bool feedback) {
    test::RenderWish wish;
    wish.feedback = feedback;
    wish.frames = kFrames;
    wish.size = {233, 177};
    wish.sets = {"objective=conv2", "octaves=1", "iterations=1"};
    return wish;
}

struct Limited {
    KeptRender run;
    size_t peak = 0;
    int disturbed = 0;
    bool tiled() const {
        return run.said.find("dreaming goes on in tiles of ") != std::string::npos;
    }
    bool on_cpu() const { return run.ended_on == DeviceKind::cpu; }
};

/// With so much memory. What it did is read before the device goes.
Limited render_in(size_t bytes, const test::RenderWish& wish) {
    auto gpu = std::make_unique<SmallGpu>(bytes);
    SmallGpu& device = *gpu;
    Limited limited;
    // A device that was left stays, in Runtime::failed, until the render is done.
    test::RenderWish watched = wish;
    watched.before_frame = [&](int number) {
        if (wish.before_frame) wish.before_frame(number);
        limited.peak = device.peak();
        limited.disturbed = device.disturbed();
    };
    watched.frames = wish.frames + 1;  // the last one is seen by before_frame alone
    limited.run = test::kept_render(std::move(gpu), watched);
    return limited;
}

size_t network_bytes(int width, int height) {
    Runtime runtime = test::machine_on(std::make_unique<SmallGpu>());
    return runtime.network->memory_needed(width, height, {runtime.network->tap("conv2", -1, 1)});
}

class RenderInLittleMemory : public testing::TestWithParam<bool> {};

TEST_P(RenderInLittleMemory, GoesOnInSmallerTilesBeforeTheCpuDoes) {
    const Limited whole = render_in(SmallGpu::kPlenty, wish(GetParam()));
    test::RenderWish frugal = wish(GetParam());
    frugal.memory_bytes = network_bytes(160, 160);
    const Limited smallest = render_in(SmallGpu::kPlenty, frugal);
    ASSERT_LT(smallest.peak, whole.peak * 9 / 10);
    const double spread = luma_distance(smallest.run.frames.back(), whole.run.frames.back());
    constexpr int kSteps = 5;
    int tiled = 0;
    for (int i = 0; i <= kSteps; ++i) {
        const size_t bytes = smallest.peak + (whole.peak - smallest.peak) * i / kSteps;
        SCOPED_TRACE(bytes);
        const Limited run = render_in(bytes, wish(GetParam()));
        EXPECT_FALSE(run.on_cpu()) << run.run.said;
        EXPECT_TRUE(run.run.finished);
        ASSERT_EQ(run.run.frames.size(), whole.run.frames.size());
        EXPECT_EQ(run.disturbed, 0);
        EXPECT_LE(run.peak, bytes);
        for (size_t f = 0; f < run.run.frames.size(); ++f) {
            EXPECT_EQ(run.run.frames[f].pts, whole.run.frames[f].pts);
            EXPECT_LE(luma_distance(run.run.frames[f], whole.run.frames[f]), 2 * spread + 1);
        }
        tiled += run.tiled() ? 1 : 0;
    }
    EXPECT_GE(tiled, 1);
    for (const size_t bytes : {smallest.peak * 2 / 3, smallest.peak / 3}) {
        SCOPED_TRACE(bytes);
        const Limited run = render_in(bytes, wish(GetParam()));
        EXPECT_TRUE(run.on_cpu()) << run.run.said;
        EXPECT_NE(run.run.said.find("out of memory: the test's GPU is small; the CPU goes on"),
                  std::string::npos)
            << run.run.said;
        EXPECT_TRUE(run.run.finished);
        EXPECT_EQ(run.run.frames.size(), whole.run.frames.size());
    }
}

INSTANTIATE_TEST_SUITE_P(Jobs, RenderInLittleMemory, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "feedback" : "video"; });

/// Every single allocation fails once, with memory left that the network can give.
TEST(RenderWhereMemoryRunsOut, LosesNoFrameWhicheverAllocationItWas) {
    test::RenderWish small = wish(false);
    small.size = {65, 49};
    small.sets.emplace_back("zoom=1.2");
    const Limited whole = render_in(SmallGpu::kPlenty, small);
    int refused = 0, went_on = 0;
    for (int nth = 1;; ++nth) {
        SCOPED_TRACE(nth);
        auto gpu = std::make_unique<SmallGpu>();
        SmallGpu& device = *gpu;
        int refusals = 0;
        test::RenderWish failing = small;
        failing.frames = kFrames + 1;
        failing.before_frame = [&](int number) {
            if (number == 0) device.refuse(nth);
            refusals = device.refused();
        };
        const KeptRender run = test::kept_render(std::move(gpu), failing);
        EXPECT_TRUE(run.finished);
        ASSERT_EQ(run.frames.size(), whole.run.frames.size());
        if (refusals == 0) break;
        ++refused;
        if (run.ended_on == DeviceKind::cpu) continue;  // the network had nothing yet
        ++went_on;
        for (size_t f = 0; f < run.frames.size(); ++f)
            EXPECT_LT(luma_distance(run.frames[f], whole.run.frames[f]), 3) << run.said;
    }
    EXPECT_GT(refused, 20);
    EXPECT_GT(went_on, 5);
}

}  // namespace
}  // namespace reverie::render_memory_test
