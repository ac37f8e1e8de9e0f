// A GPU that fails in the middle of a show, in the show's own work or in the dream's: one line, the
// CPU goes on, and what is recorded is one file, whole.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "src/media/source.h"
#include "src/show/device_loss.h"
#include "tests/support/failing_gpu.h"
#include "tests/support/lagging_device.h"
#include "tests/support/lost_gpu.h"
#include "tests/support/played_show.h"
#include "tests/support/runtime.h"

namespace reverie {
namespace {

using Clock = std::chrono::steady_clock;
using test::FailingGpu;
using test::machine_on;

constexpr int kWidth = 66, kHeight = 50;

ShowOptions show_options() { return test::small_show(kWidth, kHeight); }

/// A show that is recorded, and its notices.
class Played {
  public:
    explicit Played(std::unique_ptr<Device> device)
        : path(std::filesystem::temp_directory_path() /
               ("reverie_live_failure_" + std::to_string(::getpid()) + ".mkv")),
          runtime(machine_on(std::move(device))),
          show(runtime, show_options()),
          outputs(runtime) {
        std::filesystem::remove(path);
    }
    ~Played() { std::filesystem::remove(path); }

    /// Until the CPU has taken over and dreamed, and the recording, whose file another thread opens,
    /// has a picture.
    void play(int frames_after, double longest_s = 60) {
        const Clock::time_point begun = Clock::now();
        const auto out_of_time = [&] {
            return std::chrono::duration<double>(Clock::now() - begun).count() > longest_s;
        };
        int after = 0;
        const auto recorded = [&] { return outputs.status(OutputKind::record).frames > 0; };
        while (!out_of_time() && (after < frames_after || dreams_after == 0 || !recorded())) {
            try {
                step(after);
            } catch (const DeviceError& error) {
                lines.push_back(go_on_on_cpu(error, {runtime, show, outputs}));
            } catch (const OutOfMemory& error) {
                if (!show.make_room(error))
                    lines.push_back(go_on_on_cpu(error, {runtime, show, outputs}));
            }
        }
        failed = outputs.finish();
    }

    std::filesystem::path path;
    Runtime runtime;
    LiveShow show;
    LiveOutputs outputs;
    std::vector<std::string> lines;
    int pushed_before = 0, dreams_after = 0;
    bool failed = false;

