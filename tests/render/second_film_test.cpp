// A second source that runs along: what it shows at any time, beside a naive reading.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

#include "src/media/sink.h"
#include "src/render/param_schedule.h"
#include "src/render/render_job.h"
#include "src/util/error.h"
#include "tests/support/runtime.h"

namespace reverie::second_film_test {
namespace {

namespace fs = std::filesystem;

constexpr int kWidth = 33, kHeight = 17, kEdge = 14;

/// A folder of its own.
class SecondFilmTest : public testing::Test {
  protected:
    SecondFilmTest()
        : folder_(fs::temp_directory_path() /
                  fmt::format("reverie_second_{}_{}",
                              testing::UnitTest::GetInstance()->current_test_info()->name(),
                              std::random_device{}())) {
        fs::create_directory(folder_);
    }
    ~SecondFilmTest() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    std::string at(const char* name) const { return (folder_ / name).string(); }

    /// Frame i has the grey 10 i + 7, and lasts as long as `durations` says, in 90ths of a second; or
    /// it is white to the left of kEdge where i is even, to its right where it is odd, else black.
    std::string clip(const char* name, const std::vector<int>& durations, bool halves = false) {
        SinkOptions options;
        options.width = kWidth;
        options.height = kHeight;
        options.time_base = {1, 90};
        options.frame_rate = {15, 1};
        options.codec = "ffv1";
        options.source_format.planes = 1;
        options.source_format.matrix = ColorMatrix::rgb;
        const std::unique_ptr<Sink> sink = open_sink(at(name), options);
        int64_t pts = 0;
        for (size_t i = 0; i < durations.size(); ++i) {
            VideoFrame frame = sink->acquire();
            const uint8_t grey = static_cast<uint8_t>(halves ? i % 2 * 255 : 10 * i + 7);
            for (int p = 0; p < frame.format().planes; ++p) {
                const size_t row = frame.format().row_bytes(p, kWidth);
                const size_t left = frame.format().row_bytes(p, kEdge);
                for (int y = 0; y < frame.format().plane_height(p, kHeight); ++y) {
                    uint8_t* to = frame.planes.data[p] + y * frame.planes.stride_bytes[p];
                    std::fill_n(to, row, grey);
                    if (halves) std::fill_n(to, left, static_cast<uint8_t>(255 - grey));
                }
            }
            frame.pts = pts;
            frame.duration = durations[i];
            pts += durations[i];
            sink->write(frame);
        }
        sink->finish();
        return at(name);
    }

    fs::path folder_;
};

SecondFilmOptions of(const std::string& spec, double start_s = 0, Size drawn = {}) {
    return {spec, start_s, drawn, nullptr};
}

int number_of(const VideoFrame& frame) {
    const PixelFormat& format = frame.format();
    const PlaneComponent& first = format.component[0];
    return (frame.planes.data[first.plane][first.offset] - 7) / 10;
}

/// By addition: the frame of a run that is seen at a time, from 0 on.
int naive(const std::vector<int>& durations, double time_s) {
    int all = 0;
    for (const int d : durations) all += d;
    double left = std::fmod(time_s * 90, all);
    for (size_t i = 0; i < durations.size(); ++i) {
        if (left < durations[i]) return static_cast<int>(i);
        left -= durations[i];
    }
    return 0;
}

TEST_F(SecondFilmTest, ShowsTheFrameOfEachTimeAndBeginsAgain) {
    const std::vector<int> durations{6, 6, 6, 6, 6};
    const std::string path = clip("five.mkv", durations);
    SecondFilm film(of(path));
    std::mt19937 random(3);
    std::uniform_real_distribution<double> step(0.011, 0.19);
    // Away from the moments that rounding may move.
    const auto steady = [](double time_s) {
        return std::abs(std::remainder(time_s, 6.0 / 90)) > 0.003;
    };
    for (double time_s = 0.01; time_s < 3; time_s += step(random)) {
        if (!steady(time_s)) continue;
        EXPECT_EQ(number_of(film.at(time_s)), naive(durations, time_s)) << time_s;
    }
    // At the same moments as another clip of the same rate, whose times are not rounded.
    for (int i = 0; i < 12; ++i) EXPECT_EQ(number_of(film.at(i * 6.0 / 90)), i % 5) << i;
    // Whatever was asked before.
    for (const double time_s : {2.51, 0.17, 0.03, 1.23, 0.3}) {
        EXPECT_EQ(number_of(film.at(time_s)), naive(durations, time_s)) << time_s;
        SecondFilm fresh(of(path));
        EXPECT_EQ(number_of(fresh.at(time_s)), naive(durations, time_s)) << time_s;
    }
    SecondFilm later(of(path, 0.21));
    for (const double time_s : {0.01, 0.16, 0.31, 1.4})
        EXPECT_EQ(number_of(later.at(time_s)), naive(durations, time_s + 0.21)) << time_s;
}

/// Keeps what it is given, as R, G, B and a byte of nothing.
class Kept : public Sink {
  public:
    const PixelFormat& format() const override { return format_; }
    VideoFrame acquire() override { return make_frame(format_, kWidth, kHeight); }
    void write(const VideoFrame& frame) override { frames.push_back(frame); }
    void finish() override {}

