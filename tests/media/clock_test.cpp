// Files whose clocks go back, jump, or do not begin at 0; the last picture's duration; raw streams.
// Picture n of a clip has luma 20 + 4n, which tells which one it is.
#include <algorithm>
#include <cmath>

#include "tests/media/support.h"

namespace reverie {
namespace {

class ClockTest : public MediaTest {
  protected:
    /// `seconds` of counted pictures, 25 a second, with a tone where `more` maps one.
    void make_counted(const std::string& name, double seconds, const std::string& arguments) const {
        ffmpeg("-f lavfi -i \"nullsrc=size=32x16:rate=25:duration=" + std::to_string(seconds) +
               ",geq=lum='20+4*mod(N\\,50)':cb=128:cr=128\" -f lavfi -i "
               "sine=sample_rate=48000:duration=" +
               std::to_string(seconds) + " " + arguments + " '" + at(name) + "'");
    }

    void join(const std::vector<std::string>& parts, const std::string& whole) const {
        std::ofstream out(at(whole), std::ios::binary);
        for (const std::string& part : parts) {
            out << std::ifstream(at(part), std::ios::binary).rdbuf();
        }
    }

    /// The numbers of the pictures that a source gives.
    std::vector<int> numbers_of(const std::string& path, const SourceOptions& options = {}) {
        std::vector<int> numbers;
        for (const VideoFrame& frame : all_frames(*open_source(path, options))) {
            numbers.push_back((frame.planes.data[0][0] - 20 + 2) / 4);
        }
        return numbers;
    }

    static std::vector<int> count(int from, int to) {
        std::vector<int> numbers;
        for (int i = from; i < to; ++i) numbers.push_back(i % 50);
        return numbers;
    }

