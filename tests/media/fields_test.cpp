// Interlaced video becomes whole pictures; a size or shape that changes on the way is fitted; the
// shape of pixels follows the size.
#include <cmath>
#include <numeric>

#include "src/media/sample_aspect.h"
#include "tests/media/support.h"

namespace reverie {
namespace {

/// Of the first plane.
int luma(const VideoFrame& frame, int x, int y) {
    return frame.planes.data[0][y * frame.planes.stride_bytes[0] + x];
}

/// How often a line differs from both of its neighbours while these are alike: the teeth of
/// combing.
int64_t teeth(const VideoFrame& frame) {
    int64_t count = 0;
    for (int y = 1; y + 1 < frame.height(); ++y) {
        for (int x = 0; x < frame.width(); ++x) {
            const int above = luma(frame, x, y - 1);
            const int below = luma(frame, x, y + 1);
            const int here = luma(frame, x, y);
            if (std::abs(above - below) < 30 && std::abs(2 * here - above - below) > 120) ++count;
        }
    }
    return count;
}

/// Where the bright bar begins in a line of the middle.
int bar(const VideoFrame& frame) {
    for (int x = 1; x < frame.width(); ++x) {
        if (luma(frame, x - 1, frame.height() / 2) < 126 &&
            luma(frame, x, frame.height() / 2) >= 126)
            return x;
    }
    return -1;
}

class Fields : public MediaTest {
  protected:
    /// A bar that moves by 4 px a field, in fields of frames: 50 pictures become 25.
    void make_fields(const std::string& name, const std::string& size, bool top_first,
                     const std::string& arguments) const {
        ffmpeg("-f lavfi -i color=black:s=" + size +
               ":r=50:d=0.4,format=gray,geq=lum='if(between(X-4*N\\,8\\,40)\\,235\\,16)' -vf "
               "tinterlace=" +
               (top_first ? "interleave_top,setfield=tff" : "interleave_bottom,setfield=bff") +
               " " + arguments + " '" + at(name) + "'");
    }
};

TEST_F(Fields, BecomeWholePicturesOneByOne) {
    struct Case {
        std::string name, arguments;
        bool top_first;
        std::string size = "162x100";
    };
    const std::vector<Case> cases{
        {"mpeg2.ts", "-pix_fmt yuv420p -c:v mpeg2video -flags +ildct+ilme -q:v 2", true},
        {"x264.mp4", "-pix_fmt yuv420p -c:v libx264 -crf 5 -flags +ildct -x264-params tff=1", true},
        {"bff.mkv", "-pix_fmt yuv422p10le -c:v libx264 -crf 5 -x264-params bff=1", false},
        {"prores.mov", "-pix_fmt yuv422p10le -c:v prores_ks -flags +ildct", true},
        {"raw.mov", "-pix_fmt uyvy422 -c:v rawvideo -field_order tt", true},
        {"ffv1.mkv", "-pix_fmt yuv420p -c:v ffv1 -field_order bb", false},
        {"dv.avi", "-pix_fmt yuv420p -c:v dvvideo", false, "720x576"},
    };
    for (const Case& each : cases) {
        make_fields(each.name, each.size, each.top_first, each.arguments);
        const std::unique_ptr<Source> source = open_source(at(each.name));
        ASSERT_EQ(source->info().notes.size(), 1U) << each.name;
        EXPECT_NE(source->info().notes[0].find("--keep-interlaced"), std::string::npos);
        const std::vector<VideoFrame> whole = all_frames(*source);
        SourceOptions keep;
        keep.keep_interlaced = true;
        const std::unique_ptr<Source> kept = open_source(at(each.name), keep);
        EXPECT_TRUE(kept->info().notes.empty());
        const std::vector<VideoFrame> combed = all_frames(*kept);
        ASSERT_EQ(combed.size(), 10U) << each.name;
        ASSERT_EQ(whole.size(), combed.size()) << each.name;
        const int64_t pixels = int64_t{combed[0].width()} * combed[0].height();
        if (whole[0].format().planes < 3) continue;  // packed: luma() is of planes
        for (size_t i = 0; i < whole.size(); ++i) {
            EXPECT_EQ(whole[i].pts, combed[i].pts) << each.name;
            EXPECT_EQ(whole[i].duration, combed[i].duration) << each.name;
            if (each.name == "prores.mov" || each.name == "bff.mkv") continue;  // 10 bits
            if (each.name != "raw.mov") {
                EXPECT_GT(teeth(combed[i]) * 400, pixels) << each.name;
            }
            EXPECT_LT(teeth(whole[i]) * 2000, pixels) << each.name << " " << i;
            // The bar stands where it stood at the frame's first field: the order is respected.
            EXPECT_NEAR(bar(whole[i]), 8 + 8 * static_cast<int>(i), 1) << each.name << " " << i;
        }
    }
}

TEST_F(Fields, ProgressiveFramesAreNotTouched) {
    make_clip("plain.mkv", "34x18", "-c:v ffv1 -pix_fmt yuv420p");
    make_clip("soft.ts", "162x100",
              "-c:v libx264 -pix_fmt yuv420p -x264-params fake-interlaced=1 -frames:v 4");
    for (const std::string name : {"plain.mkv", "soft.ts"}) {
        SourceOptions keep;
        keep.keep_interlaced = true;
        const std::vector<VideoFrame> a = all_frames(*open_source(at(name)));
        const std::vector<VideoFrame> b = all_frames(*open_source(at(name), keep));
        ASSERT_EQ(a.size(), b.size());
        for (size_t i = 0; i < a.size(); ++i) {
            for (int y = 0; y < a[i].height(); ++y) {
                for (int x = 0; x < a[i].width(); ++x)
                    ASSERT_EQ(luma(a[i], x, y), luma(b[i], x, y)) << name;
            }
        }
    }
}

TEST_F(Fields, PartsBeginAndEndWhereTheyShould) {
    make_fields("clip.ts", "162x100", true,
                "-pix_fmt yuv420p -c:v mpeg2video -g 1 -flags +ildct+ilme -q:v 2");
    SourceOptions part;
    part.start_s = 0.16;
    part.duration_s = 0.12;
    const std::vector<VideoFrame> frames = all_frames(*open_source(at("clip.ts"), part));
    ASSERT_EQ(frames.size(), 3U);
    for (int i = 0; i < 3; ++i) EXPECT_NEAR(bar(frames[i]), 8 + 8 * (4 + i), 1);
}

class Sizes : public MediaTest {
  protected:
    /// Joins two parts of the same codec to one transport stream.
    void join(const std::string& name, const std::string& first, const std::string& second) const {
        const std::string common = " -c:v libx264 -preset veryfast -qp 10 -pix_fmt yuv420p ";
        ffmpeg(first + common + "'" + at("a.ts") + "'");
        ffmpeg(second + common + "-output_ts_offset 0.2 '" + at("b.ts") + "'");
        output_of("cat '" + at("a.ts") + "' '" + at("b.ts") + "' > '" + at(name) + "'");
    }
    static std::string square(const std::string& size, const std::string& side,
                              const std::string& more = "") {
        return "-f lavfi -i color=black:s=" + size + ":r=25:d=0.2 -vf 'drawbox=x=(iw-" + side +
               ")/2:y=(ih-" + side + ")/2:w=" + side + ":h=" + side + ":c=white:t=fill" + more +
               "'";
    }
    /// Width and height of what is bright, by its middle lines.
    static std::pair<int, int> bright(const VideoFrame& frame) {
        std::pair<int, int> size{0, 0};
        for (int x = 0; x < frame.width(); ++x)
            size.first += luma(frame, x, frame.height() / 2) > 125;
        for (int y = 0; y < frame.height(); ++y)
            size.second += luma(frame, frame.width() / 2, y) > 125;
        return size;
    }
};

TEST_F(Sizes, ThatChangeAreFittedWithBars) {
    join("upright.ts", square("160x90", "40"), square("96x128", "40"));
    join("flat.ts", square("96x128", "40"), square("160x90", "40"));
    join("small.ts", square("64x36", "20"), square("32x18", "10"));
    for (const std::string name : {"upright.ts", "flat.ts", "small.ts"}) {
        const std::unique_ptr<Source> source = open_source(at(name));
        const std::vector<VideoFrame> frames = all_frames(*source);
        ASSERT_EQ(frames.size(), 10U) << name;
        EXPECT_EQ(source->errors().resized_frames, 5) << name;
        for (const VideoFrame& frame : frames) {
            EXPECT_EQ(frame.width(), frames[0].width());
            const auto [width, height] = bright(frame);
            EXPECT_NEAR(width, height, 1) << name;
            EXPECT_GT(width, 8);
        }
        if (name == "small.ts") {
            EXPECT_EQ(bright(frames[9]), bright(frames[0]));
        }
        if (name == "upright.ts") {
            EXPECT_EQ(luma(frames[9], 0, 45), 16) << "a bar of black";
        }
    }
}

/// 4:3 that becomes 16:9 in the same number of samples, as in a broadcast.
TEST_F(Sizes, PixelsThatChangeTheirShapeAreFittedToo) {
    join("broadcast.ts", square("180x144", "40", ",setsar=16/15"),
         square("180x144", "40", ",setsar=64/45"));
    const std::unique_ptr<Source> source = open_source(at("broadcast.ts"));
    const std::vector<VideoFrame> frames = all_frames(*source);
    ASSERT_EQ(frames.size(), 10U);
    EXPECT_EQ(source->errors().resized_frames, 5);
    const auto before = bright(frames[0]);
    const auto after = bright(frames[9]);
    EXPECT_EQ(before.first, before.second);
    EXPECT_NEAR(after.first * 16.0 / 15 / after.second, 64.0 / 45, 0.08);
    EXPECT_EQ(luma(frames[9], 90, 2), 16) << "a bar of black";
}

TEST(Shape, FollowsTheSize) {
    const auto info = [](int width, int height, Rational aspect) {
        SourceInfo source;
        source.name = "clip";
        source.width = width;
        source.height = height;
        source.sample_aspect = aspect;
        return source;
    };
    const SourceInfo pal = info(180, 144, {64, 45});
    const SourceInfo ntsc = info(180, 120, {32, 27});
    const SourceInfo wide = info(160, 90, {1, 1});
    EXPECT_EQ(aspect_at(pal, 256, 144), (Rational{1, 1}));
    EXPECT_EQ(aspect_at(ntsc, 214, 120), (Rational{320, 321}));
    EXPECT_EQ(aspect_at(pal, 180, 144), (Rational{64, 45}));
    EXPECT_EQ(aspect_at(pal, 90, 72), (Rational{64, 45}));
    EXPECT_EQ(aspect_at(wide, 160, 160), (Rational{16, 9}));
    EXPECT_EQ(aspect_at(wide, 100, 56), (Rational{1, 1})) << "rounded to a pixel";
    EXPECT_EQ(aspect_at(info(1440, 1080, {4, 3}), 1920, 1080), (Rational{1, 1})) << "HDV";
    EXPECT_EQ(aspect_at(info(7, 5, {1, 1}), 21, 15), (Rational{1, 1}));
    EXPECT_EQ(shape_note(pal, 256, 144), "");
    EXPECT_EQ(shape_note(wide, 100, 56), "");
    const std::string note = shape_note(wide, 160, 160);
    EXPECT_NE(note.find("clip is 16:9"), std::string::npos) << note;
    EXPECT_NE(note.find("160x90"), std::string::npos) << note;
    // The displayed picture keeps its shape, by another computation.
    for (const auto& [width, height] : {std::pair{33, 17}, {320, 200}, {1, 77}}) {
        const Rational aspect = aspect_at(ntsc, width, height);
        EXPECT_NEAR(aspect.value() * width / height, 16.0 / 9, 0.01 * 16 / 9);
    }
}

}  // namespace
}  // namespace reverie
