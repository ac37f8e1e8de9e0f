// The built program from outside: exit codes, and one line on stderr for every failure.
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace reverie {
namespace {

namespace fs = std::filesystem;

struct Outcome {
    int code = -1;
    std::string out, err;
};

std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class Program : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() /
                  (std::string("reverie_program_") +
                   testing::UnitTest::GetInstance()->current_test_info()->name());
        fs::remove_all(folder_);
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    /// Runs `reverie ARGUMENTS` in the test's folder, `before` first (an assignment, a pipe's
    /// beginning).
    Outcome run(const std::string& arguments, const std::string& before = "") {
        const std::string command = "cd '" + folder_.string() + "' && " + before +
                                    " '" REVERIE_PROGRAM "' " + arguments +
                                    " >stdout.txt 2>stderr.txt";
        const int status = std::system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                text_of(folder_ / "stdout.txt"), text_of(folder_ / "stderr.txt")};
    }

    /// Expects that exit code, and one line on stderr that begins with "reverie: " and holds
    /// `words`.
    void expect_failure(const std::string& arguments, int code, const std::string& words,
                        const std::string& before = "") {
        const Outcome outcome = run(arguments, before);
        EXPECT_EQ(outcome.code, code) << arguments << "\n" << outcome.err;
        EXPECT_EQ(outcome.err.rfind("reverie: ", 0), 0U) << arguments << "\n" << outcome.err;
        EXPECT_NE(outcome.err.find(words), std::string::npos) << arguments << "\n" << outcome.err;
        EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << arguments << "\n"
                                                                               << outcome.err;
    }

    void write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
    }

    fs::path folder_;
};

TEST_F(Program, ListsAndHelpSucceed) {
    for (const char* arguments :
         {"--help", "--version", "list params", "list params --markdown", "list presets",
          "list scores", "list devices", "list cameras", "list layers", "list channels",
          "list channels 4c", "render --help", "live --help", "weights list", "weights info",
          "weights info embedded", "weights fetch --help"}) {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.code, 0) << arguments << outcome.err;
        EXPECT_FALSE(outcome.out.empty()) << arguments;
        EXPECT_EQ(outcome.err, "") << arguments;
    }
}

TEST_F(Program, WrongUseIsTwo) {
    expect_failure("", 2, "there is no command after reverie; use one of live, ");
    expect_failure("rendr", 2, "did you mean render?");
    expect_failure("render pattern:clouds", 2, "--output is required");
    expect_failure("render pattern:clouds -o a.mp4 --size 3", 2, "--size 3: expected");
    expect_failure("render pattern:clouds -o a.mp4 --fps x", 2, "--fps x: expected");
    expect_failure("render pattern:clouds -o a.mp4 --start x", 2, "--start x: expected");
    expect_failure("render pattern:clouds -o a.mp4 --duration 0", 2, "--duration 0: expected");
    expect_failure("render pattern:clouds -o a.mp4 --set steb=1", 2, "did you mean step or seed?");
    expect_failure("render pattern:clouds -o a.mp4 --set step=99", 2, "step takes 0 to 32");
    expect_failure("render pattern:clouds -o a.mp4 --objective 'a b'", 2, "position 3");
    expect_failure("render pattern:clouds -o a.mp4 --objective 4c@nobody", 2,
                   "position 4: expected a mask");
    expect_failure("still pattern:clouds -o a.png --objective 4c@room", 2, "this is one picture");
    expect_failure("render pattern:clouds -o a.mp4 --preset fuzz", 2, "did you mean fur");
    expect_failure("render pattern:clouds -o a.mp4 --score jorney", 2, "did you mean journey?");
    expect_failure("render pattern:clowds -o a.mp4", 2, "clouds");
    expect_failure("render pattern:clouds -o a.mp4 --size 64x36 --device gpu", 2,
                   "unknown device 'gpu'");
    expect_failure("render pattern:clouds -o a.xyz --size 64x36", 2, "xyz");
    expect_failure("draft pattern:clouds -o s.mp4", 2, "the name of a picture");
    expect_failure("draft pattern:clouds -o s.jpg --vary step", 2, "expected key=a,b,c");
    expect_failure("draft pattern:clouds -o s.jpg --vary step=1,99", 2, "step takes 0 to 32");
    expect_failure("draft pattern:clouds -o s.jpg --vary seed=1,2,3,4,5 --vary step=1,2,3,4", 2,
                   "5 seed × 4 step are 20 rows; 16 at most");
    expect_failure("draft pattern:clouds -o s.jpg --at 2,99", 2, "--at 99: ");
    expect_failure("draft - -o s.jpg", 2, "cannot be read from any moment on");
    expect_failure("render pattern:clouds -o a.mp4 --size 64x36 --shot 2 --join", 2, "--join");
    expect_failure("render pattern:clouds -o a.mp4 --size 64x36 --shots --loop", 2, "--loop");
    expect_failure("lab gradient a.png --objective a+", 2, "position 3");
    expect_failure("weights", 2, "list, info, import, fetch");
    expect_failure("weights fetch alexnet", 2, "there are googlenet");
    expect_failure("weights import a.pb -o a.pb", 2, "must end in .safetensors");
}

