// A GPU that fails in the middle of a render: one line, and the CPU goes on with the same file.
#include <gtest/gtest.h>

#include <functional>

#include "src/media/source.h"
#include "src/render/param_schedule.h"
#include "src/render/render_job.h"
#include "src/session/session_options.h"
#include "src/util/error.h"
#include "tests/support/failing_gpu.h"
#include "tests/support/lost_gpu.h"
#include "tests/support/runtime.h"

namespace reverie {
namespace {

constexpr int kWidth = 65, kHeight = 49, kFrames = 6;

using test::FailingGpu;

/// Keeps what it is given.
class Kept : public Sink {
  public:
    explicit Kept(const PixelFormat& format) : format_(format) {}
    const PixelFormat& format() const override { return format_; }
    VideoFrame acquire() override { return make_frame(format_, kWidth, kHeight); }
    void write(const VideoFrame& frame) override { frames.push_back(frame); }
    void finish() override { finished = true; }

    std::vector<VideoFrame> frames;
    bool finished = false;

  private:
    PixelFormat format_;
};

std::vector<uint8_t> luma_of(const VideoFrame& frame) {
    std::vector<uint8_t> bytes;
    const VideoPlanes& p = frame.planes;
    for (int y = 0; y < p.height; ++y) {
        const auto* row = p.data[0] + y * p.stride_bytes[0];
        bytes.insert(bytes.end(), row, row + p.width);
    }
    return bytes;
}

/// The mean difference of two frames, 0 … 255.
double distance(const VideoFrame& left, const VideoFrame& right) {
    const std::vector<uint8_t> a = luma_of(left), b = luma_of(right);
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
    return sum / static_cast<double>(a.size());
}

struct Rendered {
    std::vector<VideoFrame> frames;
    bool finished = false;
    std::string said;
    DeviceCounters counters;  ///< of the device that it ended on
};

/// `watch` is told when the device is open, and when the film is done while it still lives.
Rendered render(
    std::unique_ptr<Device> device, bool feedback, int frames = kFrames,
    const std::function<void(bool opened)>& watch = [](bool) {}) {
    Runtime runtime = test::machine_on(std::move(device));
    watch(true);
    SourceOptions from;
    from.width = kWidth;
    from.height = kHeight;
    from.duration_s = 10;
    const std::unique_ptr<Source> source = open_source("pattern:clouds", from);
    ParamOptions options;
    options.sets = {"objective=inception_3a", "octaves=1", "iterations=1"};
    const ParamSchedule schedule(options, Params());
    Kept sink(source->info().format);
    RenderJob job;
    std::optional<VideoFrame> frame;
    int left = frames;
    job.next = [&]() -> std::optional<DreamInput> {
        if (left-- == 0) return std::nullopt;
        const bool again = feedback && frame.has_value();
        if (!again) frame = source->next();
        return DreamInput{again ? nullptr : &*frame, frames - left, 1};
    };
    job.size = {kWidth, kHeight};
    job.time_base = {1, 25};
    job.feedback = feedback;
    job.output = "kept";
    testing::internal::CaptureStderr();
    try {
        run_render_job(job, schedule, runtime, sink, false);
    } catch (...) {
        testing::internal::GetCapturedStderr();
        throw;
    }
    watch(false);
    return {sink.frames, sink.finished, testing::internal::GetCapturedStderr(),
            runtime.device->counters()};
}

class DeviceFailure : public testing::TestWithParam<bool> {};

TEST_P(DeviceFailure, TheCpuGoesOnWithTheFile) {
    const Rendered whole = render(std::make_unique<FailingGpu>(1000000), GetParam());
    ASSERT_EQ(whole.frames.size(), size_t{kFrames});
    EXPECT_EQ(whole.said.find("the CPU goes on"), std::string::npos) << whole.said;
    size_t began_anew = 0;
    for (const int downloads : {1, 2, 9, 30}) {
        SCOPED_TRACE(downloads);
        const Rendered run = render(std::make_unique<FailingGpu>(downloads), GetParam());
        EXPECT_TRUE(run.finished);
        ASSERT_EQ(run.frames.size(), size_t{kFrames});
        for (int i = 0; i < kFrames; ++i) EXPECT_EQ(run.frames[i].pts, whole.frames[i].pts);
        const size_t line = run.said.find("injected; the CPU goes on from frame ");
        if (line == std::string::npos) continue;  // there were fewer downloads
        ++began_anew;
        EXPECT_EQ(run.said.find("the CPU goes on", line + 20), std::string::npos) << run.said;
        const int from = std::stoi(run.said.substr(line + 37));
        for (int i = 0; i < from; ++i)
            EXPECT_EQ(luma_of(run.frames[i]), luma_of(whole.frames[i])) << "frame " << i;
        EXPECT_LT(distance(run.frames.back(), whole.frames.back()), 25)
            << "the last frame is another";
    }
    EXPECT_GE(began_anew, 2U);
}

/// Of each of the first calls, and of some of the others.
TEST_P(DeviceFailure, AnyCallMayBeTheLast) {
    constexpr int64_t kEach = 40, kOthers = 12;
    auto healthy = std::make_unique<test::LostGpu>();
    test::LostGpu& counted = *healthy;
    int64_t before = 0, calls = 0;
    const Rendered whole = render(std::move(healthy), GetParam(), kFrames, [&](bool opened) {
        (opened ? before : calls) = counted.calls();
    });
    calls -= before;
    ASSERT_GT(calls, kEach);
    for (int64_t call = 0; call < calls; call += call < kEach ? 1 : (calls - kEach) / kOthers) {
        SCOPED_TRACE(call);
        auto gpu = std::make_unique<test::LostGpu>();
        test::LostGpu& lost = *gpu;
        const Rendered run = render(std::move(gpu), GetParam(), kFrames, [&](bool opened) {
            if (opened) lost.lose_after(call);
        });
        EXPECT_TRUE(run.finished);
        const size_t line = run.said.find("the device is lost; the CPU goes on from frame ");
        EXPECT_NE(line, std::string::npos) << run.said;
        EXPECT_EQ(run.said.find("is lost", line + 30), std::string::npos) << run.said;
        ASSERT_EQ(run.frames.size(), size_t{kFrames});
        for (int i = 0; i < kFrames; ++i) EXPECT_EQ(run.frames[i].pts, whole.frames[i].pts);
        EXPECT_LT(distance(run.frames.back(), whole.frames.back()), 25);
    }
}

INSTANTIATE_TEST_SUITE_P(Jobs, DeviceFailure, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "feedback" : "video"; });

TEST(SteadyFrames, AllocateNothingAndWaitOnce) {
    constexpr int kMore = 5;
    const Rendered few = render(std::make_unique<FailingGpu>(1000000), false);
    const Rendered more = render(std::make_unique<FailingGpu>(1000000), false, kFrames + kMore);
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
