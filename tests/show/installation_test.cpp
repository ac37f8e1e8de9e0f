// What an installation relies on: atomic files, a background thread with a hang detector, health
// lines.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>

#include "src/session/presence_watch.h"
#include "src/show/health_output.h"
#include "src/show/installation/attract.h"
#include "src/show/installation/installation_settings.h"
#include "src/show/state_file.h"
#include "src/util/atomic_file.h"
#include "src/util/background_worker.h"
#include "src/util/error.h"
#include "src/util/service_notify.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

class InstallationTest : public testing::Test {
  protected:
    InstallationTest() {
        std::string name = (fs::temp_directory_path() / "reverie_installation_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw Error("no temporary folder");
        folder_ = name;
    }
    ~InstallationTest() override { fs::remove_all(folder_); }

    static std::string text_of(const fs::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    size_t files() const {
        return static_cast<size_t>(
            std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }
    /// A socket of this test's at `path`, which another one connects or sends to.
    static int open_socket(const fs::path& path, int type, bool listens) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        const auto* named = reinterpret_cast<const sockaddr*>(&address);
        const int socket = ::socket(AF_UNIX, type, 0);
        EXPECT_EQ(listens ? ::bind(socket, named, sizeof address)
                          : ::connect(socket, named, sizeof address),
                  0);
        return socket;
    }
    static std::string receive(int socket) {
        char text[4096];
        const ssize_t count = ::recv(socket, text, sizeof text, 0);
        return {text, static_cast<size_t>(std::max<ssize_t>(count, 0))};
    }

    fs::path folder_;
};

TEST_F(InstallationTest, FilesAreReplacedWhole) {
    const fs::path file = folder_ / "a.json";
    write_atomically(file, "old");
    write_atomically(file, "new and longer");
    EXPECT_EQ(text_of(file), "new and longer");
    keep_privately(folder_ / "b", "x");
    struct stat facts {};
    ASSERT_EQ(::stat((folder_ / "b").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
    EXPECT_EQ(files(), 2U);
    EXPECT_THROW(write_atomically(folder_ / "nowhere" / "a", "x"), Error);
    fs::create_directory(folder_ / "c");
    EXPECT_THROW(write_atomically(folder_ / "c", "x"), Error);
    EXPECT_EQ(files(), 3U);  // no partial file is left
}

TEST_F(InstallationTest, TheStateIsRestoredAndADamagedOneKeptAside) {
    const fs::path path = folder_ / "deep" / "live.toml";
    EXPECT_FALSE(restore_state(path).state.has_value());
    EXPECT_EQ(restore_state(path).note, "");
    ShowState state;
    state.source = "camera:1";
    keep_state(path, state);
    EXPECT_EQ(restore_state(path).state, state);
    std::ofstream(path) << "version = 1\nsource = 3\n";
    const RestoredState damaged = restore_state(path);
    EXPECT_FALSE(damaged.state.has_value());
    EXPECT_NE(damaged.note.find("live.toml:2: source"), std::string::npos) << damaged.note;
    EXPECT_EQ(text_of(path.string() + ".damaged"), "version = 1\nsource = 3\n");
    EXPECT_FALSE(fs::exists(path));
    fs::create_directory(path);
    EXPECT_NE(restore_state(path).note.find("it is a folder"), std::string::npos);
    EXPECT_THROW(keep_state("", state), Error);
}

TEST_F(InstallationTest, TheBackgroundWorkerDoesTheNewestOfEachJob) {
    std::promise<void> gate;
    std::vector<int> done;
    {
        BackgroundWorker worker(3600, [] {});
        worker.post("a", [&] { gate.get_future().wait(); });
        // Whether or not the first one has begun, only the last of those that wait is done.
        worker.post("b", [&] { done.push_back(1); });
        worker.post("b", [&] { done.push_back(2); });
        worker.post("c", [&] { throw Error("no room"); });
        gate.set_value();
        worker.finish(60);
        EXPECT_EQ(worker.problem(), "no room");
        worker.post("c", [&] { done.push_back(3); });
        worker.finish(60);
        EXPECT_EQ(worker.problem(), "");
        worker.post("d", [&] { done.push_back(4); });
    }
    EXPECT_EQ(done.back(), 4);  // what is left is done at the end
    EXPECT_EQ(done[done.size() - 2], 3);
}

TEST_F(InstallationTest, TheBackgroundWorkerNoticesAHang) {
    std::promise<void> noticed;
    BackgroundWorker worker(0.01, [&] { noticed.set_value(); });  // twice would throw
    EXPECT_EQ(noticed.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
    std::promise<void> worked;
    worker.post("a", [&] { worked.set_value(); });
    EXPECT_EQ(worked.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
}

TEST_F(InstallationTest, TheHealthFileHoldsTheNewestLine) {
    const fs::path path = folder_ / "health.json";
    const auto output = open_health_output(path);
    output->write("{\"a\":1}");
    output->write("{\"a\":2}");
    EXPECT_EQ(text_of(path), "{\"a\":2}\n");
    EXPECT_THROW(open_health_output(folder_ / "nowhere" / "h"), Error);
    EXPECT_THROW(open_health_output(folder_), Error);
    fs::remove_all(folder_);
    EXPECT_THROW(output->write("{}"), Error);
    fs::create_directory(folder_);
    output->write("{}");
    EXPECT_EQ(text_of(path), "{}\n");
}

TEST_F(InstallationTest, WhoListensOnTheHealthSocketGetsEachLine) {
    const fs::path path = folder_ / "health.sock";
    {
        const auto output = open_health_output(path);
        output->write("nobody listens");
        const int first = open_socket(path, SOCK_STREAM, false);
        output->write("one");
        const int second = open_socket(path, SOCK_STREAM, false);
        output->write("two");
        EXPECT_EQ(receive(first), "one\ntwo\n");
        EXPECT_EQ(receive(second), "two\n");
        ::close(first);
        output->write("three");
        output->write("four");
        EXPECT_EQ(receive(second), "three\nfour\n");
        // A client that does not read is dropped, and blocks nothing.
        const std::string long_line(100'000, 'x');
        for (int i = 0; i < 50; ++i) output->write(long_line);
        ::close(second);
        EXPECT_THROW(open_health_output("unix:" + path.string()), Error);
    }
    EXPECT_FALSE(fs::exists(path));
    // A socket that a show left behind when it was killed.
    ::close(open_socket(path, SOCK_STREAM, true));
    EXPECT_TRUE(fs::exists(path));
    open_health_output(path);
    std::ofstream(path) << "a file";
    EXPECT_THROW(open_health_output(path), Error);
    EXPECT_EQ(text_of(path), "a file");
    EXPECT_THROW(open_health_output("unix:" + std::string(200, 'x')), Error);
}

TEST_F(InstallationTest, SystemdIsTold) {
    const fs::path path = folder_ / "notify";
    const int socket = open_socket(path, SOCK_DGRAM, true);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    EXPECT_TRUE(notify_service("READY=1\nWATCHDOG=1"));
    EXPECT_EQ(receive(socket), "READY=1\nWATCHDOG=1");
    ::close(socket);
    EXPECT_FALSE(notify_service("WATCHDOG=1"));
    for (const char* wrong : {"", "x", "/", "relative/path"}) {
        ::setenv("NOTIFY_SOCKET", wrong, 1);
        EXPECT_FALSE(notify_service("WATCHDOG=1")) << wrong;
    }
    ::unsetenv("NOTIFY_SOCKET");
    EXPECT_FALSE(notify_service("WATCHDOG=1"));
}

VideoFrame gray_frame(int width, int height, int from, int to) {
    VideoFrame frame = make_frame(planar_yuv(8, 1, 1, ColorMatrix::bt709, false), width, height);
    const VideoPlanes& planes = frame.planes;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x)
            planes.data[0][y * planes.stride_bytes[0] + x] = x >= from && x < to ? 210 : 90;
    }
    for (int plane = 1; plane < 3; ++plane) {
        for (int y = 0; y < (height + 1) / 2; ++y)
            std::memset(planes.data[plane] + y * planes.stride_bytes[plane], 128, (width + 1) / 2);
    }
    return frame;
}

TEST_F(InstallationTest, TheWatchSeesWhoComesAndWhoGoes) {
    const auto device = open_device({"cpu", 1});
    const auto stream = device->make_stream();
    constexpr int kWidth = 161, kHeight = 91;
    PresenceWatch watch(*device);
    double time_s = 0;
    const auto look = [&](const VideoFrame& frame, int times, Pixels<const float> flow = {}) {
        for (int i = 0; i < times; ++i) {
            time_s += 0.11;
            EXPECT_TRUE(watch.look(*stream, frame, flow, 1.0 / 30, time_s));
        }
    };
    const VideoFrame empty = gray_frame(kWidth, kHeight, 0, 0);
    look(empty, 30);
    EXPECT_EQ(watch.motion(), 0);
    EXPECT_EQ(watch.difference(), 0);
    EXPECT_TRUE(watch.repeats());
    EXPECT_FALSE(watch.look(*stream, empty, {}, 0, time_s + 0.01));  // ten times a second
    look(gray_frame(kWidth, kHeight, 20, 52), 1);
    EXPECT_FALSE(watch.repeats());
    EXPECT_GT(watch.motion(), 0.02F);
    look(gray_frame(kWidth, kHeight, 20, 52), 40);
    EXPECT_NEAR(watch.difference(), 32.0 / kWidth, 0.02);
    EXPECT_LT(watch.motion(), 0.001F);
    // With a flow that says that only the left half moves, in a picture that changes all over.
    Image flow(*device, 129, 97, 2);
    for (int y = 0; y < 97; ++y) {
        for (int x = 0; x < 129; ++x) {
            flow.view().at(x, y, 0) = x < 64 ? 4.0F : 0.0F;
            flow.view().at(x, y, 1) = 0;
        }
    }
    for (int i = 0; i < 30; ++i)
        look(gray_frame(kWidth, kHeight, i % 2 == 0 ? 0 : kWidth, kWidth), 1, flow);
    EXPECT_NEAR(watch.motion(), 0.5, 0.05);
    watch.look_at_nothing();
    EXPECT_EQ(watch.motion(), 0);
    EXPECT_EQ(watch.difference(), 0);
}

TEST_F(InstallationTest, TheLastMinuteIsRememberedSmallAndShownAgain) {
    Attract attract;
    auto now = Attract::Clock::now();
    EXPECT_FALSE(attract.on());
    // Two minutes at 30 frames a second, ever brighter.
    for (int i = 0; i < 3600; ++i) {
        VideoFrame frame = gray_frame(65, 49, 0, 0);
        for (int y = 0; y < 49; ++y)
            std::memset(frame.planes.data[0] + y * frame.planes.stride_bytes[0], 16 + i / 20, 65);
        attract.remember(frame, now);
        now += std::chrono::microseconds(33'333);
    }
    attract.begin(AttractMode::memory, {64, 48});
    EXPECT_TRUE(attract.on());
    EXPECT_EQ(attract.what(), "the last minute");
    LiveFrame frame;
    std::vector<int> seen;
    now = Attract::Clock::now();
    for (int i = 0; i < 1300; ++i) {
        now += std::chrono::milliseconds(50);
        if (attract.take(frame, now)) seen.push_back(frame.video.planes.data[0][7]);
    }
    // 65 s at 8 a second; from the second minute's beginning to its end, then again.
    EXPECT_NEAR(static_cast<double>(seen.size()), 520, 2);
    EXPECT_NEAR(seen.front(), 16 + 90, 2);
    EXPECT_NEAR(*std::max_element(seen.begin(), seen.end()), 16 + 179, 1);
    EXPECT_NEAR(seen.back(), 16 + 90 + 7, 3);
    attract.end();
    EXPECT_FALSE(attract.take(frame, now));
    attract.forget();
    attract.begin(AttractMode::memory, {64, 48});
    EXPECT_TRUE(attract.what().starts_with("pattern:")) << attract.what();
    attract.begin(AttractMode::off, {64, 48});
    EXPECT_FALSE(attract.on());
}

TEST_F(InstallationTest, TheCommandLineComesBeforeTheRestoredState) {
    ShowState state;
    state.installation.walk_s = 30;
    state.installation.attract = AttractMode::memory;
    InstallationOptions options;
    EXPECT_EQ(installation_settings(options), InstallationSettings());
    EXPECT_EQ(installation_settings(options, state.installation), state.installation);
    options.walk_s = 0;
    options.attract = "off";
    const InstallationSettings settings = installation_settings(options, state.installation);
    EXPECT_EQ(settings.walk_s, 0);
    EXPECT_EQ(settings.attract, AttractMode::off);
    EXPECT_THROW(check_installation_options(options), UsageError);
    options.on = true;
    check_installation_options(options);
    options.walk_presets = {"fur", "no such"};
    EXPECT_THROW(check_installation_options(options), UsageError);
}

}  // namespace
}  // namespace reverie