TEST_F(Program, FailureIsOne) {
    write("bad.toml", "[params]\nstep = 99\n");
    write("empty.mp4", "");
    write("text.mp4", std::string(5000, 'x'));
    write("bad.safetensors", "not a safetensors file at all");
    expect_failure("render not_there.mp4 -o a.mp4", 1, "not_there.mp4");
    expect_failure("render empty.mp4 -o a.mp4", 1, "empty.mp4");
    expect_failure("render text.mp4 -o a.mp4", 1, "text.mp4");
    expect_failure("render pattern:clouds -o a.mp4 --preset ./bad.toml", 1,
                   "./bad.toml:2: step = 99 is out of range");
    expect_failure("render pattern:clouds -o a.mp4 --score ./bad.toml", 1, "./bad.toml");
    expect_failure("render pattern:clouds -o a.mp4 --size 64x36 --weights nowhere.safetensors", 1,
                   "nowhere.safetensors");
    expect_failure("render pattern:clouds -o a.mp4 --size 64x36 --weights bad.safetensors", 1,
                   "bad.safetensors");
    expect_failure("render pattern:clouds -o a.mp4 --size 64x36 --weights googlenot", 1,
                   "did you mean googlenet?");
    expect_failure("render pattern:clouds -o a.mp4 --size 64x36", 1, "bad.safetensors",
                   "REVERIE_WEIGHTS=bad.safetensors");
    expect_failure("render pattern:clouds -o a.mp4 --size 64x36 --objective inceptoin_4c", 1,
                   "inception_4c");
    expect_failure("render pattern:clouds -o a.mp4 --size 64x36 --objective inception_4c:9999", 1,
                   "channels 0 to 511");
    expect_failure("render pattern:clouds -o nowhere/a.mp4 --size 64x36", 1, "nowhere");
    expect_failure("list channels conv99", 1, "conv99");
    expect_failure("weights import bad.safetensors -o a.safetensors", 1, "bad.safetensors");
    expect_failure("weights import text.mp4 -o a.safetensors", 1, "nothing that can be imported");
    expect_failure("weights import text.mp4 -o nowhere/a.safetensors", 1, "no folder nowhere");
    expect_failure("weights info bad.safetensors", 1, "bad.safetensors");
    expect_failure("weights fetch googlenet", 1, "reverie weights import bvlc_googlenet.caffemodel",
                   "XDG_DATA_HOME=$PWD/data REVERIE_WEIGHTS_MIRROR=nowhere");
    EXPECT_FALSE(fs::exists(folder_ / "a.mp4"));
}

TEST_F(Program, DraftsRowsAndSaysWhatTheirRendersTake) {
    const Outcome outcome =
        run("draft pattern:clouds -o s.png --size 64x48 --duration 1 --moments 2 --run-up 0.2 "
            "--set objective=conv2 --vary strength=0,1 --vary step=1");
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("2 strength × 1 step = 2 rows"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("the draft takes about "), std::string::npos) << outcome.err;
    for (const char* words : {"--set strength=0 --set step=1", "--set strength=1 --set step=1",
                              "for each of 25 frames"})
        EXPECT_NE(outcome.out.find(words), std::string::npos) << outcome.out;
    EXPECT_NE(run("show s.png").out.find("reverie draft pattern:clouds"), std::string::npos);
}

TEST_F(Program, RendersAPatternAndRefusesToOverwriteIt) {
    const std::string render =
        "render pattern:clouds -o a.mp4 --size 64x48 --duration 0.4 --objective conv2";
    const Outcome outcome = run(render);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("a.mp4: 10 frames"), std::string::npos) << outcome.err;
    EXPECT_GT(fs::file_size(folder_ / "a.mp4"), 500U);
    expect_failure(render, 1, "--overwrite");
    EXPECT_EQ(run(render + " --overwrite --quiet").err, "");
}

