// A render that changes nothing gives the source's planes, times and sound, bit for bit.
#include "tests/media/support.h"

namespace reverie {
namespace {

TEST_F(MediaTest, IdentityKeepsPlanesAndTimes) {
    for (const std::string format :
         {"yuv420p", "yuv444p", "yuv422p10le", "yuv420p12le", "yuv444p16le", "yuvj420p", "gray",
          "gray10le", "yuv440p", "bgr0", "gbrp10le"}) {
        const bool odd = format == "yuv444p" || format == "gray";
        make_clip("in.mkv", odd ? "33x17" : "64x48", "-pix_fmt " + format + " -c:v ffv1 -level 3");
        std::filesystem::remove(at("out.mkv"));
        render_identity(at("in.mkv"), at("out.mkv"), "ffv1");
        EXPECT_EQ(planes_of(at("in.mkv")), planes_of(at("out.mkv"))) << format;
    }
    EXPECT_EQ(pts_of(at("in.mkv")), pts_of(at("out.mkv")));
}

TEST_F(MediaTest, IdentityKeepsVariableRates) {
    make_clip("in.mp4", "64x48",
              "-vf select='not(eq(mod(n\\,5)\\,2)+eq(mod(n\\,7)\\,3))' -vsync vfr -c:v libx264 "
              "-pix_fmt yuv420p -bf 2 -video_track_timescale 25000",
              "30000/1001");
    for (const std::string name : {"out.mp4", "out.mov"}) {
        render_identity(at("in.mp4"), at(name), name == "out.mov" ? "prores" : "h264");
        EXPECT_EQ(pts_of(at("in.mp4")), pts_of(at(name))) << name;
    }
}

TEST_F(MediaTest, SoundChaptersAndSubtitlesPassThrough) {
    std::ofstream(at("s.srt")) << "1\n00:00:00,100 --> 00:00:00,600\nA <i>dream</i>\n\n";
    std::ofstream(at("c.txt"))
        << ";FFMETADATA1\ntitle=Sheep\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\n"
           "title=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=500\nEND=1200\ntitle=Two\n";
    make_clip("in.mkv", "64x48", "-map 0 -map 1 -map 2 -map_metadata 3 -c:v ffv1 -c:a aac -c:s srt",
              "25",
              "-f lavfi -i sine=duration=1.2 -i '" + at("s.srt") + "' -i '" + at("c.txt") + "'");
    render_identity(at("in.mkv"), at("out.mkv"), "ffv1");
    EXPECT_EQ(packets_of(at("in.mkv"), "a"), packets_of(at("out.mkv"), "a"));
    EXPECT_EQ(packets_of(at("in.mkv"), "s"), packets_of(at("out.mkv"), "s"));
    const std::string chapters =
        "-show_chapters -show_entries chapter=start_time,end_time:chapter_tags=title";
    EXPECT_EQ(probe(at("in.mkv"), chapters), probe(at("out.mkv"), chapters));
    EXPECT_NE(probe(at("out.mkv"), "-show_entries format_tags=title").find("Sheep"),
              std::string::npos);

    render_identity(at("in.mkv"), at("out.mp4"), "h264");
    EXPECT_TRUE(notes_.empty()) << notes_[0];
    EXPECT_EQ(hashes_in(packets_of(at("in.mkv"), "a")), hashes_in(packets_of(at("out.mp4"), "a")));
    EXPECT_NE(packets_of(at("out.mp4"), "a").find("\n0.023220,"),
              std::string::npos);  // 1024 samples
    render_identity(at("out.mp4"), at("again.mp4"), "h264");
    EXPECT_EQ(packets_of(at("out.mp4"), "a"), packets_of(at("again.mp4"), "a"));
    ffmpeg("-i '" + at("out.mp4") + "' -map 0:s '" + at("back.srt") + "'");
    std::ifstream back(at("back.srt"));
    std::string first_lines((std::istreambuf_iterator<char>(back)), {});
    EXPECT_NE(first_lines.find("A dream"), std::string::npos) << first_lines;
    EXPECT_NE(probe(at("out.mp4"), chapters).find("Two"), std::string::npos);

    render_identity(at("in.mkv"), at("out.webm"), "vp9");
    ASSERT_EQ(notes_.size(), 2U);
    EXPECT_NE(notes_[0].find("aac"), std::string::npos);
    EXPECT_NE(notes_[0].find("becomes opus"), std::string::npos);
}

/// MPEG-TS: a clock that begins at any time, and sound whose packets have ADTS headers.
TEST_F(MediaTest, TransportStreamsBecomeFiles) {
    make_clip("in.ts", "64x48", "-map 0 -map 1 -c:v libx264 -g 12 -pix_fmt yuv420p -c:a aac", "25",
              "-f lavfi -i sine=duration=1.2");
    SourceOptions options;
    options.start_s = 0.4;
    for (const std::string name : {"out.mp4", "out.mkv", "late.mp4"}) {
        const bool late = name == "late.mp4";
        render_identity(at("in.ts"), at(name), "h264", late ? options : SourceOptions{});
        const double first = std::strtod(pts_of(at(name)).c_str(), nullptr);
        EXPECT_GE(first, 0) << name;
        EXPECT_LT(first, 0.1) << name;
        ffmpeg("-i '" + at(name) + "' -map 0:a -f null -");
        EXPECT_GT(packets_of(at(name), "a").size(), 500U) << name;
    }
}

TEST_F(MediaTest, StartAndDurationCutExactly) {
    make_clip("in.mp4", "64x48",
              "-map 0 -map 1 -c:v libx264 -g 12 -bf 2 -pix_fmt yuv420p -c:a pcm_s16le -f mov", "25",
              "-f lavfi -i sine=duration=1.2");
    SourceOptions options;
    options.start_s = 0.4;
    options.duration_s = 0.5;
    const std::vector<VideoFrame> whole = all_frames(*open_source(at("in.mp4")));
    const std::vector<VideoFrame> part = all_frames(*open_source(at("in.mp4"), options));
    ASSERT_EQ(whole.size(), 30U);
    ASSERT_EQ(part.size(), 13U);  // 0.40 … 0.88
    for (size_t i = 0; i < part.size(); ++i) {
        EXPECT_EQ(part[i].pts, whole[i + 10].pts - whole[10].pts);
        EXPECT_EQ(std::memcmp(part[i].planes.data[0], whole[i + 10].planes.data[0], 64), 0);
    }
    render_identity(at("in.mp4"), at("out.mov"), "prores", options);
    const std::string sound = packets_of(at("out.mov"), "a");
    const double first = std::strtod(sound.c_str(), nullptr);
    EXPECT_GE(first, 0);
    EXPECT_LT(first, 0.03);
    SourceOptions late;
    late.start_s = 60;
    EXPECT_NE(error_of([&] { open_source(at("in.mp4"), late); }).find("ends before"),
              std::string::npos);
}

TEST_F(MediaTest, SoundEndsWithTheLastFrameOfARunThatIsCutShort) {
    make_clip("in.mkv", "64x48", "-map 0 -map 1 -c:v ffv1 -pix_fmt yuv420p -c:a pcm_s16le", "25",
              "-f lavfi -i sine=duration=1.2");
    for (const bool cut : {false, true}) {
        const std::unique_ptr<Source> source = open_source(at("in.mkv"));
        SinkOptions options = sink_options_for(source->info());
        options.streams = source->streams_to_copy();
        options.overwrite = true;
        const std::unique_ptr<Sink> sink = open_sink(at("out.mkv"), options);
        for (int i = 0; i < 10; ++i) sink->write(*source->next());
        if (cut) sink->end_with_last_frame();
        sink->finish();
        const std::string sound = packets_of(at("out.mkv"), "a");
        const size_t last = sound.rfind('\n', sound.size() - 2) + 1;
        const double end_s = std::strtod(sound.c_str() + last, nullptr);
        EXPECT_NEAR(end_s, cut ? 0.4 : 1.2, 0.1) << sound;
    }
}

TEST_F(MediaTest, TheSameFramesGiveTheSameBytes) {
    make_clip("in.mkv", "96x64", "-c:v ffv1 -pix_fmt yuv420p");
    for (const auto& [codec, ending] : {std::pair{"h264", ".mp4"},
                                        {"h265", ".mkv"},
                                        {"prores", ".mov"},
                                        {"ffv1", ".mkv"},
                                        {"av1", ".mkv"},
                                        {"vp9", ".webm"}}) {
        const std::string a = at(std::string("a_") + codec + ending);
        const std::string b = at(std::string("b_") + codec + ending);
        render_identity(at("in.mkv"), a, codec);
        render_identity(at("in.mkv"), b, codec);
        EXPECT_EQ(output_of("cmp '" + a + "' '" + b + "'"), "") << codec;
        EXPECT_EQ(pts_of(a), pts_of(at("in.mkv"))) << codec;
    }
}

TEST_F(MediaTest, TenBitsStayWhereTheEncoderHasThem) {
    make_clip("in.mkv", "96x64", "-c:v ffv1 -pix_fmt yuv420p10le");
    for (const auto& [codec, ending] :
         {std::pair{"h264", ".mp4"}, {"h265", ".mp4"}, {"prores", ".mov"}, {"av1", ".mkv"}}) {
        const std::string out = at(std::string("out_") + codec + ending);
        render_identity(at("in.mkv"), out, codec);
        EXPECT_NE(probe(out, "-select_streams v -show_entries stream=pix_fmt").find("10le"),
                  std::string::npos)
            << codec;
    }
}

TEST_F(MediaTest, ColorTagsGoAlong) {
    make_clip("in.mp4", "64x48",
              "-c:v libx264 -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 "
              "-colorspace bt2020nc "
              "-color_range tv");
    render_identity(at("in.mp4"), at("out.mp4"), "h264");
    const std::string tags =
        "-select_streams v -show_entries "
        "stream=color_space,color_transfer,color_primaries,color_range";
    EXPECT_EQ(probe(at("in.mp4"), tags), probe(at("out.mp4"), tags));
}

TEST_F(MediaTest, RatesAreResampledByTheClock) {
    make_clip("in.mp4", "64x48", "-c:v libx264 -pix_fmt yuv420p", "25");
    SourceOptions options;
    options.fps = {10, 1};
    const std::unique_ptr<Source> slow = open_source(at("in.mp4"), options);
    const std::vector<VideoFrame> kept = all_frames(*slow);
    const std::vector<VideoFrame> all = all_frames(*open_source(at("in.mp4")));
    ASSERT_EQ(kept.size(), 12U);
    for (size_t i = 0; i < kept.size(); ++i) {
        EXPECT_EQ(kept[i].pts, static_cast<int64_t>(i));
        const size_t shown = i * 5 / 2;  // the latest frame that began by i/10 s
        EXPECT_EQ(std::memcmp(kept[i].planes.data[0], all[shown].planes.data[0], 64), 0) << i;
    }
    options.fps = {50, 1};
    EXPECT_EQ(all_frames(*open_source(at("in.mp4"), options)).size(), 60U);
}

TEST_F(MediaTest, TurnedVideosStandUpright) {
    make_clip("in.mp4", "64x48", "-frames:v 3 -c:v libx264 -qp 0 -pix_fmt yuv420p");
    for (const int degrees : {90, 180, 270}) {
        const std::string turned = at("turned" + std::to_string(degrees) + ".mp4");
        // The tag says by how much the stored picture is rotated counter-clockwise.
        ffmpeg("-i '" + at("in.mp4") +
               "' -c copy -metadata:s:v:0 rotate=" + std::to_string(degrees) + " '" + turned + "'");
        const std::string expected = at("expected.mkv");
        ffmpeg("-i '" + turned + "' -c:v ffv1 -pix_fmt yuv420p '" + expected +
               "'");  // rotates by itself
        const std::unique_ptr<Source> source = open_source(turned);
        EXPECT_EQ(source->info().rotation_deg, 360 - degrees);
        std::filesystem::remove(at("out.mkv"));
        render_identity(turned, at("out.mkv"), "ffv1");
        EXPECT_EQ(planes_of(at("out.mkv")), planes_of(expected)) << degrees;
    }
}

}  // namespace
}  // namespace reverie
