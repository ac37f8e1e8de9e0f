// Loops: the last frame leads to the first one as neighbours lead to each other, in the picture and
// in the dream.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include "src/render/loop_film.h"
#include "src/render/param_schedule.h"
#include "src/util/error.h"
#include "tests/support/error_of.h"
#include "tests/support/runtime.h"

namespace reverie::loop_test {
namespace {

constexpr int kWide = 97, kHigh = 65;
constexpr double kSeam = 1.2;  // times the mean distance of neighbours

class FrameKeeper : public Sink {
  public:
    explicit FrameKeeper(const PixelFormat& format) : format_(format) {}
    const PixelFormat& format() const override { return format_; }
    VideoFrame acquire() override { return make_frame(format_, kWide, kHigh); }
    void write(const VideoFrame& frame) override { frames.push_back(frame); }
    void finish() override {}

    std::vector<VideoFrame> frames;

  private:
    PixelFormat format_;
};

/// The distance of the last frame from the first one, in mean distances of neighbours.
double seam_of(const std::vector<VideoFrame>& frames) {
    double sum = 0;
    for (size_t i = 1; i < frames.size(); ++i) sum += frame_distance(frames[i - 1], frames[i]);
    return frame_distance(frames.back(), frames.front()) /
           (sum / static_cast<double>(frames.size() - 1));
}

ParamSchedule schedule_of(std::vector<std::string> sets) {
    ParamOptions options;
    options.sets = {"objective=inception_3a", "octaves=1", "iterations=2", "strength=2"};
    options.sets.insert(options.sets.end(), sets.begin(), sets.end());
    return {options, Params()};
}

/// A score with a keyframe at its beginning, and another one.
ParamSchedule schedule_with(const std::string& keyframe) {
    const std::filesystem::path path = std::filesystem::temp_directory_path() /
                                       ("reverie_loop_" + std::to_string(::getpid()) + ".toml");
    std::ofstream(path) << "[[keyframe]]\nat = 0\nstrength = 1\n[[keyframe]]\n" << keyframe;
    ParamOptions options;
    options.score = path;
    ParamSchedule schedule(options, Params());
    std::filesystem::remove(path);
    return schedule;
}

SourceOptions clip(double seconds) {
    SourceOptions from;
    from.width = kWide;
    from.height = kHigh;
    from.duration_s = seconds;
    return from;
}

/// The same gray in each sample of 3 × 2 pixels.
VideoFrame gray(uint8_t value) {
    VideoFrame frame = make_frame(PixelFormat(), 3, 2);
    for (int p = 0; p < frame.format().planes; ++p) {
        const auto bytes =
            static_cast<size_t>(frame.planes.stride_bytes[p]) * frame.format().plane_height(p, 2);
        std::fill_n(frame.planes.data[p], bytes, value);
    }
    return frame;
}

TEST(LoopFilm, FramesAreMixedAndCompared) {
    EXPECT_EQ(frame_distance(gray(10), gray(30)), 20);
    const VideoFrame mixed = mixed_frame(gray(10), gray(30), 0.25);
    EXPECT_EQ(frame_distance(mixed, gray(15)), 0);
    const VideoFrame other = make_frame(PixelFormat(), 5, 2);
    EXPECT_NE(test::error_of([&] { frame_distance(mixed, other); }), "");
}

/// The source alone, beside one that was read from its beginning to its end.
TEST(LoopFilm, LeadsInAndFadesWhatDoesNotLoop) {
    constexpr double kSeconds = 4;
    LoopFilm film("pattern:noise", clip(kSeconds), 0.8);
    EXPECT_TRUE(film.is_faded()) << "its motion does not come back";
    EXPECT_NEAR(film.info().duration_s, 3, 1e-9);
    const std::unique_ptr<Source> whole = open_source("pattern:noise", clip(kSeconds));
    std::vector<VideoFrame> plain, shown;
    while (std::optional<VideoFrame> frame = whole->next()) plain.push_back(*frame);
    std::map<LoopPart, int> parts;
    while (std::optional<VideoFrame> frame = film.next()) {
        const LoopPart part = film.part();
        ++parts[part];
        if (part == LoopPart::lead_in) {
            ASSERT_LT(frame->pts, 0);
            EXPECT_LT(frame_distance(*frame, plain[static_cast<size_t>(75 + frame->pts)]), 0.1);
            continue;
        }
        EXPECT_EQ(frame->pts, static_cast<int64_t>(shown.size()));
        shown.push_back(*frame);
    }
    EXPECT_EQ(parts[LoopPart::lead_in], 20);
    EXPECT_EQ(parts[LoopPart::end], 20);
    ASSERT_EQ(shown.size(), 75U);
    EXPECT_EQ(frame_distance(shown[40], plain[40]), 0);
    EXPECT_LT(frame_distance(shown[0], plain[75]), frame_distance(shown[0], plain[0]))
        << "it begins as what comes after the last frame";
    EXPECT_LE(seam_of(shown), kSeam);
}

TEST(Loop, OfAClipHasNoSeam) {
    Runtime runtime = test::machine_on(open_device({"cpu", 2}));
    const ParamSchedule schedule = schedule_of({"half_life=0.4"});
    LoopFilm film("pattern:clouds", clip(2), 0.6);
    FrameKeeper sink(film.info().format);
    RenderJob job;
    std::optional<VideoFrame> frame;
    job.next = [&]() -> std::optional<DreamInput> {
        frame = film.next();
        if (!frame) return std::nullopt;
        return DreamInput{&*frame, frame->pts, frame->duration, nullptr, film.part()};
    };
    job.size = {kWide, kHigh};
    job.time_base = film.info().time_base;
    job.duration_s = film.info().duration_s;
    run_render_job(job, schedule, runtime, sink, true);
    EXPECT_EQ(sink.frames.size(), static_cast<size_t>(std::lround(25 * job.duration_s)));
    EXPECT_LE(seam_of(sink.frames), kSeam);
}

TEST(Loop, OfAZoomHasNoSeam) {
    constexpr int64_t kFrames = 40, kLead = 15;
    Runtime runtime = test::machine_on(open_device({"cpu", 2}));
    const ParamSchedule schedule =
        schedule_of({"zoom=1.3", "rotation=4", "homeostasis=1", "strength=1"});
    const VideoFrame picture = *open_source("pattern:ink", clip(1))->next();
    FrameKeeper sink(picture.format());
    RenderJob job;
    int64_t at = -kLead;
    job.next = [&]() -> std::optional<DreamInput> {
        if (at == kFrames) return std::nullopt;
        DreamInput input{at == -kLead ? &picture : nullptr, at, 1};
        if (at < 0) input.part = LoopPart::lead_in;
        if (at >= kFrames - kLead) input.part = LoopPart::end;
        ++at;
        return input;
    };
    job.size = {kWide, kHigh};
    job.time_base = {1, 25};
    job.duration_s = kFrames / 25.0;
    job.feedback = true;
    run_render_job(job, schedule, runtime, sink, true);
    ASSERT_EQ(sink.frames.size(), size_t{kFrames});
    EXPECT_LE(seam_of(sink.frames), kSeam);
}

TEST(Loop, AScoreThatEndsElsewhereIsSaid) {
    EXPECT_EQ(schedule_of({"strength=3"}).note_of_loop(7), "");
    EXPECT_EQ(schedule_with("at = \"100%\"\nstrength = 1\n").note_of_loop(7), "");
    EXPECT_EQ(schedule_with("at = 9\nstrength = 1\n").note_of_loop(7), "");
    EXPECT_EQ(schedule_with("at = \"100%\"\nstrength = 2\n").note_of_loop(7),
              "after 7 s, the score is not where it began: the loop jumps there; give it the first "
              "keyframe's look at 100%, too");
    EXPECT_NE(schedule_with("at = 9\nstrength = 2\n").note_of_loop(7), "") << "on its way";
}

}  // namespace
}  // namespace reverie::loop_test