    std::vector<VideoFrame> frames;

  private:
    PixelFormat format_ = without_alpha(packed_rgba(8));
};

uint8_t sample(const VideoFrame& frame, int x, int y, int c) {
    return frame.planes.data[0][y * frame.planes.stride_bytes[0] + 4 * x + c];
}

/// Of every frame, what its second picture has black keeps the source's bits.
TEST_F(SecondFilmTest, ARenderDreamsWhereTheSecondSourceIsBright) {
    constexpr int kFrames = 7;
    const std::string path = clip("halves.mkv", {6, 6}, true);
    std::vector<VideoFrame> input;
    std::mt19937 random(5);
    for (int i = 0; i < kFrames; ++i) {
        input.push_back(make_frame(without_alpha(packed_rgba(8)), kWidth, kHeight));
        for (int y = 0; y < kHeight; ++y)
            for (int x = 0; x < 4 * kWidth; ++x)
                input.back().planes.data[0][y * input.back().planes.stride_bytes[0] + x] =
                    static_cast<uint8_t>(60 + random() % 120);
    }
    Runtime runtime = test::machine_on(open_device({"cpu", 2}));
    ParamOptions options;
    options.sets = {"objective=conv2@second", "octaves=1", "iterations=2", "strength=1"};
    const ParamSchedule schedule(options, Params());
    SecondFilm film(of(path));
    Kept sink;
    RenderJob job;
    size_t next = 0;
    job.next = [&]() -> std::optional<DreamInput> {
        if (next == input.size()) return std::nullopt;
        const auto pts = static_cast<int64_t>(next);
        return DreamInput{&input[next++], pts, 1};
    };
    job.size = {kWidth, kHeight};
    job.time_base = {1, 15};
    job.output = "kept";
    job.second = &film;
    run_render_job(job, schedule, runtime, sink, true);
    ASSERT_EQ(sink.frames.size(), size_t{kFrames});
    for (int i = 0; i < kFrames; ++i) {
        int changed = 0;
        for (int y = 0; y < kHeight; ++y) {
            for (int x = 0; x < kWidth; ++x) {
                const bool bright = (x < kEdge) == (i % 2 == 0);
                for (int c = 0; c < 3; ++c) {
                    const bool same = sample(sink.frames[i], x, y, c) == sample(input[i], x, y, c);
                    if (!bright) {
                        EXPECT_TRUE(same) << i << ": " << x << ", " << y;
                    }
                    changed += same ? 0 : 1;
                }
            }
        }
        EXPECT_GT(changed, kHeight * kEdge) << i;
    }
}

TEST_F(SecondFilmTest, OneFrameIsSeenForEver) {
    SecondFilm film(of(clip("one.mkv", {6})));
    for (const double time_s : {0.0, 0.05, 0.1, 17.3, 0.2})
        EXPECT_EQ(number_of(film.at(time_s)), 0) << time_s;
    SecondFilm still(of(REVERIE_ROOT "/tests/data/googlenet.ppm"));
    EXPECT_EQ(still.at(0).owner, still.at(7.7).owner);
}

TEST_F(SecondFilmTest, WhatIsNoPictureIsSaid) {
    EXPECT_THROW(SecondFilm(of(at("nothing.mkv"))), Error);
    std::ofstream(at("words.mkv")) << "words\n";
    EXPECT_THROW(SecondFilm(of(at("words.mkv"))), Error);
}

TEST_F(SecondFilmTest, APatternGoesOn) {
    SecondFilm film(of("pattern:clouds", 0, {kWidth, kHeight}));
    const VideoFrame first = film.at(0);
    EXPECT_EQ(first.width(), kWidth);
    const VideoFrame later = film.at(11);
    EXPECT_NEAR(static_cast<double>(later.pts) * film.info().time_base.value(), 11,
                1 / film.info().frame_rate.value());
}

}  // namespace
}  // namespace reverie::second_film_test
