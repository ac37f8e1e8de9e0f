// An output that is taken up where it was interrupted has the bytes of one that was not: of every
// codec and container, with sound, and with frames that do not come evenly.
#include <map>

#include "tests/media/support.h"

namespace reverie {
namespace {

constexpr int kAcross = 70, kDown = 66;
constexpr int kFrames = 31, kSegment = 8;

class ResumedSinkTest : public MediaTest {
  protected:
    SinkOptions options_of(const std::string& codec) const {
        SinkOptions options;
        options.width = kAcross;
        options.height = kDown;
        options.many = true;
        options.time_base = {1, 1000};
        options.frame_rate = {25, 1};
        options.source_format = planar_yuv(8, 1, 1, ColorMatrix::bt709, false);
        options.codec = codec;
        return options;
    }

    /// In ms: slow ones, then fast ones, so that a segment begins decoding before the last one ends.
    static int64_t pts_of_frame(int number) {
        return number < 2 * kSegment ? 70 * number
                                     : 70 * 2 * kSegment + 20 * (number - 2 * kSegment);
    }

    /// A ramp that moves, and a square that leaps.
    static VideoFrame picture(Sink& sink, int number) {
        VideoFrame frame = sink.acquire();
        const PixelFormat& format = frame.format();
        for (int p = 0; p < format.planes; ++p) {
            const auto bytes = static_cast<ptrdiff_t>(format.row_bytes(p, frame.width()));
            for (int y = 0; y < format.plane_height(p, frame.height()); ++y) {
                for (ptrdiff_t x = 0; x < bytes; ++x) {
                    const bool square = (x / 8 + y / 8 + number) % 7 == 0;
                    frame.planes.data[p][y * frame.planes.stride_bytes[p] + x] =
                        static_cast<uint8_t>(square ? 200 - p : (3 * x + 2 * y + 5 * number) % 128);
                }
            }
        }
        frame.pts = pts_of_frame(number);
        frame.duration = pts_of_frame(number + 1) - frame.pts;
        return frame;
    }

    /// From one frame to another; those before `again` come from the log.
    void write(Sink& sink, int from, int to, int again) const {
        for (int n = from; n < to; ++n) {
            if (n > 0 && n % kSegment == 0) sink.begin_segment();
            if (n < again)
                sink.write_again(pts_of_frame(n), pts_of_frame(n + 1) - pts_of_frame(n));
            else
                sink.write(picture(sink, n));
            const auto samples = [](int64_t pts) { return pts * 48; };
            std::vector<float> sound;
            for (int64_t s = samples(pts_of_frame(n)); s < samples(pts_of_frame(n + 1)); ++s)
                sound.insert(sound.end(), 2, static_cast<float>(s % 97) / 97);
            sink.write_sound(sound);
        }
    }

    void expect_same(const std::string& ending, const std::string& codec, bool sound) {
        SCOPED_TRACE(codec + " in " + ending + (sound ? " with sound" : ""));
        SinkOptions options = options_of(codec);
        options.sound = sound;
        options.overwrite = true;
        const std::unique_ptr<Sink> whole = open_sink(at("whole" + ending), options);
        write(*whole, 0, kFrames, 0);
        whole->finish();
        options.packet_log = at("packets");
        int kept = 0;
        // Interrupted twice: at a segment's end with more behind it, and at the next one.
        for (const int checkpoint : {2 * kSegment, 3 * kSegment}) {
            const std::unique_ptr<Sink> first = open_sink(at("resumed" + ending), options);
            write(*first, 0, checkpoint, kept);
            first->begin_segment();
            options.resumed_bytes = first->commit();
            write_a_little_more(*first, checkpoint);
            kept = checkpoint;
        }
        const std::unique_ptr<Sink> second = open_sink(at("resumed" + ending), options);
        write(*second, 0, kFrames, kept);
        second->finish();
        EXPECT_GT(bytes_of("whole" + ending).size(), 500U);
        EXPECT_EQ(bytes_of("resumed" + ending), bytes_of("whole" + ending));
        std::filesystem::remove(at("packets"));
    }

    static void write_a_little_more(Sink& sink, int from) {
        for (int n = from; n < from + 3; ++n) sink.write(picture(sink, n));
    }
};

TEST_F(ResumedSinkTest, EveryVideoHasTheSameBytes) {
    std::map<std::string, std::vector<std::string>> endings{{"h264", {".mp4", ".mkv", ".avi"}},
                                                            {"h265", {".mp4"}},
                                                            {"prores", {".mov"}},
                                                            {"ffv1", {".mkv"}},
                                                            {"vp9", {".webm", ".mkv"}},
                                                            {"av1", {".webm"}}};
    int tried = 0;
    for (const EncoderInfo& encoder : list_encoders()) {
        const auto found = endings.find(encoder.codec);
        if (!encoder.works || found == endings.end()) continue;
        for (const std::string& ending : found->second) expect_same(ending, encoder.name, false);
        ++tried;
    }
    EXPECT_GT(tried, 2);
    expect_same(".mp4", "h264", true);
    expect_same(".mkv", "ffv1", true);
}

TEST_F(ResumedSinkTest, PicturesThatAreThereAreKept) {
    SinkOptions options = options_of("");
    const std::string name = at("%03d.png");
    {
        const std::unique_ptr<Sink> first = open_sink(name, options);
        write(*first, 0, kSegment, 0);
        first->begin_segment();
        options.resumed_bytes = first->commit();
        write_a_little_more(*first, kSegment);
    }
    const auto time = std::filesystem::last_write_time(at("001.png"));
    const std::unique_ptr<Sink> second = open_sink(name, options);
    write(*second, 0, kFrames, kSegment);
    second->finish();
    EXPECT_EQ(std::filesystem::last_write_time(at("001.png")), time);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), kFrames);
    std::filesystem::remove(at("002.png"));
    const std::unique_ptr<Sink> third = open_sink(name, options);
    EXPECT_NE(error_of([&] { write(*third, 0, kSegment, kSegment); }).find("002.png"),
              std::string::npos);
}

TEST_F(ResumedSinkTest, ALogThatIsTooShortIsRefused) {
    put("packets", "abc");
    SinkOptions options = options_of("");
    options.packet_log = at("packets");
    options.resumed_bytes = 4;
    EXPECT_NE(error_of([&] { open_sink(at("a.mkv"), options); }).find("shorter"),
              std::string::npos);
    options.resumed_bytes = 3;
    const std::unique_ptr<Sink> sink = open_sink(at("a.mkv"), options);
    EXPECT_NE(error_of([&] { sink->write_again(0, 40); }).find("damaged"), std::string::npos);
}

}  // namespace
}  // namespace reverie
