// A GPU that fails in the middle of a render: one line, and the CPU goes on with the same file.
#include <gtest/gtest.h>

#include "src/session/session_options.h"
#include "src/util/error.h"
#include "tests/support/failing_gpu.h"
#include "tests/support/kept_render.h"
#include "tests/support/lost_gpu.h"

namespace reverie {
namespace {

constexpr int kFrames = 6;

using test::FailingGpu;

using test::KeptRender;

KeptRender render(std::unique_ptr<Device> device, bool feedback, int frames = kFrames) {
    test::RenderWish wish;
    wish.feedback = feedback;
    wish.frames = frames;
    return test::kept_render(std::move(device), wish);
}

class DeviceFailure : public testing::TestWithParam<bool> {};

TEST_P(DeviceFailure, TheCpuGoesOnWithTheFile) {
    const KeptRender whole = render(std::make_unique<FailingGpu>(1000000), GetParam());
    ASSERT_EQ(whole.frames.size(), size_t{kFrames});
    EXPECT_EQ(whole.said.find("the CPU goes on"), std::string::npos) << whole.said;
    size_t began_anew = 0;
    for (const int downloads : {1, 2, 9, 30}) {
        SCOPED_TRACE(downloads);
        const KeptRender run = render(std::make_unique<FailingGpu>(downloads), GetParam());
        EXPECT_TRUE(run.finished);
        ASSERT_EQ(run.frames.size(), size_t{kFrames});
        for (int i = 0; i < kFrames; ++i) EXPECT_EQ(run.frames[i].pts, whole.frames[i].pts);
        const size_t line = run.said.find("injected; the CPU goes on from frame ");
        if (line == std::string::npos) continue;  // there were fewer downloads
        ++began_anew;
        EXPECT_EQ(run.said.find("the CPU goes on", line + 20), std::string::npos) << run.said;
        const int from = std::stoi(run.said.substr(line + 37));
        for (int i = 0; i < from; ++i)
            EXPECT_EQ(test::luma_of(run.frames[i]), test::luma_of(whole.frames[i]))
                << "frame " << i;
        EXPECT_LT(test::luma_distance(run.frames.back(), whole.frames.back()), 25)
            << "the last frame is another";
    }
    EXPECT_GE(began_anew, 2U);
}

/// Of each of the first calls, and of some of the others.
TEST_P(DeviceFailure, AnyCallMayBeTheLast) {
    constexpr int64_t kEach = 40, kOthers = 12;
    test::RenderWish wish;
    wish.feedback = GetParam();
    auto healthy = std::make_unique<test::LostGpu>();
    test::LostGpu& counted = *healthy;
    int64_t opening = 0, calls = 0;
    wish.before_frame = [&](int frame) {
        if (frame == 0) opening = counted.calls();
        calls = counted.calls() - opening;
    };
    const KeptRender whole = test::kept_render(std::move(healthy), wish);
    ASSERT_GT(calls, kEach);
    for (int64_t call = 0; call < calls; call += call < kEach ? 1 : (calls - kEach) / kOthers) {
        SCOPED_TRACE(call);
        auto gpu = std::make_unique<test::LostGpu>();
        test::LostGpu& lost = *gpu;
        wish.before_frame = [&](int frame) {
            if (frame == 0) lost.lose_after(call);
        };
        const KeptRender run = test::kept_render(std::move(gpu), wish);
        EXPECT_TRUE(run.finished);
        const size_t line = run.said.find("the device is lost; the CPU goes on from frame ");
        EXPECT_NE(line, std::string::npos) << run.said;
        EXPECT_EQ(run.said.find("is lost", line + 30), std::string::npos) << run.said;
        ASSERT_EQ(run.frames.size(), whole.frames.size());
        for (size_t i = 0; i < run.frames.size(); ++i)
            EXPECT_EQ(run.frames[i].pts, whole.frames[i].pts);
        EXPECT_LT(test::luma_distance(run.frames.back(), whole.frames.back()), 25);
    }
}

INSTANTIATE_TEST_SUITE_P(Jobs, DeviceFailure, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "feedback" : "video"; });

TEST(SteadyFrames, AllocateNothingAndWaitOnce) {
    constexpr int kMore = 5;
    const KeptRender few = render(std::make_unique<FailingGpu>(1000000), false);
    const KeptRender more = render(std::make_unique<FailingGpu>(1000000), false, kFrames + kMore);
    EXPECT_EQ(more.counters.allocations, few.counters.allocations);
    EXPECT_EQ(more.counters.waits - few.counters.waits, kMore);
}

TEST(DeviceFailures, OfTheCpuAreErrors) {
    EXPECT_THROW(render(std::make_unique<FailingGpu>(20, DeviceKind::cpu), false), Error);
}

/// A runtime whose device the program has chosen.
Runtime chosen(std::unique_ptr<Device> device) {
    Runtime runtime;
    runtime.device = std::move(device);
    runtime.stream = runtime.device->make_stream();
    return runtime;
}

TEST(DeviceFailureAtTheStart, TheCpuTakesTheNetworkWhereTheProgramMayChoose) {
    GlobalOptions globals;
    globals.weights = REVERIE_ROOT "/weights/googlenet.safetensors";
    globals.threads = 2;
    const auto refusing = [] {
        auto gpu = std::make_unique<FailingGpu>(1000000);
        gpu->refuse_engines();
        return gpu;
    };
    Runtime runtime = chosen(refusing());
    open_network(runtime, globals);
    EXPECT_EQ(runtime.device->info().kind, DeviceKind::cpu);
    EXPECT_EQ(&runtime.network->device(), runtime.device.get());
    ASSERT_EQ(runtime.trouble.size(), 1U);
    EXPECT_EQ(runtime.trouble[0], "CUDA: the network's memory: injected; the CPU takes its place");

    globals.device = "cuda";
    Runtime asked = chosen(refusing());
    EXPECT_THROW(open_network(asked, globals), OutOfMemory);
    EXPECT_TRUE(asked.trouble.empty());
}

}  // namespace
}  // namespace reverie
