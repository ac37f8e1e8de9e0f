// Many pictures as a video: as many frames as were listed, whatever is wrong with some of them.
#include <sys/stat.h>

#include "src/media/source_kind.h"
#include "src/media/sources/picture_list.h"
#include "tests/media/support.h"

namespace reverie {
namespace {

class PictureSequenceTest : public MediaTest {
  protected:
    static int level(int number) { return 20 + 4 * (number % 50); }

    /// A gray picture whose level says which one it is.
    void put_picture(const std::string& name, int number, int width = 7, int height = 5) const {
        put(name,
            "P5 " + std::to_string(width) + " " + std::to_string(height) + " 255\n" +
                std::string(static_cast<size_t>(width) * height, static_cast<char>(level(number))));
    }
    void put_numbered(const std::string& folder, const std::vector<int>& numbers) const {
        for (const int n : numbers) {
            char name[32];
            std::snprintf(name, sizeof name, "/f_%04d.pgm", n);
            put_picture(folder + name, n);
        }
    }
    /// Which pictures the frames are.
    static std::vector<int> numbers_of(Source& source) {
        std::vector<int> numbers;
        int64_t pts = 0;
        for (const VideoFrame& frame : all_frames(source)) {
            EXPECT_EQ(frame.pts, pts++);
            numbers.push_back((frame.planes.data[0][0] - 20) / 4);
        }
        return numbers;
    }
    std::vector<int> numbers_in(const std::string& spec, const SourceOptions& options = {}) const {
        return numbers_of(*open_source(at(spec), options));
    }
    std::string notes_of(const std::string& spec) const {
        std::string notes;
        const std::vector<std::string> all = open_source(at(spec))->info().notes;
        for (const std::string& note : all) notes += note + "\n";
        return notes;
    }
};

using Numbers = std::vector<int>;

TEST_F(PictureSequenceTest, AHoleIsThePictureBeforeIt) {
    put_numbered("s", {1, 2, 3, 4, 6, 7, 8, 10, 11});
    EXPECT_EQ(numbers_in("s/f_%04d.pgm"), (Numbers{1, 2, 3, 4, 4, 6, 7, 8, 8, 10, 11}));
    EXPECT_NE(notes_of("s/f_%04d.pgm").find(": 2 frames missing: 5, 9;"), std::string::npos);
    const std::unique_ptr<Source> source = open_source(at("s/f_%04d.pgm"));
    EXPECT_EQ(source->info().frame_count, 11);
    EXPECT_DOUBLE_EQ(source->info().duration_s, 11 / 25.0);
    EXPECT_EQ(source->info().name, at("s/f_%04d.pgm"));
}

TEST_F(PictureSequenceTest, HolesFarInAndSideBySide) {
    put_numbered("s", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 16, 17});
    EXPECT_EQ(numbers_in("s/f_%04d.pgm"),
              (Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10, 10, 10, 15, 16, 17}));
    EXPECT_NE(notes_of("s/f_%04d.pgm").find("4 frames missing: 11-14;"), std::string::npos);
}

TEST_F(PictureSequenceTest, WhatCannotBeReadIsAHole) {
    put_numbered("s", {1, 2, 3, 4, 5, 6, 7, 8, 9});
    put("s/f_0002.pgm", "");
    std::filesystem::remove(at("s/f_0004.pgm"));
    std::filesystem::create_symlink("nowhere", at("s/f_0004.pgm"));
    std::filesystem::remove(at("s/f_0006.pgm"));
    std::filesystem::create_directory(at("s/f_0006.pgm"));
    std::filesystem::remove(at("s/f_0009.pgm"));
    ASSERT_EQ(::mkfifo(at("s/f_0009.pgm").c_str(), 0600), 0);
    put("s/f_0008.pgm", "no picture at all");
    const std::unique_ptr<Source> source = open_source(at("s/f_%04d.pgm"));
    EXPECT_NE(source->info().notes.at(0).find("4 frames missing: 2, 4, 6, 9"), std::string::npos)
        << source->info().notes.at(0);
    EXPECT_EQ(numbers_of(*source), (Numbers{1, 1, 3, 3, 5, 5, 7, 7, 7}));
    EXPECT_EQ(source->errors().missing, "5 frames missing: 2, 4, 6, 8, 9");
}