TEST_F(Program, TheSameSeedGivesTheSameBytes) {
    const std::string render =
        "render pattern:inkblot --size 65x49 --duration 0.2 --objective conv2 --quiet --seed 5 -o ";
    ASSERT_EQ(run(render + "a.mkv --codec ffv1").code, 0);
    ASSERT_EQ(run(render + "b.mkv --codec ffv1 --threads 1").code, 0);
    EXPECT_EQ(text_of(folder_ / "a.mkv"), text_of(folder_ / "b.mkv"));
}

TEST_F(Program, AResultSaysItsCommandAndLikeItHasItsBytes) {
    write("night.toml",
          "[[keyframe]]\nat = 0\nstrength = 0.5\n[[keyframe]]\nat = \"100%\"\nstrength = 2\n");
    const std::string film = "render pattern:walker --size 64x48 --duration 0.2",
                      film_look =
                          "--preset tides --set octaves=1 --set step=1.25 "
                          "--seed 5 --score night.toml";
    const std::string still = "still pattern:clouds --size 65x49",
                      still_look =
                          "--set iterations=1 --set chroma=2 "
                          "--objective '0.5*conv2 - inception_3a'";
    for (const std::string name :
         {"a.mp4", "a.mov", "a.mkv", "a.webm", "a.png", "a.jpg", "a.tif"}) {
        const bool moves = name.ends_with("mp4") || name.ends_with("mov") ||
                           name.ends_with("mkv") || name.ends_with("webm");
        const std::string& job = moves ? film : still;
        const std::string& look = moves ? film_look : still_look;
        const Outcome made = run("-q " + job + " " + look + " -o " + name);
        ASSERT_EQ(made.code, 0) << made.err;
        const Outcome like = run("-q " + job + " --like " + name + " -o like_" + name);
        ASSERT_EQ(like.code, 0) << like.err;
        EXPECT_EQ(text_of(folder_ / name), text_of(folder_ / ("like_" + name))) << name;
        const std::string said = run("show " + name).out;
        EXPECT_NE(said.find("reverie " + job + " " + look), std::string::npos) << name << "\n"
                                                                               << said;
    }
}

TEST_F(Program, StillAndZoomWork) {
    ASSERT_EQ(
        run("still pattern:inkblot -o a.png --size 65x49 --objective conv2 --set iterations=1")
            .code,
        0);
    ASSERT_TRUE(fs::exists(folder_ / "a.png"));
    const Outcome zoom = run("zoom a.png -o z.mp4 --duration 0.2 --fps 30 --objective conv2");
    ASSERT_EQ(zoom.code, 0) << zoom.err;
    EXPECT_NE(zoom.err.find("z.mp4: 6 frames"), std::string::npos) << zoom.err;
    expect_failure("render a.png -o b.mp4", 2, "try reverie still");
    expect_failure("zoom a.png -o b.png", 2, "b.png' holds one picture; for many try");
    EXPECT_EQ(
        run("render pattern:clouds -o b.png --duration 0.04 --objective conv2 --size 65x49").code,
        0);
}

TEST_F(Program, ALiveShowRunsWithoutAWindowAndIsRecorded) {
    const Outcome outcome =
        run("live pattern:inkblot --size 98x66 --headless --duration 3 --json --objective conv2 "
            "--record wet.mp4 --record-dry dry.mkv");
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    for (const char* key : {"presented_fps", "dreams_per_s", "latency_frames_p95", "late_frames",
                            "memory_growth_percent"}) {
        EXPECT_NE(outcome.out.find(key), std::string::npos) << key << outcome.out;
    }
    EXPECT_EQ(outcome.out.find("\"dreams_per_s\": 0.0"), std::string::npos) << outcome.out;
    for (const char* file : {"wet.mp4", "dry.mkv"}) {
        EXPECT_EQ(run(std::string("render ") + file + " -o null: --set strength=0").code, 0)
            << file;
    }
    // An output with a constant rate has the source's rate.
    const Outcome raw =
        run("live pattern:inkblot --fps 50 --size 66x50 --headless --duration 3600 --y4m "
            "2>live.txt | head -c 28");
    EXPECT_EQ(raw.out, "YUV4MPEG2 W66 H50 F50:1 Ip A") << text_of(folder_ / "live.txt");
    expect_failure("live nowhere.mp4 --headless", 1, "nowhere.mp4");
    expect_failure("live pattern:clouds --size 96x64", 1, "--headless",
                   "DISPLAY= WAYLAND_DISPLAY=");
    expect_failure("live pattern:clouds --headless --json --y4m", 2, "standard output");
    expect_failure("live pattern:cluods --headless", 2, "clouds");
    const Outcome deaf =
        run("live pattern:inkblot --size 98x66 --headless --duration 1 --sound no");
    EXPECT_EQ(deaf.code, 0) << deaf.err;
    EXPECT_EQ(std::count(deaf.err.begin(), deaf.err.end(), '\n'), 1) << deaf.err;
    EXPECT_NE(deaf.err.find("'no'"), std::string::npos) << deaf.err;
}

