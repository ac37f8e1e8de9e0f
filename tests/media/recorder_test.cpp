// A recording keeps the show's times, never makes it wait, and plays however it ends.
#include "src/media/recorder.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <thread>

#include "src/media/sinks/sink_file.h"
#include "tests/media/support.h"

namespace reverie {
namespace {

SinkOptions options_of(int width, int height) {
    SinkOptions options;
    options.width = width;
    options.height = height;
    options.frame_rate = {30, 1};
    options.source_format = planar_yuv(8, 1, 1, ColorMatrix::bt709, false);
    return options;
}

/// Noise from a seed, so that files grow and frames differ.
void fill(VideoFrame& frame, uint32_t seed) {
    uint32_t state = seed * 2654435761U + 1;
    for (int p = 0; p < frame.format().planes; ++p) {
        for (int y = 0; y < frame.format().plane_height(p, frame.height()); ++y) {
            for (size_t x = 0; x < frame.format().row_bytes(p, frame.width()); ++x) {
                state = state * 1664525U + 1013904223U;
                frame.planes.data[p][y * frame.planes.stride_bytes[p] + x] =
                    static_cast<uint8_t>(16 + (state >> 24U) % 200);
            }
        }
    }
}

bool same_row(const VideoFrame& a, const VideoFrame& b, int y) {
    return std::memcmp(a.planes.data[0] + y * a.planes.stride_bytes[0],
                       b.planes.data[0] + y * b.planes.stride_bytes[0], a.width()) == 0;
}

/// A disk that blocks until it is released, or fails.
struct Disk {
    std::mutex mutex;
    std::condition_variable moved;
    bool stuck = false;
    int fails_at = -1;
    std::vector<int64_t> written;
    bool finished = false, finished_partial = false;
};

class DiskSink : public Sink {
  public:
    DiskSink(Disk& disk, const SinkOptions& options)
        : disk_(disk),
          format_(options.source_format),
          pool_(format_, options.width, options.height) {}
    const PixelFormat& format() const override { return format_; }
    VideoFrame acquire() override { return pool_.acquire(); }
    void write(const VideoFrame& frame) override {
        std::unique_lock<std::mutex> lock(disk_.mutex);
        disk_.moved.wait(lock, [this] { return !disk_.stuck; });
        if (static_cast<int>(disk_.written.size()) == disk_.fails_at)
            throw Error("the disk is full");
        disk_.written.push_back(frame.pts);
    }
    void finish() override { disk_.finished = true; }
    bool finish_partial() noexcept override { return disk_.finished_partial = true; }