    /// Where each picture is after the first, in milliseconds, as ffprobe reads it.
    static std::vector<int> times_ms(const std::string& path) {
        std::istringstream lines(
            probe(path, "-select_streams v -show_entries frame=best_effort_timestamp_time"));
        std::vector<int> times;
        for (std::string line; std::getline(lines, line);) {
            if (line.empty()) continue;
            times.push_back(
                static_cast<int>(std::lround(1000 * std::strtod(line.c_str(), nullptr))));
        }
        std::sort(times.begin(), times.end());
        return times;
    }
    static void expect_even(const std::string& path, size_t frames) {
        const std::vector<int> times = times_ms(path);
        ASSERT_EQ(times.size(), frames) << path;
        for (size_t i = 0; i < times.size(); ++i) {
            EXPECT_NEAR(times[i], 40 * static_cast<int>(i), 1) << path;
        }
    }
    /// In seconds, of all streams.
    static double duration_of(const std::string& path) {
        return std::strtod(probe(path, "-show_entries format=duration").c_str(), nullptr);
    }
    static double sound_end_of(const std::string& path) {
        const std::string packets =
            probe(path, "-select_streams a -show_entries packet=pts_time,duration_time");
        const size_t last = packets.rfind('\n', packets.size() - 2) + 1;
        const size_t comma = packets.find(',', last);
        return std::strtod(packets.c_str() + last, nullptr) +
               std::strtod(packets.c_str() + comma + 1, nullptr);
    }
    std::string render(const std::string& from, const std::string& to,
                       const SourceOptions& options = {}) {
        std::filesystem::remove(at(to));
        render_identity(at(from), at(to), "h264", options);
        return at(to);
    }
};

constexpr const char* kTs = "-c:v libx264 -g 25 -qp 8 -pix_fmt yuv420p -c:a aac -f mpegts";

TEST_F(ClockTest, JoinedPartsGoOn) {
    make_counted("a.ts", 1, kTs);
    make_counted("b.ts", 0.6, std::string(kTs) + " -output_ts_offset 30");
    join({"a.ts", "a.ts"}, "back.ts");
    join({"b.ts", "a.ts", "b.ts"}, "to_and_fro.ts");
    for (const auto& [name, frames] : {std::pair{"back.ts", 50}, {"to_and_fro.ts", 55}}) {
        for (const std::string ending : {".mp4", ".avi"}) {
            const std::string out = render(name, "out" + ending);
            expect_even(out, frames);
            EXPECT_NEAR(sound_end_of(out), frames / 25.0, 0.08) << name << ending;
        }
    }
    EXPECT_EQ(numbers_of(at("to_and_fro.ts")).size(), 55U);
}

TEST_F(ClockTest, JoinedProgramStreamsGoOn) {
    const std::string vob = "-c:v mpeg2video -q:v 2 -c:a mp2 -f vob";
    make_counted("a.vob", 1, vob);
    join({"a.vob", "a.vob"}, "joined.vob");
    const std::string out = render("joined.vob", "out.mp4");
    expect_even(out, 50);
    EXPECT_NEAR(sound_end_of(out), 2, 0.08);
}

TEST_F(ClockTest, PlaylistsWithDiscontinuitiesGoOn) {
    make_counted("a.ts", 1, kTs);
    std::ofstream(at("list.m3u8")) << "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n"
                                      "#EXTINF:1.0,\na.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:1.0,\n"
                                      "a.ts\n#EXT-X-ENDLIST\n";
    const std::string out = render("list.m3u8", "out.mp4");
    expect_even(out, 50);
    EXPECT_NEAR(sound_end_of(out), 2, 0.08);
    SourceOptions late;
    late.start_s = 1.2;
    EXPECT_EQ(numbers_of(at("list.m3u8"), late), count(5, 25));
}

TEST_F(ClockTest, AnHourAheadIsNoPause) {
    make_counted("a.ts", 1, kTs);
    make_counted("b.ts", 1, std::string(kTs) + " -output_ts_offset 3600");
    make_counted("silent.ts", 1, "-map 0 -c:v mpeg2video -q:v 2 -f mpegts -output_ts_offset 7000");
    join({"a.ts", "b.ts"}, "jump.ts");
    expect_even(render("jump.ts", "out.mp4"), 50);
    SourceOptions options;
    options.fps = {25, 1};
    EXPECT_EQ(all_frames(*open_source(at("jump.ts"), options)).size(), 50U);
    make_counted("early.ts", 1, "-map 0 -c:v mpeg2video -q:v 2 -f mpegts");
    join({"early.ts", "silent.ts"}, "silent_jump.ts");
    expect_even(render("silent_jump.ts", "out.mkv"), 50);
}

/// Scores and progress use this length; libav computes it as the last time minus the first.
TEST_F(ClockTest, JoinedFilesAreAsLongAsTheirParts) {
    const std::string h264 = "-c:v libx264 -g 25 -pix_fmt yuv420p -c:a aac ";
    make_counted("a.ts", 1, h264);
    make_counted("b.ts", 0.6, h264);
    ffmpeg("-i '" + at("b.ts") + "' -c copy -output_ts_offset 3600 '" + at("far.ts") + "'");
    make_counted("a.flv", 1, "-c:v flv1 -an");
    make_counted("raw.h264", 1.2, "-map 0:v -c:v libx264 -bf 0 -pix_fmt yuv420p");
    join({"a.ts", "b.ts"}, "joined.ts");
    join({"b.ts", "b.ts", "b.ts"}, "thrice.ts");
    join({"a.ts", "far.ts"}, "jump.ts");
    SourceOptions exact;
    exact.exact_length = true;
    for (const auto& [name, seconds] : {std::pair{"joined.ts", 1.6},
                                        {"thrice.ts", 1.8},
                                        {"jump.ts", 1.6},
                                        {"a.flv", 1.0},
                                        {"raw.h264", 1.2}}) {
        EXPECT_NEAR(open_source(at(name), exact)->info().duration_s, seconds, 0.05) << name;
        SourceOptions late = exact;
        late.start_s = 0.4;
        const std::unique_ptr<Source> rest = open_source(at(name), late);
        EXPECT_NEAR(rest->info().duration_s, seconds - 0.4, 0.05) << name;
        EXPECT_EQ(rest->info().frame_count, std::lround((seconds - 0.4) * 25)) << name;
    }
}

TEST_F(ClockTest, APauseStaysOne) {
    const std::string pause = "-vf \"setpts='PTS+gte(N\\,13)*5/TB'\" -fps_mode passthrough ";
    make_counted("pause.mkv", 1, "-map 0 " + pause + "-c:v libx264 -pix_fmt yuv420p");
    make_counted("pause.ts", 1, "-map 0 " + pause + "-c:v mpeg2video");
    for (const std::string name : {"pause.mkv", "pause.ts"}) {
        const std::vector<int> times = times_ms(render(name, "out.mp4"));
        ASSERT_EQ(times.size(), 25U) << name;
        EXPECT_EQ(times[13] - times[12], 5040) << name;
    }
    // The picture stands still for longer than any pause, but the sound goes on.
    ffmpeg(
        "-f lavfi -i testsrc2=size=32x16:rate=25:duration=1 -f lavfi -i sine=duration=13 -vf "
        "\"setpts='PTS+gte(N\\,13)*12/TB'\" -fps_mode passthrough -c:v mpeg2video -c:a mp2 '" +
        at("still.ts") + "'");
    const std::vector<int> times = times_ms(render("still.ts", "out.mp4"));
    ASSERT_EQ(times.size(), 25U);
    EXPECT_EQ(times[13] - times[12], 12040);
}

TEST_F(ClockTest, AStartBehindAJoinIsFound) {
    make_counted("a.ts", 1, kTs);
    join({"a.ts", "a.ts"}, "joined.ts");
    SourceOptions options;
    options.start_s = 1.4;
    options.duration_s = 0.2;
    EXPECT_EQ(numbers_of(at("joined.ts"), options), count(10, 15));
    const std::string out = render("joined.ts", "out.mp4", options);
    expect_even(out, 5);
    EXPECT_NEAR(sound_end_of(out), 0.2, 0.05);
}

TEST_F(ClockTest, WhatBeginsLateBeginsAtZero) {
    make_counted("base.mp4", 2, "-c:v libx264 -g 25 -qp 8 -pix_fmt yuv420p -c:a aac");
    for (const std::string name : {"late.mkv", "late.flv", "late.mov", "late.ts"}) {
        ffmpeg("-i '" + at("base.mp4") + "' -c copy -output_ts_offset 100 '" + at(name) + "'");
        const std::unique_ptr<Source> source = open_source(at(name));
        EXPECT_NEAR(source->info().duration_s, 2, 0.1) << name;
        EXPECT_EQ(all_frames(*source).size(), 50U) << name;
        EXPECT_FALSE(source->errors().truncated) << name;
        const std::string out = render(name, name == "late.mkv" ? "out.avi" : "out.mp4");
        expect_even(out, 50);
        EXPECT_NEAR(duration_of(out), 2, 0.05) << name;
        SourceOptions options;
        options.duration_s = 1;
        EXPECT_EQ(numbers_of(at(name), options), count(0, 25)) << name;
        options = {};
        options.start_s = 1;
        EXPECT_EQ(numbers_of(at(name), options), count(25, 50)) << name;
    }
}

TEST_F(ClockTest, TheLastPictureLastsAsLong) {
    ffmpeg("-f lavfi -i testsrc2=size=32x16:rate=10:duration=0.3 '" + at("fast.gif") + "'");
    // The delay of the last picture, in its graphic control extension (89a, 23.c.vii).
    std::string gif;
    {
        std::ifstream in(at("fast.gif"), std::ios::binary);
        gif.assign(std::istreambuf_iterator<char>(in), {});
    }
    const size_t control = gif.rfind("\x21\xF9\x04");
    ASSERT_NE(control, std::string::npos);
    gif[control + 4] = 44, gif[control + 5] = 1;  // 3.00 s
    std::ofstream(at("slides.gif"), std::ios::binary) << gif;
    for (const std::string ending : {".mp4", ".mov", ".mkv", ".avi"}) {
        EXPECT_NEAR(duration_of(render("slides.gif", "out" + ending)), 3.2, 0.02) << ending;
    }
    const std::unique_ptr<Source> source = open_source(at("slides.gif"));
    EXPECT_EQ(all_frames(*source).back().duration * source->info().time_base.num * 100,
              300 * source->info().time_base.den);
    EXPECT_FALSE(source->errors().truncated);
    // Frames are stored in another order than shown: only the index tells the last one's duration.
    render("slides.gif", "slides.mp4");
    const std::unique_ptr<Source> stored = open_source(at("slides.mp4"));
    const VideoFrame last = all_frames(*stored).back();
    EXPECT_NEAR(static_cast<double>(last.duration) * stored->info().time_base.value(), 3, 0.02);
    EXPECT_FALSE(stored->errors().truncated);
    // Pictures of which the last is short.
    make_counted("vfr.mkv", 0.16,
                 "-map 0 -vf \"setpts='if(lt(N,3),N,2.04)/TB'\" -fps_mode passthrough -c:v libx264 "
                 "-bf 0 -pix_fmt yuv420p");
    for (const std::string ending : {".mp4", ".mov"}) {
        EXPECT_NEAR(duration_of(render("vfr.mkv", "out" + ending)), 2.08, 0.01) << ending;
    }
}

TEST_F(ClockTest, RawStreamsAreCounted) {
    make_counted("raw.h264", 2, "-map 0 -c:v libx264 -g 25 -bf 0 -qp 8 -pix_fmt yuv420p");
    make_counted("b_frames.h264", 2, "-map 0 -c:v libx264 -g 20 -bf 2 -qp 8 -pix_fmt yuv420p");
    make_counted("raw.m2v", 2, "-map 0 -c:v mpeg2video -g 12 -bf 2 -q:v 2");
    make_counted("raw.m4v", 2, "-map 0 -c:v mpeg4 -g 12 -q:v 2");
    for (const std::string name : {"raw.h264", "b_frames.h264", "raw.m2v", "raw.m4v"}) {
        SourceOptions options;
        options.start_s = 0.4;
        options.duration_s = 0.2;
        EXPECT_EQ(numbers_of(at(name), options), count(10, 15)) << name;
        options.start_s = 1.2;
        EXPECT_EQ(numbers_of(at(name), options), count(30, 35)) << name;
    }
}

}  // namespace
}  // namespace reverie