TEST_F(Program, AnInstallationReportsItsHealthAndIsRestored) {
    const std::string state = "XDG_STATE_HOME=$PWD/state";
    const std::string show =
        "live --headless --installation --size 98x66 --health health.json --json ";
    const Outcome first = run(show +
                                  "pattern:inkblot --duration 5 --preset eyes --walk 1 "
                                  "--walk-presets fur,deep --walk-fade 0.1",
                              state);
    ASSERT_EQ(first.code, 0) << first.err;
    EXPECT_EQ(first.err, "");
    const std::string line = text_of(folder_ / "health.json");
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
    for (const char* key :
         {"\"presented_fps\":", "\"dreams_per_s\":", "\"state\":\"someone moves\"",
          "\"camera\":\"running\"",
          "\"uptime_s\":", "\"memory_mb\":", "\"flashes_limited\":", "\"watchdog\":\"\""}) {
        EXPECT_NE(line.find(key), std::string::npos) << key << " " << line;
    }
    const fs::path kept = folder_ / "state/reverie/live.toml";
    EXPECT_NE(text_of(kept).find("source = 'pattern:inkblot'"), std::string::npos);
    // Without a source, the previous one is used; the command line takes precedence.
    const Outcome second = run(show + "--duration 2 --set strength=0.5", state);
    EXPECT_EQ(second.code, 0) << second.err;
    EXPECT_NE(text_of(kept).find("source = 'pattern:inkblot'"), std::string::npos);
    EXPECT_NE(text_of(kept).find("strength = 0.5"), std::string::npos);
    write("state/reverie/live.toml", "version = 1\nsource = 'pattern:noise'\nwalk_s = -1\n");
    const Outcome third = run(show + "--duration 2", state);
    EXPECT_EQ(third.code, 0) << third.err;
    EXPECT_NE(third.err.find("live.toml:3: walk_s"), std::string::npos) << third.err;
    EXPECT_TRUE(fs::exists(folder_ / "state/reverie/live.toml.damaged"));
    // A network that does not exist any more does not prevent the start.
    EXPECT_NE(text_of(kept).find("network = 'embedded'"), std::string::npos) << text_of(kept);
    write("state/reverie/live.toml",
          "version = 1\nsource = 'pattern:noise'\nnetwork = '/gone/cars.safetensors'\n");
    const Outcome fourth = run(show + "--duration 2", state);
    EXPECT_EQ(fourth.code, 0) << fourth.err;
    EXPECT_NE(fourth.err.find("of the show before: --weights /gone/cars"), std::string::npos)
        << fourth.err;
    EXPECT_NE(text_of(kept).find("network = 'embedded'"), std::string::npos) << text_of(kept);
    expect_failure("live pattern:clouds --headless --walk 5", 2, "--installation");
    expect_failure("live pattern:clouds --headless --installation --walk-presets fuz", 2, "fur",
                   state);
    expect_failure("live pattern:clouds --headless --installation --attract dance", 2, "dance",
                   state);
    expect_failure("live pattern:clouds --headless --installation --health nowhere/h", 1,
                   "nowhere/h", state);
}

TEST_F(Program, AnInstallationDreamsOnPatternsWhileNobodyIsThere) {
    const Outcome outcome =
        run("live - --headless --installation --size 98x66 --duration 14 --health health.json",
            "ffmpeg -loglevel quiet -re -f lavfi -i color=gray:s=98x66:r=25 -t 60 -pix_fmt yuv420p "
            "-f yuv4mpegpipe - | XDG_STATE_HOME=$PWD/state");
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const std::string line = text_of(folder_ / "health.json");
    EXPECT_NE(line.find("\"state\":\"nobody is there\""), std::string::npos) << line;
    EXPECT_NE(line.find("\"attract\":\"pattern:"), std::string::npos) << line;
}