TEST_F(PictureSequenceTest, HalfAPictureIsAHole) {
    for (const std::string ending : {"png", "jpg", "bmp", "tif"}) {
        const std::string folder = ending + "/";
        std::filesystem::create_directory(at(folder));
        ffmpeg("-f lavfi -i color=gray:size=64x36:rate=25:duration=0.24 -pix_fmt " +
               std::string(ending == "jpg" ? "yuvj444p" : "rgb24") +
               " -vf hue=b=t*9 -start_number 1 '" + at(folder + "f_%02d." + ending) + "'");
        const std::string third = bytes_of(folder + "f_03." + ending);
        put(folder + "f_03." + ending, third.substr(0, third.size() * 2 / 3));
        const std::unique_ptr<Source> source = open_source(at(folder + "f_%02d." + ending));
        const std::vector<VideoFrame> frames = all_frames(*source);
        ASSERT_EQ(frames.size(), 6U) << ending;
        EXPECT_EQ(frames[2].planes.data[0], frames[1].planes.data[0]) << ending;
        EXPECT_NE(frames[3].planes.data[0], frames[1].planes.data[0]) << ending;
        EXPECT_EQ(source->errors().missing, "1 frame missing: 3") << ending;
    }
}

TEST_F(PictureSequenceTest, TheFirstOneMayBeMissing) {
    put_numbered("s", {1, 2, 3, 4});
    put("s/f_0001.pgm", "");
    EXPECT_EQ(numbers_in("s/f_%04d.pgm"), (Numbers{2, 2, 3, 4}));
    for (const char* name : {"s/f_0002.pgm", "s/f_0003.pgm", "s/f_0004.pgm"}) put(name, "x");
    const std::string error = error_of([&] { open_source(at("s/f_%04d.pgm")); });
    EXPECT_NE(error.find("not one of its pictures can be read"), std::string::npos) << error;
}

TEST_F(PictureSequenceTest, OnePartOfIt) {
    put_numbered("s", {1, 2, 3, 4, 6, 7, 9});
    SourceOptions part;
    part.start_s = 0.16;
    part.duration_s = 0.12;
    EXPECT_EQ(numbers_in("s/f_%04d.pgm", part), (Numbers{4, 6, 7}));
    part.fps = {10, 1};
    part.start_s = 0.7;
    part.duration_s = 0;
    EXPECT_EQ(numbers_in("s/f_%04d.pgm", part), (Numbers{7, 9}));
    part.start_s = 2;
    EXPECT_NE(error_of([&] { numbers_in("s/f_%04d.pgm", part); }).find("ends before 2 s"),
              std::string::npos);
}

TEST_F(PictureSequenceTest, NumbersOfAnyLength) {
    for (const int n : {1, 2, 10}) {
        put_picture(
            "t/img_202401011200" + std::string(n < 10 ? "0" : "") + std::to_string(n) + ".pgm", n);
        put_picture("u/" + std::string(25, '9') + (n < 10 ? "0" : "") + std::to_string(n) + ".pgm",
                    n);
        put_picture("v/x" + std::to_string(n) + ".pgm", n);
        put_picture("w/x" + std::to_string(n * n) + ".pgm", n);
    }
    const Numbers all{1, 2, 10};
    EXPECT_EQ(numbers_in("t/img_%014d.pgm"), all);
    EXPECT_EQ(notes_of("t/img_%014d.pgm"), "");
    EXPECT_EQ(numbers_in("u/%d.pgm"), all);
    EXPECT_EQ(numbers_in("w/x%d.pgm"), all) << "1, 4, 100 count nothing";
    EXPECT_NE(notes_of("w/x%d.pgm").find("do not count up"), std::string::npos);
    EXPECT_EQ(numbers_in("v"), all);
}

TEST_F(PictureSequenceTest, EverySecondFrameIsWhole) {
    put_numbered("s", {2, 4, 6, 8, 12, 14});
    EXPECT_EQ(numbers_in("s/f_%04d.pgm"), (Numbers{2, 4, 6, 8, 8, 12, 14}));
    EXPECT_NE(notes_of("s/f_%04d.pgm").find("1 frame missing: 10"), std::string::npos);
}

