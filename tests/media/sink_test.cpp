// Outputs appear whole or not at all, and unfinished ones play.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <functional>

#include "src/media/sinks/sink_file.h"
#include "src/media/sound.h"
#include "src/util/output_file.h"
#include "tests/media/support.h"

namespace reverie {
namespace {

class SinkTest : public MediaTest {
  protected:
    static SinkOptions options_of(int width, int height) {
        SinkOptions options;
        options.width = width;
        options.height = height;
        options.time_base = {1, 25};
        options.frame_rate = {25, 1};
        options.source_format = planar_yuv(8, 1, 1, ColorMatrix::bt709, false);
        return options;
    }

    using Fill = std::function<void(VideoFrame&, int)>;

    /// Noise, so that the file grows.
    static void fill(VideoFrame& frame, int number) {
        uint32_t state = 1 + static_cast<uint32_t>(number);
        each_row(frame, [&](uint8_t* row, ptrdiff_t bytes) {
            for (ptrdiff_t b = 0; b < bytes; ++b) {
                state = state * 1664525U + 1013904223U;
                row[b] = static_cast<uint8_t>(state >> 24U);
            }
        });
    }
    /// One shade, another in each frame.
    static void fill_quietly(VideoFrame& frame, int number) {
        each_row(frame, [&](uint8_t* row, ptrdiff_t bytes) {
            std::fill_n(row, bytes, static_cast<uint8_t>(100 + number % 50));
        });
    }
    static void each_row(VideoFrame& frame, const std::function<void(uint8_t*, ptrdiff_t)>& use) {
        for (int p = 0; p < frame.format().planes; ++p) {
            const ptrdiff_t stride = frame.planes.stride_bytes[p];
            const int rows = frame.format().plane_height(p, frame.height());
            for (int y = 0; y < rows; ++y) use(frame.planes.data[p] + y * stride, stride);
        }
    }

    static void write_frame(Sink& sink, int number, const Fill& filled = fill) {
        VideoFrame frame = sink.acquire();
        filled(frame, number);
        frame.pts = number;
        frame.duration = 1;
        sink.write(frame);
    }
    static void write_frames(Sink& sink, int count, const Fill& filled = fill) {
        for (int i = 0; i < count; ++i) write_frame(sink, i, filled);
    }

    /// How a process of its own ends that does this: as waitpid() says.
    static int status_of(const std::function<void()>& work) {
        const pid_t child = ::fork();
        if (child == 0) {
            std::fputs(error_of(work).c_str(), stderr);
            ::_exit(1);
        }
        int status = -1;
        EXPECT_EQ(::waitpid(child, &status, 0), child);
        return status;
    }
    /// From now on, in this process: fails in the same way as a full disk.
    static void limit_files(rlim_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{bytes, bytes};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }

