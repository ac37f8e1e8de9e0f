// Streams arrive on the loopback interface, and virtual cameras get exactly the pictures that were
// pushed.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstring>

#include "src/media/recorder.h"
#include "src/util/error.h"
#include "tests/support/fake_camera.h"

namespace reverie {
namespace {

using test::FakeCamera;
constexpr int kWidth = 66, kHeight = 38;

/// A port that is free now.
int free_port(int type) {
    const int fd = ::socket(AF_INET, type, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    ::close(fd);
    return ntohs(address.sin_port);
}

SinkOptions options_of(int width, int height) {
    SinkOptions options;
    options.width = width;
    options.height = height;
    options.frame_rate = {30, 1};
    options.source_format = planar_yuv(8, 1, 1, ColorMatrix::bt709, false);
    return options;
}

class StreamTest : public test::FakeCameraTest {
  protected:
    /// A flat picture every 5 ms until `done`.
    static void send(Recorder& recorder, const std::atomic<bool>& done) {
        for (int i = 0; !done; ++i) {
            if (std::optional<VideoFrame> frame = recorder.acquire()) {
                for (int p = 0; p < frame->format().planes; ++p) {
                    std::memset(frame->planes.data[p], p == 0 ? 77 : 140,
                                frame->planes.stride_bytes[p] *
                                    frame->format().plane_height(p, frame->height()));
                }
                recorder.push(std::move(*frame), i / 30.0);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }
    static void expect_arrives(const std::string& to, const std::string& from) {
        Recorder recorder;
        LiveInput input;
        std::atomic<bool> done{false};
        recorder.start(to, options_of(kWidth, kHeight));
        std::thread sender([&] { send(recorder, done); });
        input.open(from);
        for (int i = 0; i < 5; ++i) {
            LiveFrame frame;
            EXPECT_TRUE(input.take_within(frame, 30))
                << to << ": " << recorder.status().line << "; " << input.status().last_error;
            if (frame.video.owner == nullptr) break;
            EXPECT_EQ(frame.video.width(), kWidth);
            EXPECT_NEAR(frame.video.planes.data[0][kWidth / 2], 77, 3);
            EXPECT_NEAR(frame.video.planes.data[1][5], 140, 3);
        }
        done = true;
        sender.join();
        recorder.stop();
        EXPECT_TRUE(recorder.wait(20));
        EXPECT_EQ(recorder.status().state, RecorderState::done) << recorder.status().line;
    }
};

TEST_F(StreamTest, ArriveOverUdp) {
    const std::string url = "udp://127.0.0.1:" + std::to_string(free_port(SOCK_DGRAM));
    expect_arrives(url + "?pkt_size=1316", url);
}

TEST_F(StreamTest, ArriveOverTcpAndConnectAgain) {
    const std::string url = "tcp://127.0.0.1:" + std::to_string(free_port(SOCK_STREAM));
    expect_arrives(url, url + "?listen=1");
}

TEST_F(StreamTest, ArriveOverSrt) {
    const std::string url = "srt://127.0.0.1:" + std::to_string(free_port(SOCK_DGRAM));
    expect_arrives(url, url + "?mode=listener");
}

TEST_F(StreamTest, AreTriedAgainAndSayWhy) {
    Recorder recorder;
    const std::string url = "tcp://127.0.0.1:" + std::to_string(free_port(SOCK_STREAM));
    recorder.start(url, options_of(kWidth, kHeight));
    while (recorder.status().line.empty()) std::this_thread::yield();
    EXPECT_EQ(recorder.status().state, RecorderState::opening);
    EXPECT_NE(recorder.status().line.find("cannot stream to '" + url + "'"), std::string::npos);
    EXPECT_EQ(recorder.status().line.find('\n'), std::string::npos);
    recorder.stop();
    EXPECT_TRUE(recorder.wait(20));
    EXPECT_EQ(recorder.status().state, RecorderState::failed);
}

TEST_F(StreamTest, VirtualCamerasShowWhatIsPushed) {
    const FakeCamera camera = plug_in("loopback", "/dev/video10");
    camera.set("output");
    for (const std::string format : {"yuyv422", "yuv420p"}) {
        camera.unset("written");
        SinkOptions options = options_of(34, 18);
        options.codec = format;
        Recorder recorder;
        recorder.start("/dev/video10", options);
        while (recorder.status().state == RecorderState::opening) std::this_thread::yield();
        ASSERT_EQ(recorder.status().state, RecorderState::recording) << recorder.status().line;
        std::string expected;
        for (int i = 0; i < 3; ++i) {
            VideoFrame frame = recorder.acquire().value();
            for (int p = 0; p < frame.format().planes; ++p) {
                for (int y = 0; y < frame.format().plane_height(p, 18); ++y) {
                    uint8_t* row = frame.planes.data[p] + y * frame.planes.stride_bytes[p];
                    for (size_t x = 0; x < frame.format().row_bytes(p, 34); ++x) {
                        row[x] = static_cast<uint8_t>(31 * i + 7 * p + 3 * y + x);
                        expected += static_cast<char>(row[x]);
                    }
                }
            }
            EXPECT_TRUE(recorder.push(frame, i / 30.0));
        }
        recorder.stop();
        ASSERT_TRUE(recorder.wait(20));
        EXPECT_EQ(recorder.status().state, RecorderState::done) << recorder.status().line;
        std::ifstream written(camera.file("written"), std::ios::binary);
        EXPECT_EQ(std::string(std::istreambuf_iterator<char>(written), {}), expected) << format;
    }
    for (const auto& [file, words] : {std::pair{"denied", "group video"},
                                      {"busy", "in use"},
                                      {"unplugged", "modprobe v4l2loopback"}}) {
        camera.set(file);
        Recorder recorder;
        recorder.start("/dev/video10", options_of(34, 18));
        ASSERT_TRUE(recorder.wait(20));
        EXPECT_EQ(recorder.status().state, RecorderState::failed);
        EXPECT_NE(recorder.status().line.find(words), std::string::npos) << recorder.status().line;
        camera.unset(file);
    }
}

}  // namespace
}  // namespace reverie
