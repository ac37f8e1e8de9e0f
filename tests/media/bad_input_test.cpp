// Anything that is not a complete video gives one clear line, or as many frames as there are.
#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "src/media/source_kind.h"
#include "tests/media/support.h"

namespace reverie {
namespace {

class BadInputTest : public MediaTest {
  protected:
    /// One line that names the input and holds `words`.
    void expect_error(const std::string& spec, const std::string& words) const {
        const std::string error = error_of([&] { open_source(spec); });
        EXPECT_NE(error.find(words), std::string::npos) << spec << ": " << error;
        EXPECT_NE(error.find(spec), std::string::npos) << error;
        EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    }
};

TEST_F(BadInputTest, SaysWhatIsWrong) {
    expect_error(at("missing.mp4"), "No such file");
    put("empty.mp4", "");
    expect_error(at("empty.mp4"), "empty");
    put("text.mp4", std::string(5000, 'x') + "\n");
    expect_error(at("text.mp4"), "cannot read");
    expect_error(folder_.string(), "folder");
    expect_error(at("none_%05d.png"), "no picture");
    ffmpeg("-f lavfi -i sine=duration=1 '" + at("sound.m4a") + "'");
    expect_error(at("sound.m4a"), "no video");
    put("broken.png", "\x89PNG\r\n\x1a\n and no more");
    expect_error(at("broken.png"), "cannot");
    make_clip("whole.mp4", "64x48", "-c:v libx264 -pix_fmt yuv420p");
    put("no_index.mp4", bytes_of("whole.mp4").substr(0, 2000));
    expect_error(at("no_index.mp4"), "moov");
}

TEST_F(BadInputTest, TruncatedFilesEndEarly) {
    make_clip("whole.mkv", "64x48", "-c:v libx264 -g 5 -pix_fmt yuv420p");
    const std::string bytes = bytes_of("whole.mkv");
    put("half.mkv", bytes.substr(0, bytes.size() / 2));
    const std::unique_ptr<Source> source = open_source(at("half.mkv"));
    const size_t count = all_frames(*source).size();
    EXPECT_GT(count, 3U);
    EXPECT_LT(count, 30U);
    EXPECT_TRUE(source->errors().truncated);
    const std::unique_ptr<Source> whole = open_source(at("whole.mkv"));
    EXPECT_EQ(all_frames(*whole).size(), 30U);
    EXPECT_FALSE(whole->errors().truncated);
    make_clip("front.mp4", "64x48", "-c:v libx264 -g 5 -pix_fmt yuv420p -movflags +faststart");
    const std::string front = bytes_of("front.mp4");
    put("half.mp4", front.substr(0, front.size() * 2 / 3));
    const std::unique_ptr<Source> cut = open_source(at("half.mp4"));
    EXPECT_LT(all_frames(*cut).size(), 30U);
    EXPECT_TRUE(cut->errors().truncated);
}

TEST_F(BadInputTest, CorruptedPacketsAreSkippedAndCounted) {
    make_clip("whole.avi", "64x48", "-c:v ffv1 -level 3 -slicecrc 1 -g 1");
    std::string bytes = bytes_of("whole.avi");
    const size_t middle = bytes.size() / 2;
    for (size_t i = middle; i < middle + 40; ++i) bytes[i] = static_cast<char>(bytes[i] ^ 0x5A);
    put("damaged.avi", bytes);
    const std::unique_ptr<Source> source = open_source(at("damaged.avi"));
    EXPECT_GE(all_frames(*source).size(), 28U);
    const SourceErrors errors = source->errors();
    EXPECT_GT(errors.corrupted_packets + errors.damaged_frames, 0);
    EXPECT_FALSE(errors.first.empty());
}

TEST_F(BadInputTest, SmallAndOddPicturesAreRead) {
    for (const std::string size : {"1x1", "7x5", "33x17"}) {
        for (const std::string format : {"rgb24", "rgb48be", "gray", "pal8", "rgba"}) {
            const std::string name = at("p_" + size + "_" + format + ".png");
            ffmpeg("-f lavfi -i testsrc2=size=64x64 -frames:v 1 -vf scale=" + size +
                   ",format=" + format + " -update 1 '" + name + "'");
            const std::unique_ptr<Source> source = open_source(name);
            EXPECT_TRUE(source->info().still);
            EXPECT_EQ(
                std::to_string(source->info().width) + "x" + std::to_string(source->info().height),
                size);
            EXPECT_EQ(all_frames(*source).size(), 1U) << name;
        }
    }
}

TEST_F(BadInputTest, HugePicturesDoNotCrash) {
    // A header that promises 60000x60000, and nothing behind it.
    std::string png("\x89PNG\r\n\x1a\n", 8);
    png += std::string("\0\0\0\x0dIHDR\0\0\xea\x60\0\0\xea\x60\x08\x02\0\0\0", 21);
    png += std::string("\x9d\x4d\x5f\x7e\0\0\0\x01IDAT\0", 13);
    put("huge.png", png);
    EXPECT_NE(error_of([&] { open_source(at("huge.png")); }), "");
}

TEST_F(BadInputTest, PipesLeadToNoFileAndNoAddress) {
    make_clip("own.mp4", "34x18", "-pix_fmt yuv420p");
    const std::string dash =
        "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" "
        "profiles=\"urn:mpeg:dash:profile:isoff-on-demand:2011\" "
        "mediaPresentationDuration=\"PT1S\"><Period><AdaptationSet mimeType=\"video/mp4\">"
        "<Representation id=\"1\" bandwidth=\"1\"><BaseURL>file://" +
        at("own.mp4") + "</BaseURL></Representation></AdaptationSet></Period></MPD>\n";
    const std::string session =
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=video 50987 RTP/AVP 96\na=rtpmap:96 H264/90000\n";
    put("own.mpd", dash);
    EXPECT_EQ(open_source(at("own.mpd"))->info().width, 34);  // the file says the same, and may
    ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
    for (const std::string& bytes : {dash, session}) {
        std::thread writer([&] { std::ofstream(at("pipe"), std::ios::binary) << bytes; });
        const std::string error = error_of([&] { open_source(at("pipe")); });
        writer.join();
        EXPECT_NE(error.find("cannot read"), std::string::npos) << error;
    }
}

TEST_F(BadInputTest, PipesNeitherBlockNorHang) {
    const std::string pipe = at("pipe");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    std::atomic<bool> stop = false;
    SourceOptions options;
    options.stop = &stop;
    std::thread stopper([&] {
        ::usleep(200000);
        stop = true;
    });
    EXPECT_THROW(open_source(pipe, options), Interrupted);
    stopper.join();

    make_clip("clip.y4m", "34x18", "-pix_fmt yuv420p");
    std::thread writer([&] {
        const std::string bytes = bytes_of("clip.y4m");
        std::ofstream(pipe, std::ios::binary) << bytes.substr(0, bytes.size() - 100);
    });
    SourceOptions late;  // a pipe cannot be sought in
    late.start_s = 0.2;
    const std::unique_ptr<Source> source = open_source(pipe, late);
    const std::vector<VideoFrame> frames = all_frames(*source);
    writer.join();
    EXPECT_GE(frames.size(), 24U);
    EXPECT_EQ(frames[0].pts, 0);
    EXPECT_STREQ(source_kind_of(pipe).name, "pipe");
}

TEST_F(BadInputTest, PalettesAndOtherByteOrdersAreReadWithoutLoss) {
    for (const auto& [stored, shown] : {std::pair{"pal8", "rgb24"},
                                        {"rgb48be", "rgb48le"},
                                        {"gray16be", "gray16le"},
                                        {"monob", "gray"}}) {
        const std::string png = at(std::string(stored) + ".png");
        ffmpeg(std::string("-f lavfi -i testsrc2=size=64x64 -frames:v 1 -vf scale=33:17,format=") +
               stored + " -update 1 '" + png + "'");
        ffmpeg("-i '" + png + "' -pix_fmt " + shown + " -f rawvideo '" + at("raw") + "'");
        const VideoFrame frame = open_source(png)->next().value();
        const std::string expected = bytes_of("raw");
        const size_t row = frame.format().row_bytes(0, 33);
        ASSERT_EQ(expected.size(), row * 17) << stored;
        for (int y = 0; y < 17; ++y) {
            EXPECT_EQ(std::memcmp(frame.planes.data[0] + y * frame.planes.stride_bytes[0],
                                  &expected[y * row], row),
                      0)
                << stored << " row " << y;
        }
    }
}

}  // namespace
}  // namespace reverie