  private:
    void step(int& after) {
        if (!show.advance(0.05)) return;
        if (!outputs.running(OutputKind::record) && outputs.status(OutputKind::record).path.empty())
            outputs.start(OutputKind::record, path, show.size(), {25, 1}, "");
        outputs.push(show.picture(), show.time_s());
        if (runtime.device->info().kind != DeviceKind::cpu) {
            ++pushed_before;
            return;
        }
        ++after;
        // A GPU's budget would be one frame.
        const int64_t dreams = show.statistics().report(Clock::now()).dreams;
        if (after == 1) dreams_before_ = dreams;
        dreams_after = static_cast<int>(dreams - dreams_before_);
    }
    int64_t dreams_before_ = 0;
};

int frames_in(const std::filesystem::path& path) {
    int frames = 0;
    const std::unique_ptr<Source> source = open_source(path);
    while (source->next()) ++frames;
    return frames;
}

TEST(LiveFailure, TheCpuGoesOnAndTheRecordingIsWhole) {
    Played show(std::make_unique<FailingGpu>(40));
    show.play(20);
    ASSERT_EQ(show.lines.size(), 1U);
    EXPECT_EQ(show.lines[0], "CUDA: running the queued work failed: injected; the CPU goes on");
    EXPECT_EQ(show.runtime.device->info().kind, DeviceKind::cpu);
    EXPECT_GT(show.pushed_before, 3);
    EXPECT_GT(show.dreams_after, 0);
    EXPECT_FALSE(show.failed);
    const RecorderStatus status = show.outputs.status(OutputKind::record);
    EXPECT_EQ(status.state, RecorderState::done) << status.line;
    // The recorder fills gaps and writes no two frames for one time, so all that it counts are in
    // the file.
    EXPECT_EQ(frames_in(show.path), status.frames);
    EXPECT_GT(status.frames, 20);
}

TEST(LiveFailure, AnyCallMayBeTheLast) {
    for (const int64_t call : {0, 1, 2, 3, 5, 9, 17, 33, 65, 129}) {
        SCOPED_TRACE(call);
        auto gpu = std::make_unique<test::LostGpu>();
        test::LostGpu& lost = *gpu;
        Played show(std::move(gpu));
        lost.lose_after(call);
        show.play(3);
        ASSERT_EQ(show.lines.size(), 1U);
        EXPECT_TRUE(show.lines[0].ends_with(": the device is lost; the CPU goes on"))
            << show.lines[0];
        EXPECT_GT(show.dreams_after, 0);
        EXPECT_FALSE(show.failed);
        const RecorderStatus status = show.outputs.status(OutputKind::record);
        EXPECT_EQ(status.state, RecorderState::done) << status.line;
        EXPECT_EQ(frames_in(show.path), status.frames);
    }
}

TEST(LiveFailure, ADreamThatGetsNoStreamIsNotTheEnd) {
    auto gpu = std::make_unique<FailingGpu>(1000000);
    FailingGpu& limited = *gpu;
    Runtime runtime = machine_on(std::move(gpu));
    limited.limit_streams(0);
    LiveShow show(runtime, show_options());
    LiveOutputs outputs(runtime);
    std::vector<std::string> lines;
    const Clock::time_point begun = Clock::now();
    while (lines.empty() && Clock::now() - begun < std::chrono::seconds(60)) {
        try {
            show.advance(0.05);
        } catch (const DeviceError& error) {
            lines.push_back(go_on_on_cpu(error, {runtime, show, outputs}));
        }
    }
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("a stream's memory: injected; the CPU goes on"), std::string::npos);
    while (!show.advance(0.05) && Clock::now() - begun < std::chrono::seconds(60)) continue;
    EXPECT_TRUE(show.has_picture());
}

/// The show's thread, the dream's, and the one that makes plans share one device whose work has not
/// run yet.
TEST(LiveShowOnALaggingDevice, AsksNothingThatAGpuWouldNotDo) {
    auto made = std::make_unique<test::LaggingDevice>();
    test::LaggingDevice& lagging = *made;
    Runtime runtime = machine_on(std::move(made));
    LiveShow show(runtime, show_options());
    const Clock::time_point begun = Clock::now();
    const auto dreams = [&] { return show.statistics().report(Clock::now()).dreams; };
    Params params = show_options().params;
    params.zoom = 1.3F;
    show.desk().resume(params);
    int pictures = 0, asked = 0;
    // Dreams may be done sooner than pictures come.
    while ((asked < 3 || pictures < 4) && Clock::now() - begun < std::chrono::seconds(60)) {
        show.request_probe({.layers = true, .map = true});
        pictures += show.advance(0.02) ? 1 : 0;
        if (asked == 3 || dreams() < 4 * (asked + 1)) continue;
        params.objective = parse_objective(asked++ == 0 ? "conv2" : "inception_3a + conv2");
        show.desk().resume(params);
    }
    EXPECT_EQ(asked, 3);
    EXPECT_GT(pictures, 3);
    EXPECT_FALSE(show.probe().map.empty());
    EXPECT_EQ(lagging.faults(), std::set<std::string>());
    EXPECT_EQ(show.problem(), "");
    EXPECT_GT(lagging.replayed(), 0);
}

TEST(LiveFailure, OfTheCpuIsThrownOn) {
    Runtime runtime = machine_on(open_device({"cpu", 2}));
    LiveShow show(runtime, show_options());
    LiveOutputs outputs(runtime);
    const auto fail = [&] {
        try {
            throw DeviceError("injected");
        } catch (const DeviceError& error) {
            go_on_on_cpu(error, {runtime, show, outputs});
        }
    };
    EXPECT_THROW(fail(), DeviceError);
}

}  // namespace
}  // namespace reverie