  private:
    Disk& disk_;
    PixelFormat format_;
    FramePool pool_;
};

class RecorderTest : public MediaTest {
  public:
    static void wait_until_open(const Recorder& recorder) {
        while (recorder.status().state == RecorderState::opening) std::this_thread::yield();
    }
    /// Pushes noise until the recording has ended by itself.
    static void record_until_it_ends(Recorder& recorder) {
        const auto patience = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        for (int count = 0; recorder.status().state != RecorderState::failed &&
                            std::chrono::steady_clock::now() < patience;) {
            std::optional<VideoFrame> frame = recorder.acquire();
            if (frame) {
                fill(*frame, static_cast<uint32_t>(count));
                recorder.push(std::move(*frame), count++ / 30.0);
            } else {
                std::this_thread::yield();
            }
        }
    }
    static Recorder::MakeSink onto(Disk& disk) {
        return [&disk](const std::string&, const SinkOptions& options) {
            return std::make_unique<DiskSink>(disk, options);
        };
    }
};

TEST_F(RecorderTest, KeepsTimesAndPictures) {
    const std::vector<double> times{100, 100.031, 100.07, 100.5, 100.5, 102.25};
    Recorder recorder;
    SinkOptions options = options_of(34, 18);
    options.codec = "ffv1";
    recorder.start(at("show.mkv"), options);
    EXPECT_THROW(recorder.start(at("other.mkv"), options), Error);
    wait_until_open(recorder);
    std::vector<VideoFrame> pushed;
    for (const double time_s : times) {
        std::optional<VideoFrame> frame;
        while (!(frame = recorder.acquire())) std::this_thread::yield();
        fill(*frame, static_cast<uint32_t>(pushed.size()));
        pushed.push_back(*frame);
        ASSERT_TRUE(recorder.push(*frame, time_s));
    }
    recorder.stop();
    EXPECT_FALSE(recorder.push(pushed[0], 103));
    ASSERT_TRUE(recorder.wait(20));
    const RecorderStatus status = recorder.status();
    EXPECT_EQ(status.state, RecorderState::done) << status.line;
    EXPECT_EQ(status.frames, 6);
    EXPECT_NEAR(status.duration_s, 2.25, 1e-3);
    const std::unique_ptr<Source> source = open_source(at("show.mkv"));
    const std::vector<VideoFrame> frames = all_frames(*source);
    ASSERT_EQ(frames.size(), times.size());
    for (size_t i = 0; i < times.size(); ++i) {
        const double pts_s = frames[i].pts * source->info().time_base.value();
        EXPECT_NEAR(pts_s, times[i] - times[0], 2e-3);
        for (int y = 0; y < 18; ++y) EXPECT_TRUE(same_row(frames[i], pushed[i], y));
    }
}

TEST_F(RecorderTest, WithoutAPictureLeavesNothing) {
    for (const char* name : {"none.mkv", "none.mp4", "none.mov", "none.avi"}) {
        Recorder recorder;
        recorder.start(at(name), options_of(34, 18));
        wait_until_open(recorder);
        recorder.stop();
        ASSERT_TRUE(recorder.wait(20));
        EXPECT_EQ(recorder.status().state, RecorderState::failed);
        EXPECT_NE(recorder.status().line.find("nothing was recorded"), std::string::npos)
            << recorder.status().line;
    }
    EXPECT_TRUE(std::filesystem::is_empty(at(".")));
}

TEST_F(RecorderTest, ConvertsWhatHasAnotherFormatOrSize) {
    PixelFormat yuyv = planar_yuv(8, 1, 0, ColorMatrix::bt601, false);
    yuyv.planes = 1;
    yuyv.component[0] = {0, 0, 2};
    yuyv.component[1] = {0, 1, 4};
    yuyv.component[2] = {0, 3, 4};
    VideoFrame camera = make_frame(yuyv, 34, 18);
    fill(camera, 3);
    VideoFrame flat = make_frame(planar_gbr(8), 66, 50);
    for (int p = 0; p < 3; ++p)
        std::memset(flat.planes.data[p], 99, flat.planes.stride_bytes[p] * 50);
    SinkOptions options = options_of(34, 18);
    options.codec = "ffv1";
    options.source_format = yuyv;
    Recorder recorder;
    recorder.start(at("dry.mkv"), options);
    EXPECT_TRUE(recorder.push(camera, 0));
    EXPECT_TRUE(recorder.push(flat, 1));
    recorder.stop();
    ASSERT_TRUE(recorder.wait(20));
    ASSERT_EQ(recorder.status().state, RecorderState::done) << recorder.status().line;
    const std::vector<VideoFrame> frames = all_frames(*open_source(at("dry.mkv")));
    ASSERT_EQ(frames.size(), 2U);
    for (int y = 0; y < 18; ++y) {
        for (int x = 0; x < 34; ++x) {
            EXPECT_EQ(frames[0].planes.data[0][y * frames[0].planes.stride_bytes[0] + x],
                      camera.planes.data[0][y * camera.planes.stride_bytes[0] + 2 * x]);
            EXPECT_NEAR(frames[1].planes.data[0][y * frames[1].planes.stride_bytes[0] + x],
                        16 + 99 * 219 / 255.0, 1.01);
        }
    }
}

/// The show's thread goes on while the disk blocks: frames are dropped and counted.
TEST_F(RecorderTest, ASlowDiskDropsFramesAndHoldsNobodyUp) {
    Disk disk;
    disk.stuck = true;
    Recorder recorder(onto(disk));
    RecorderLimits limits;
    limits.queue_bytes = 1;
    recorder.start("null:", options_of(34, 18), limits);
    wait_until_open(recorder);
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < 50; ++i) {
        std::optional<VideoFrame> frame = recorder.acquire();
        if (frame && recorder.push(std::move(*frame), i / 30.0)) {
            ++accepted;
        } else {
            ++refused;
        }
    }
    EXPECT_GE(accepted, 3);
    EXPECT_LE(accepted, 6);
    EXPECT_EQ(recorder.status().dropped, refused);
    {
        const std::lock_guard<std::mutex> lock(disk.mutex);
        disk.stuck = false;
    }
    disk.moved.notify_all();
    recorder.stop();
    ASSERT_TRUE(recorder.wait(20));
    EXPECT_EQ(recorder.status().frames, accepted);
    EXPECT_EQ(static_cast<int>(disk.written.size()), accepted);
    EXPECT_TRUE(disk.finished);
}

TEST_F(RecorderTest, AFailureEndsTheRecordingOnly) {
    Disk disk;
    disk.fails_at = 4;
    Recorder recorder(onto(disk));
    recorder.start("null:", options_of(34, 18));
    record_until_it_ends(recorder);
    EXPECT_EQ(recorder.status().line, "the disk is full");
    EXPECT_TRUE(disk.finished_partial);
    EXPECT_FALSE(disk.finished);
    EXPECT_FALSE(recorder.acquire());
    EXPECT_FALSE(recorder.push(make_frame(planar_gbr(8), 7, 5), 1));
    disk.fails_at = -1;
    recorder.start("null:", options_of(34, 18));
    wait_until_open(recorder);
    EXPECT_TRUE(recorder.push(*recorder.acquire(), 1));
    recorder.stop();
    ASSERT_TRUE(recorder.wait(20));
    EXPECT_EQ(recorder.status().state, RecorderState::done);
    Recorder real;
    real.start(at("no/such/folder.mp4"), options_of(34, 18));
    ASSERT_TRUE(real.wait(20));
    EXPECT_EQ(real.status().state, RecorderState::failed);
    EXPECT_NE(real.status().line.find("there is no folder"), std::string::npos);
}

/// Writes to one end of a pipe while nobody reads the other.
TEST_F(RecorderTest, AReaderThatHasStoppedIsNotWaitedFor) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const auto open = [&](const std::string& /*path*/, const SinkOptions& options) {
        return open_pipe_sink(ends[1], "a pipe", options);
    };
    const auto begun = std::chrono::steady_clock::now();
    RecorderStatus status;
    {
        Recorder recorder(open);
        recorder.start("-", options_of(641, 359));
        for (int i = 0; i < 5; ++i) {
            VideoFrame frame = make_frame(planar_yuv(8, 1, 1, ColorMatrix::bt709, false), 641, 359);
            fill(frame, i);
            recorder.push(frame, i / 30.0);
        }
        recorder.stop();
        EXPECT_FALSE(recorder.wait(0.3));
        recorder.give_up();
        EXPECT_TRUE(recorder.wait(10));
        status = recorder.status();
    }
    EXPECT_EQ(status.state, RecorderState::failed);
    EXPECT_EQ(status.line, "a pipe is not read any more");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
    ::close(ends[0]);
    ::close(ends[1]);
}