TEST_F(PictureSequenceTest, AFolderAndAGlob) {
    for (const int n : {1, 2, 10, 11}) put_picture("s/shot " + std::to_string(n) + ".pgm", n);
    put_picture("s/.hidden.pgm", 5);
    put("s/notes.txt", "text");
    std::filesystem::create_directory(at("s/more.pgm"));
    EXPECT_EQ(numbers_in("s"), (Numbers{1, 2, 10, 11}));
    EXPECT_EQ(numbers_in("s/"), (Numbers{1, 2, 10, 11}));
    EXPECT_NE(notes_of("s").find("1 file left out"), std::string::npos);
    EXPECT_EQ(numbers_in("s/*.pgm"), (Numbers{1, 2, 10, 11}));
    EXPECT_EQ(numbers_in("s/shot 1?.pgm"), (Numbers{10, 11}));
    EXPECT_EQ(numbers_in("?/shot [12].*"), (Numbers{1, 2}));
    put("s/shot 2.pgm", "");
    EXPECT_EQ(numbers_in("s"), (Numbers{1, 1, 10, 11}));
    EXPECT_NE(notes_of("s").find("1 frame missing: shot 2.pgm"), std::string::npos);
    EXPECT_NE(error_of([&] { numbers_in("s/*.png"); }).find("no picture"), std::string::npos);
    EXPECT_STREQ(source_kind_of(at("s")).name, "sequence");
}

TEST_F(PictureSequenceTest, PercentAndColonInNames) {
    for (const int n : {1, 2, 3}) {
        const std::string number = std::to_string(n);
        put_picture("100%done/f_000" + number + ".pgm", n);
        put_picture("50%d of it/f_000" + number + ".pgm", n);
        put_picture("shot-1:000" + number + ".pgm", n);
        put_picture("file:a%b_" + number + ".pgm", n);
    }
    for (const char* name : {"100%done/f_%04d.pgm", "50%d of it/f_%04d.pgm", "shot-1:%04d.pgm",
                             "file:a%b_%d.pgm", "100%done", "shot-1:*.pgm"}) {
        EXPECT_EQ(numbers_in(name), (Numbers{1, 2, 3})) << name;
    }
}

TEST_F(PictureSequenceTest, AnotherSizeIsFittedIn) {
    put_picture("s/1.pgm", 20, 33, 17);
    put_picture("s/2.pgm", 30, 17, 17);
    const std::unique_ptr<Source> source = open_source(at("s/%d.pgm"));
    const std::vector<VideoFrame> frames = all_frames(*source);
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames[1].width(), 33);
    const uint8_t* row = frames[1].planes.data[0] + 8 * frames[1].planes.stride_bytes[0];
    EXPECT_EQ(row[0], 0);
    EXPECT_EQ(row[7], 0);
    EXPECT_EQ(row[8], level(30));
    EXPECT_EQ(row[24], level(30));
    EXPECT_EQ(row[25], 0);
    EXPECT_EQ(source->errors().resized_frames, 1);
}

TEST_F(PictureSequenceTest, FormatsMayBeMixed) {
    ffmpeg("-f lavfi -i testsrc2=size=33x17 -frames:v 3 -pix_fmt rgb24 '" + at("%d.png") + "'");
    const std::string plain = planes_of(at("%d.png"));
    ffmpeg("-i '" + at("2.png") + "' -pix_fmt bgra '" + at("2.bmp") + "'");
    std::filesystem::rename(at("2.bmp"), at("2.png"));
    const std::unique_ptr<Source> source = open_source(at("%d.png"));
    SinkOptions options = sink_options_for(source->info());
    options.codec = "ffv1";
    render_identity(at("%d.png"), at("o.mkv"), "ffv1");
    ffmpeg("-i '" + at("o.mkv") + "' -pix_fmt rgb24 '" + at("o_%d.png") + "'");
    EXPECT_EQ(planes_of(at("o_%d.png")), plain);
}

TEST_F(PictureSequenceTest, NumbersAreKept) {
    put_numbered("s", {1001, 1002, 1004});
    std::filesystem::create_directory(at("o"));
    render_identity(at("s/f_%04d.pgm"), at("o/x.%04d.png"), "");
    SourceOptions late;
    late.start_s = 0.08;
    render_identity(at("s/f_%04d.pgm"), at("o/late.%d.png"), "", late);
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(at("o")))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    EXPECT_EQ(names, (std::vector<std::string>{"late.1003.png", "late.1004.png", "x.1001.png",
                                               "x.1002.png", "x.1003.png", "x.1004.png"}));
}

TEST(MissingTextTest, IsShort) {
    EXPECT_EQ(missing_text({}), "");
    EXPECT_EQ(missing_text({"5"}), "1 frame missing: 5");
    EXPECT_EQ(missing_text({"5", "6"}), "2 frames missing: 5, 6");
    EXPECT_EQ(missing_text({"5", "6", "7", "9"}), "4 frames missing: 5-7, 9");
    EXPECT_EQ(missing_text({"a.png", "b.png"}), "2 frames missing: a.png, b.png");
}

}  // namespace
}  // namespace reverie