    static size_t count_frames(const std::string& path) {
        return all_frames(*open_source(path)).size();
    }
};

TEST_F(SinkTest, ExistingOutputsAreKept) {
    std::ofstream(at("there.mp4")) << "precious";
    SinkOptions options = options_of(64, 48);
    EXPECT_NE(error_of([&] { open_sink(at("there.mp4"), options); }).find("--overwrite"),
              std::string::npos);
    EXPECT_EQ(std::filesystem::file_size(at("there.mp4")), 8U);
    options.overwrite = true;
    {
        const std::unique_ptr<Sink> sink = open_sink(at("there.mp4"), options);
        write_frames(*sink, 5);
        EXPECT_EQ(std::filesystem::file_size(at("there.mp4")), 8U);
        EXPECT_TRUE(std::filesystem::exists(sink->partial_path()));
        sink->finish();
        EXPECT_EQ(sink->partial_path(), "");
    }
    EXPECT_EQ(count_frames(at("there.mp4")), 5U);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(SinkTest, UnfinishedFilesPlay) {
    for (const std::string name : {"out.mp4", "out.mkv", "out.mov", "out.avi", "out.webm"}) {
        std::string partial;
        {
            const std::unique_ptr<Sink> sink = open_sink(at(name), options_of(64, 64));
            write_frames(*sink, 40);
            partial = sink->partial_path();
        }
        EXPECT_FALSE(std::filesystem::exists(at(name)));
        EXPECT_EQ(count_frames(partial), 40U) << name;
    }
}

/// A killed process cannot close its file. A quiet picture takes so few bytes that a buffer could
/// hold minutes of it.
TEST_F(SinkTest, KilledRecordingsPlayToTheirLastSeconds) {
    for (const std::string name : {"out.mp4", "out.mkv", "out.mov", "out.avi", "out.webm"}) {
        const int status = status_of([&] {
            SinkOptions options = options_of(66, 50);
            options.realtime = true;
            const std::unique_ptr<Sink> sink = open_sink(at(name), options);
            write_frames(*sink, 600, fill_quietly);
            ::kill(::getpid(), SIGKILL);
        });
        ASSERT_TRUE(WIFSIGNALED(status)) << name;
        EXPECT_GT(count_frames(partial_name(at(name))), 600U - 3 * 25U) << name;
    }
}

TEST_F(SinkTest, KilledRendersPlay) {
    for (const std::string name : {"out.mp4", "out.mkv"}) {
        const int status = status_of([&] {
            const std::unique_ptr<Sink> sink = open_sink(at(name), options_of(66, 50));
            write_frames(*sink, 600, fill_quietly);
            ::kill(::getpid(), SIGKILL);
        });
        ASSERT_TRUE(WIFSIGNALED(status)) << name;
        EXPECT_GT(count_frames(partial_name(at(name))), 100U) << name;
    }
}

/// Whoever finds bytes in an unfinished file may end the program then, in whatever way. Sound comes
/// late: the muxer is given some of it before a picture.
TEST_F(SinkTest, AFileHasNoBytesBeforeItPlays) {
    const std::vector<float> sound(size_t{700} * kSoundChannels);
    for (const auto& [name, codec] : {std::pair{"out.mp4", ""},
                                      {"out.mkv", ""},
                                      {"out.mov", ""},
                                      {"out.avi", ""},
                                      {"out.avi", "ffv1"},
                                      {"out.webm", ""}}) {
        for (const bool realtime : {false, true}) {
            SCOPED_TRACE(std::string(name) + " " + codec +
                         (realtime ? ", a recording" : ", a render"));
            SinkOptions options = options_of(70, 66);
            options.codec = codec;
            options.realtime = realtime;
            options.sound = true;
            const std::unique_ptr<Sink> sink = open_sink(at(name), options);
            const std::string partial = sink->partial_path();
            int written = 0;
            while (std::filesystem::file_size(partial) == 0 && written < 900) {
                write_frame(*sink, written++, fill_quietly);
                sink->write_sound(sound);
            }
            ASSERT_GT(std::filesystem::file_size(partial), 0U);
            EXPECT_GT(count_frames(partial), 0U);
        }
    }
}

TEST_F(SinkTest, FullDisksGiveOneLineAndAFileThatPlays) {
    for (const std::string name : {"out.mp4", "out.mkv"}) {
        const int status = status_of([&] {
            limit_files(1500000);
            bool failed = false;
            {
                SinkOptions options = options_of(320, 240);
                options.crf = 1;
                options.realtime = true;
                const std::unique_ptr<Sink> sink = open_sink(at(name), options);
                const std::string error = error_of([&] { write_frames(*sink, 400); });
                failed = error.find("cannot write") != std::string::npos &&
                         error.find('\n') == std::string::npos;
            }
            ::_exit(failed ? 0 : 1);
        });
        EXPECT_EQ(status, 0) << name;
        EXPECT_FALSE(std::filesystem::exists(at(name)));
        EXPECT_GT(count_frames(partial_name(at(name))), 10U) << name;
    }
}

/// There is room for the header, and for a part of the first picture.
TEST_F(SinkTest, FullDisksLeaveNoFileThatDoesNotPlay) {
    for (const std::string name : {"out.mp4", "out.mkv", "out.mov", "out.avi", "out.webm"}) {
        for (const int count : {1, 40}) {
            const int status = status_of([&] {
                limit_files(20000);
                bool failed = false;
                {
                    SinkOptions options = options_of(320, 240);
                    options.crf = 1;
                    options.realtime = true;
                    const std::unique_ptr<Sink> sink = open_sink(at(name), options);
                    const std::string error = error_of([&] {
                        write_frames(*sink, count);
                        sink->finish();
                    });
                    sink->finish_partial();
                    failed = !error.empty() && sink->partial_path().empty();
                }
                ::_exit(failed ? 0 : 1);
            });
            EXPECT_EQ(status, 0) << name << ", " << count;
            EXPECT_TRUE(std::filesystem::is_empty(folder_)) << name << ", " << count;
        }
    }
}

TEST_F(SinkTest, ClosedPipesGiveOneLine) {
    std::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ::close(ends[0]);
    const std::unique_ptr<Sink> sink = open_pipe_sink(ends[1], "stdout", options_of(64, 48));
    EXPECT_NE(error_of([&] { write_frames(*sink, 3); }).find("closed by its reader"),
              std::string::npos);
    ::close(ends[1]);
}

TEST_F(SinkTest, PipesCarryYuv4mpeg) {
    for (const std::string format : {"yuv420p", "yuv422p10le", "yuv444p"}) {
        make_clip("in.mkv", "34x18", "-c:v ffv1 -pix_fmt " + format);
        const int fd = ::open(at("out.y4m").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        const std::unique_ptr<Source> source = open_source(at("in.mkv"));
        const std::unique_ptr<Sink> sink =
            open_pipe_sink(fd, "a pipe", sink_options_for(source->info()));
        Image rgb(*device_, 34, 18, 3);
        DeviceFrame staging(*device_);
        while (std::optional<VideoFrame> frame = source->next()) {
            staging.to_rgb(*stream_, *frame, rgb);
            VideoFrame out = sink->acquire();
            staging.from_rgb(*stream_, rgb, out);
            out.pts = frame->pts;
            out.duration = frame->duration;
            sink->write(out);
        }
        sink->finish();
        ::close(fd);
        EXPECT_EQ(planes_of(at("in.mkv")), planes_of(at("out.y4m"))) << format;
    }
}

TEST_F(SinkTest, SequencesAndStillsComeBack) {
    for (const int bits : {8, 16}) {
        const std::string pattern = at("f" + std::to_string(bits) + "_%03d.png");
        SinkOptions options = options_of(33, 17);
        options.source_format = planar_gbr(bits);
        const std::unique_ptr<Sink> sink = open_sink(pattern, options);
        EXPECT_EQ(sink->format().bits, bits);
        write_frames(*sink, 3);
        sink->finish();
        EXPECT_TRUE(std::filesystem::exists(at("f" + std::to_string(bits) + "_001.png")));
        EXPECT_THROW(open_sink(pattern, options), Error);
        const std::vector<VideoFrame> frames = all_frames(*open_source(pattern));
        ASSERT_EQ(frames.size(), 3U);
        EXPECT_EQ(frames[2].pts, 2);
        EXPECT_EQ(frames[0].format().bits, bits);
        VideoFrame first = sink->acquire();  // memory of the last frame written
        const size_t row = first.format().row_bytes(0, 33);
        bool found = false;
        for (const VideoFrame& frame : frames) {
            found |= std::memcmp(frame.planes.data[0], first.planes.data[0], row) == 0;
        }
        EXPECT_TRUE(found) << bits;
    }
    SinkOptions one = options_of(7, 5);
    const std::unique_ptr<Sink> jpeg = open_sink(at("one.jpg"), one);
    write_frames(*jpeg, 1);
    EXPECT_EQ(count_frames(at("one.jpg")), 1U);
    EXPECT_THROW(write_frames(*jpeg, 1), Error);
}

TEST_F(SinkTest, RefusesWhatItCannotDo) {
    const SinkOptions options = options_of(64, 48);
    EXPECT_THROW(open_sink(at("out.xyz"), options), UsageError);
    EXPECT_NE(error_of([&] { open_sink(at("no/folder/out.mp4"), options); }).find("no folder"),
              std::string::npos);
    SinkOptions wrong = options;
    wrong.codec = "h26";
    EXPECT_NE(error_of([&] { open_sink(at("out.mp4"), wrong); }).find("libx264"),
              std::string::npos);
    wrong.codec = "h264_nvenc";
    const std::string nvenc = error_of([&] { open_sink(at("out.mp4"), wrong)->finish(); });
    if (!nvenc.empty()) {
        EXPECT_NE(nvenc.find("these work here"), std::string::npos) << nvenc;
    }
    wrong.codec = "h264";
    EXPECT_NE(error_of([&] { open_sink(at("out.webm"), wrong); }).find("cannot hold"),
              std::string::npos);
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(SinkTest, OddSizesAreEncodedWhole) {
    for (const auto& [width, height] : {std::pair{33, 17}, {7, 5}, {1, 1}}) {
        SinkOptions options = options_of(width, height);
        options.overwrite = true;
        const std::unique_ptr<Sink> sink = open_sink(at("odd.mp4"), options);
        write_frames(*sink, 3);
        sink->finish();
        const std::unique_ptr<Source> source = open_source(at("odd.mp4"));
        EXPECT_EQ(source->info().width, width);
        EXPECT_EQ(source->info().height, height);
        EXPECT_EQ(all_frames(*source).size(), 3U);
    }
}

TEST_F(SinkTest, EncodersAreListedWithWhatIsWrong) {
    bool x264 = false;
    for (const EncoderInfo& encoder : list_encoders()) {
        EXPECT_NE(encoder.works, !encoder.why.empty()) << encoder.name;
        x264 |= encoder.name == "libx264" && encoder.works;
    }
    EXPECT_TRUE(x264);
}

}  // namespace
}  // namespace reverie