/// Giving up does not discard what a reader has not read yet.
TEST_F(RecorderTest, AReaderThatReadsGetsAll) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    size_t got = 0;
    std::thread reader([&] {
        char block[4099];
        for (ssize_t n = 1; n > 0; got += static_cast<size_t>(n))
            n = ::read(ends[0], block, sizeof block);
    });
    {
        Recorder recorder([&](const std::string& /*path*/, const SinkOptions& options) {
            return open_pipe_sink(ends[1], "a pipe", options);
        });
        recorder.start("-", options_of(66, 50));
        for (int i = 0; i < 5; ++i) {
            VideoFrame frame = make_frame(planar_yuv(8, 1, 1, ColorMatrix::bt709, false), 66, 50);
            fill(frame, i);
            while (!recorder.push(frame, i / 30.0)) std::this_thread::yield();
        }
    }
    ::close(ends[1]);
    reader.join();
    ::close(ends[0]);
    const size_t frame_bytes = 6 + 66 * 50 + 2 * 33 * 25;
    EXPECT_EQ(got % frame_bytes, got - 5 * frame_bytes);  // five frames, and one header
}

TEST_F(RecorderTest, EndsBeforeTheDiskIsFull) {
    Recorder recorder;
    RecorderLimits limits;
    limits.keep_free_bytes = UINT64_MAX;
    recorder.start(at("show.mp4"), options_of(34, 18), limits);
    wait_until_open(recorder);
    recorder.push(*recorder.acquire(), 0);
    ASSERT_TRUE(recorder.wait(20));
    EXPECT_EQ(recorder.status().state, RecorderState::done);
    EXPECT_NE(recorder.status().line.find("nearly full"), std::string::npos);
    EXPECT_EQ(all_frames(*open_source(at("show.mp4"))).size(), 1U);
}

/// Records in a child process until the disk is full; 0 if everything is as expected.
int record_until_full(const std::string& path, size_t least_frames) {
    Recorder recorder;
    SinkOptions options = options_of(320, 240);
    options.crf = 1;
    RecorderLimits limits;
    limits.keep_free_bytes = 0;
    recorder.start(path, options, limits);
    RecorderTest::record_until_it_ends(recorder);
    const RecorderStatus status = recorder.status();
    std::fprintf(stderr, "%s\n", status.line.c_str());
    if (status.state != RecorderState::failed || status.line.find('\n') != std::string::npos)
        return 1;
    size_t frames = 0;
    const std::unique_ptr<Source> source = open_source(path);
    while (source->next()) ++frames;
    return frames >= least_frames ? 0 : 2;
}

TEST_F(RecorderTest, AFullDiskLeavesAFileThatPlays) {
    for (const std::string name : {"show.mp4", "show.mkv"}) {
        const pid_t child = ::fork();
        if (child == 0) {
            std::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{3000000, 3000000};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            ::_exit(record_until_full(at(name), 20));
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0) << name;
    }
}

/// A real full disk, if this user may mount one.
TEST_F(RecorderTest, ARealFullDiskLeavesAFileThatPlays) {
    constexpr int kMayNot = 77;
    const pid_t child = ::fork();
    if (child == 0) {
        const bool mounted = ::unshare(CLONE_NEWNS) == 0 &&
                             ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                             ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=3m") == 0;
        ::_exit(mounted ? record_until_full(at("show.mp4"), 20) : kMayNot);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == kMayNot) GTEST_SKIP() << "no file system may be mounted here";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace reverie
