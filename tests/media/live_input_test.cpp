// A live source: the newest frame, at its pace, in a loop, and back after every failure.
#include "src/media/live_input.h"

#include <sys/stat.h>

#include <cmath>
#include <cstring>
#include <utility>

#include "src/media/sink.h"
#include "tests/support/fake_camera.h"

namespace reverie {
namespace {

using test::FakeCamera;
constexpr int kFrames = 12;
constexpr double kFps = 25;

class LiveInputTest : public test::FakeCameraTest {
  protected:
    /// Twelve frames of 0.48 s; the first pixel of each is 10 times its number.
    std::string make_clip(const std::string& name, int width = 34) const {
        SinkOptions options;
        options.width = width;
        options.height = 18;
        options.frame_rate = {25, 1};
        options.time_base = {1, 25};
        options.source_format = planar_yuv(8, 1, 1, ColorMatrix::bt601, false);
        options.codec = "ffv1";
        const std::string path = (root_ / ("." + name)).string();
        const std::unique_ptr<Sink> sink = open_sink(path, options);
        for (int i = 0; i < kFrames; ++i) {
            VideoFrame frame = sink->acquire();
            for (int p = 0; p < 3; ++p) {
                std::memset(frame.planes.data[p], 10 * i,
                            frame.planes.stride_bytes[p] * frame.format().plane_height(p, 18));
            }
            frame.pts = i;
            frame.duration = 1;
            sink->write(frame);
        }
        sink->finish();
        return path;
    }
    static LiveFrame next_of(LiveInput& input) {
        LiveFrame frame;
        EXPECT_TRUE(input.take_within(frame, 20)) << input.status().last_error;
        return frame;
    }
    static int number_in(const LiveFrame& frame) { return frame.video.planes.data[0][0] / 10; }
};

TEST_F(LiveInputTest, FilesLoopAtTheirOwnPace) {
    LiveInput input;
    input.open(make_clip("clip.mkv"));
    LiveFrame first = next_of(input);
    LiveFrame last = first;
    EXPECT_EQ(first.pts_s, 0);
    while (last.pts_s < 2.5 * kFrames / kFps) {
        const LiveFrame frame = next_of(input);
        EXPECT_GT(frame.pts_s, last.pts_s);
        EXPECT_GT(frame.number, last.number);
        const double place = frame.pts_s * kFps;
        EXPECT_NEAR(place, std::round(place), 1e-6);
        EXPECT_EQ(number_in(frame), std::lround(place) % kFrames);
        // Never too early; how late depends on the machine.
        const double passed_s =
            std::chrono::duration<double>(frame.arrived - first.arrived).count();
        EXPECT_GT(passed_s, frame.pts_s - first.pts_s - 1e-3);
        last = frame;
    }
    const LiveStatus status = input.status();
    EXPECT_EQ(status.state, LiveState::running);
    EXPECT_EQ(status.openings, 1);
    EXPECT_NEAR(status.duration_s, kFrames / kFps, 1e-3);
    EXPECT_EQ(std::pair(status.width, status.height), std::pair(34, 18));
    EXPECT_GE(status.frames, last.number + 1);
}

TEST_F(LiveInputTest, FilesStandStillInAPauseAndAreScrubbed) {
    LiveInput input;
    input.open(make_clip("clip.mkv"));
    LiveFrame frame = next_of(input);
    input.pause(true);
    while (input.take_within(frame, 0.3)) {
    }
    double last_pts_s = frame.pts_s;
    for (const int wanted : {6, 2, kFrames - 1, 0}) {
        input.seek(static_cast<double>(wanted) / kFrames);
        frame = next_of(input);
        EXPECT_EQ(number_in(frame), wanted);
        EXPECT_GT(frame.pts_s, last_pts_s);
        last_pts_s = frame.pts_s;
    }
    input.seek(1);
    EXPECT_EQ(number_in(next_of(input)), kFrames - 1);
    EXPECT_FALSE(input.take_within(frame, 0.2));
    EXPECT_EQ(input.status().state, LiveState::running);
    EXPECT_TRUE(input.status().paused);
    input.pause(false);
    EXPECT_EQ(number_in(next_of(input)), 0);
}

TEST_F(LiveInputTest, PatternsAreTheSameAsInAFileAndNeverEnd) {
    SourceOptions options;
    options.width = 33;
    options.height = 17;
    LiveInput input;
    input.open("pattern:clouds", options);
    const std::unique_ptr<Source> source = open_source("pattern:clouds", options);
    VideoFrame expected = source->next().value();
    for (int i = 0; i < 5; ++i) {
        const LiveFrame frame = next_of(input);
        while (expected.pts < std::lround(frame.pts_s * kFps)) expected = source->next().value();
        for (int p = 0; p < 3; ++p) {
            EXPECT_EQ(std::memcmp(frame.video.planes.data[p], expected.planes.data[p], 33), 0);
        }
    }
    EXPECT_EQ(input.status().duration_s, 0);
    input.seek(0.5);
    const LiveFrame frame = next_of(input);
    EXPECT_LT(frame.pts_s, 10);
}

TEST_F(LiveInputTest, SwitchesWhileItRuns) {
    const std::string wide = make_clip("wide.mkv", 66);
    plug_in("one").set("modes", "YUYV 160x120 30\n");
    LiveInput input;
    const std::pair<std::string, int> sources[] = {
        {"pattern:noise", 640}, {wide, 66}, {"camera:0", 160}, {"camera:one", 160}, {wide, 66}};
    for (const auto& [spec, width] : sources) {
        input.open(spec);
        EXPECT_EQ(input.status().spec, spec);
        EXPECT_EQ(next_of(input).video.width(), width) << spec;
        EXPECT_EQ(input.status().openings, 1);
    }
    input.close();
    LiveFrame frame;
    EXPECT_FALSE(input.take_within(frame, 0.1));
    EXPECT_EQ(input.status().state, LiveState::closed);
}

TEST_F(LiveInputTest, WhatIsNotThereIsTriedAgain) {
    const std::string path = (root_ / ".later.mkv").string();
    LiveInput input;
    input.open(path);
    ASSERT_LT(wait_for(input, LiveState::lost), 10);
    EXPECT_NE(input.status().last_error.find("later.mkv"), std::string::npos);
    make_clip("later.mkv");
    ASSERT_LT(wait_for(input, LiveState::running), 10);
    EXPECT_EQ(input.status().last_error, "");
}

TEST_F(LiveInputTest, EndsWhateverItWaitsFor) {
    const std::string fifo = (root_ / ".fifo").string();
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    const FakeCamera camera = plug_in("one");
    camera.set("stalled");
    for (const std::string& spec :
         {fifo, std::string("udp://127.0.0.1:50999"), std::string("tcp://127.0.0.1:50998?listen=1"),
          std::string("camera:0"), std::string("pattern:nothing"), std::string("-")}) {
        LiveInput input;
        input.open(spec);
        input.open(spec);
        LiveFrame frame;
        EXPECT_FALSE(input.take_within(frame, 0.1)) << spec;
    }
}

TEST_F(LiveInputTest, CamerasComeBackUnderAnotherNumberBesideOthers) {
    const FakeCamera other = plug_in("other", "/dev/video1");
    const FakeCamera camera = plug_in("one", "/dev/video0");
    other.set("modes", "YUYV 320x240 30\n");
    LiveInput input;
    input.open("camera:0");
    EXPECT_EQ(next_of(input).video.width(), 640);
    EXPECT_EQ(input.status().name, "Fake one");
    double last_pts_s = 0;
    for (const char* device : {"/dev/video0", "/dev/video4", "/dev/video2"}) {
        camera.set("unplugged");
        ASSERT_LT(wait_for(input, LiveState::lost), 10);
        EXPECT_NE(input.status().last_error.find("Fake one"), std::string::npos);
        camera.set("device", device);
        camera.unset("unplugged");
        ASSERT_LT(wait_for(input, LiveState::running), 10);
        const LiveFrame frame = next_of(input);
        EXPECT_EQ(frame.video.width(), 640);
        EXPECT_GT(frame.pts_s, last_pts_s);
        last_pts_s = frame.pts_s;
    }
    EXPECT_EQ(input.status().openings, 4);
}

TEST_F(LiveInputTest, CamerasAreTriedUntilTheyAreFreeAndSurviveAStall) {
    const FakeCamera camera = plug_in("one");
    camera.set("busy");
    LiveInput input;
    input.open("camera:0");
    ASSERT_LT(wait_for(input, LiveState::lost), 10);
    EXPECT_NE(input.status().last_error.find("in use by another program"), std::string::npos);
    camera.unset("busy");
    ASSERT_LT(wait_for(input, LiveState::running), 10);
    camera.set("stalled");
    ASSERT_LT(wait_for(input, LiveState::stalled), 10);
    EXPECT_GT(input.status().age_s, 1);
    camera.unset("stalled");
    ASSERT_LT(wait_for(input, LiveState::running), 10);
    // For longer than the timeout of a camera: it is reopened, and goes on when it sends again.
    camera.set("stalled");
    ASSERT_LT(wait_for(input, LiveState::lost), 10);
    EXPECT_NE(input.status().last_error.find("gives no picture"), std::string::npos);
    camera.unset("stalled");
    ASSERT_LT(wait_for(input, LiveState::running), 10);
}

TEST_F(LiveInputTest, CamerasMayChangeTheirPicture) {
    const FakeCamera camera = plug_in("one");
    LiveInput input;
    input.open("camera:0");
    EXPECT_EQ(next_of(input).video.width(), 640);
    camera.set("modes", "YUYV 322x242 30\n");
    ASSERT_LT(wait_for(input, LiveState::lost), 10);
    EXPECT_NE(input.status().last_error.find("another size"), std::string::npos);
    ASSERT_LT(wait_for(input, LiveState::running), 10);
    EXPECT_EQ(next_of(input).video.width(), 322);
}

}  // namespace
}  // namespace reverie