TEST_F(Program, LateDreamsAreWrittenFrameByFrame) {
    EXPECT_EQ(run("lab late pattern:clouds -o a.mkv --size 96x64 --duration 1 --objective conv2 "
                  "--dreams 4 --steps 2")
                  .code,
              0);
    EXPECT_EQ(run("render a.mkv -o null: --set strength=0").code, 0);
    expect_failure("lab late pattern:clouds -o b.mkv --dreams 0", 2, "--dreams");
}

TEST_F(Program, AMaskIsWrittenFrameByFrame) {
    constexpr int kWidth = 33, kHeight = 17, kFrames = 5;
    std::string drawn;
    for (int i = 0; i < kWidth * kHeight; ++i) drawn += static_cast<char>(i * 37 % 256);
    write("drawn.pgm", "P5 33 17 255\n" + drawn);
    const auto brightness = [&](const std::string& of) {
        EXPECT_EQ(std::system(("cd '" + folder_.string() + "' && ffmpeg -loglevel quiet -y -i " +
                               of + " -pix_fmt gray -f rawvideo grey")
                                  .c_str()),
                  0);
        return text_of(folder_ / "grey");
    };
    for (const bool inverted : {false, true}) {
        const std::string to = inverted ? "out_%d.png" : "in_%d.png";
        const Outcome outcome =
            run(std::string("lab mask pattern:clouds --size 33x17 --duration 0.2 --mask ") +
                (inverted ? "1-" : "") + "./drawn.pgm -o " + to);
        ASSERT_EQ(outcome.code, 0) << outcome.err;
        const std::string seen = brightness(to);
        ASSERT_EQ(seen.size(), drawn.size() * kFrames);
        for (size_t i = 0; i < seen.size(); ++i) {
            const int value = static_cast<unsigned char>(drawn[i % drawn.size()]);
            const int got = static_cast<unsigned char>(seen[i]);
            ASSERT_NEAR(got, inverted ? 255 - value : value, 1) << to << " " << i;
        }
    }
    expect_failure("lab mask pattern:clouds --mask persons -o b.mkv", 2, "--mask persons");
    expect_failure("lab mask pattern:clouds --mask ./none.pgm --size 33x17 -o b.mkv", 1,
                   "none.pgm");
}

TEST_F(Program, AnInterruptFinishesTheFile) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const std::string output = (folder_ / "a.mp4").string();
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
        ::execl(REVERIE_PROGRAM, "reverie", "render", "pattern:clouds", "-o", output.c_str(),
                "--size", "64x48", "--duration", "100000", "--objective", "conv2", nullptr);
        ::_exit(127);
    }
    ::close(ends[1]);
    std::string err;
    std::array<char, 256> buffer{};
    bool asked = false;
    for (ssize_t count = 0; (count = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
        err.append(buffer.data(), static_cast<size_t>(count));
        // The first line of progress: frames are being written.
        if (!asked && err.find(" fps") != std::string::npos) {
            asked = true;
            // More than once, as timeout(1) does: it is one wish. Those that the system has not
            // delivered yet count as one, so they go on for a while.
            const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
            while (std::chrono::steady_clock::now() < until) ::kill(child, SIGINT);
        }
    }
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status)) << err;
    EXPECT_EQ(WEXITSTATUS(status), 130) << err;
    EXPECT_NE(err.find("reverie: stopped; "), std::string::npos) << err;
    EXPECT_TRUE(fs::exists(output));
    const Outcome again = run("render a.mp4 -o b.mp4 --duration 0.2 --objective conv2");
    EXPECT_EQ(again.code, 0) << again.err;
}

/// How often a process that is traced from its first instruction executes a program; −1 if tracing
/// is not allowed.
int traced_executions(const char* program) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::unsetenv("OMP_WAIT_POLICY");
        if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(126);
        ::execl(program, "reverie", "list", "layers", nullptr);
        ::_exit(127);
    }
    int executions = 0, status = 0;
    while (::waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
        const int signal = WSTOPSIG(status);
        if (signal == SIGTRAP) ++executions;
        ::ptrace(PTRACE_CONT, child, nullptr, signal == SIGTRAP ? 0 : signal);
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? executions : -1;
}

TEST_F(Program, UnderADebuggerItIsExecutedOnce) {
    const int executions = traced_executions(REVERIE_PROGRAM);
    if (executions < 0) GTEST_SKIP() << "nothing may be traced here";
    EXPECT_EQ(executions, 1);
}

}  // namespace
}  // namespace reverie
