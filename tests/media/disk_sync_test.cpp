// What a power cut leaves of a recording: no more than what fsync() was called for, which these tests
// listen to.
#include "src/media/sinks/disk_sync.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>

#include "tests/media/support.h"

namespace reverie::disk_sync_test {

std::atomic<int> calls{0};
std::atomic<ino_t> listened_to{0};
std::atomic<off_t> synced_bytes{0};  // of that file
std::atomic<bool> fails{false};

}  // namespace reverie::disk_sync_test

/// In place of the C library's.
extern "C" int fsync(int file) {
    namespace test = reverie::disk_sync_test;
    struct stat about {};
    const bool known = ::fstat(file, &about) == 0;
    const auto status = static_cast<int>(::syscall(SYS_fsync, file));
    if (known && about.st_ino == test::listened_to) test::synced_bytes = about.st_size;
    ++test::calls;
    if (!test::fails) return status;
    errno = EIO;
    return -1;
}

namespace reverie::disk_sync_test {
namespace {

constexpr int kRate = 25;

class DiskSyncTest : public MediaTest {
  protected:
    DiskSyncTest() {
        calls = 0;
        synced_bytes = 0;
        fails = false;
    }
    ~DiskSyncTest() override { fails = false; }

    SinkOptions recording() const {
        SinkOptions options;
        options.width = 66;
        options.height = 50;
        options.time_base = {1, kRate};
        options.frame_rate = {kRate, 1};
        options.source_format = planar_yuv(8, 1, 1, ColorMatrix::bt709, false);
        options.realtime = true;
        return options;
    }

    static void write(Sink& sink, int number) {
        VideoFrame frame = sink.acquire();
        for (int p = 0; p < frame.format().planes; ++p) {
            const int rows = frame.format().plane_height(p, frame.height());
            std::memset(frame.planes.data[p], 90 + number % 60,
                        static_cast<size_t>(frame.planes.stride_bytes[p]) * rows);
        }
        frame.pts = number;
        frame.duration = 1;
        sink.write(frame);
    }

    static void wait_for(const std::function<bool()>& holds) {
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!holds() && std::chrono::steady_clock::now() < give_up)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        ASSERT_TRUE(holds());
    }
};

TEST_F(DiskSyncTest, APowerCutLeavesARecordingThatPlays) {
    for (const std::string name : {"out.mp4", "out.mkv", "out.mov", "out.avi", "out.webm"}) {
        SCOPED_TRACE(name);
        const std::unique_ptr<Sink> sink = open_sink(at(name), recording());
        struct stat about {};
        ASSERT_EQ(::stat(sink->partial_path().c_str(), &about), 0);
        synced_bytes = 0;
        listened_to = about.st_ino;
        for (int n = 0; n < 12 * kRate; ++n) write(*sink, n);
        // The thread may have found several wishes at once, but obeys the last one.
        off_t seen = -1;
        size_t frames = 0;
        wait_for([&] {
            if (synced_bytes == seen) return frames > size_t{7} * kRate;
            seen = synced_bytes;
            put("cut" + name.substr(3), bytes_of(".out.partial" + name.substr(3)).substr(0, seen));
            frames = seen > 0 ? all_frames(*open_source(at("cut" + name.substr(3)))).size() : 0;
            return frames > size_t{7} * kRate;
        });
    }
}

TEST_F(DiskSyncTest, TheDiskIsAskedForEveryFewSeconds) {
    put("file", "x");
    DiskSync sync;
    sync.wrote(at("file"), 0.1);
    wait_for([] { return calls == 2; });  // and its folder
    for (const double time_s : {0.2, 1.0, 2.0}) sync.wrote(at("file"), time_s);
    sync.wrote(at("file"), 2.2);
    wait_for([] { return calls == 3; });
    sync.finish(at("file"));
    EXPECT_EQ(calls, 4);
    EXPECT_EQ(sync.problem(), "");
}

TEST_F(DiskSyncTest, AFinishedRecordingIsOnTheDiskBeforeItHasItsName) {
    for (const std::string name : {"out.mp4", "out.mkv"}) {
        const std::unique_ptr<Sink> sink = open_sink(at(name), recording());
        for (int n = 0; n < kRate; ++n) write(*sink, n);
        calls = 0;
        sink->finish();
        EXPECT_GT(calls, 0) << name;
    }
}

TEST_F(DiskSyncTest, ADiskThatFailsIsSaidAndTheRecordingGoesOn) {
    fails = true;
    const std::unique_ptr<Sink> sink = open_sink(at("out.mkv"), recording());
    for (int n = 0; n < 8 * kRate; ++n) write(*sink, n);
    sink->finish();
    ASSERT_EQ(sink->notes().size(), 1U);
    EXPECT_NE(sink->notes()[0].find("Input/output error"), std::string::npos) << sink->notes()[0];
    EXPECT_EQ(all_frames(*open_source(at("out.mkv"))).size(), size_t{8} * kRate);
}

TEST_F(DiskSyncTest, ARenderHasItsCheckpointsForThat) {
    SinkOptions options = recording();
    options.realtime = false;
    const std::unique_ptr<Sink> sink = open_sink(at("out.mkv"), options);
    for (int n = 0; n < 12 * kRate; ++n) write(*sink, n);
    sink->finish();
    EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace reverie::disk_sync_test
