// The built program when the reader of its output goes away (`head -1`) or the disk is full: a
// listing ends quietly in the first case, with one line in the second; renders and shows go on.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace reverie {
namespace {

namespace fs = std::filesystem;

struct Ending {
    int code = -1;  ///< 128 + the signal that ended it, if any, as in shells
    std::string err;
};

class ClosedOutput : public testing::Test {
  protected:
    ClosedOutput() {
        std::string name = (fs::temp_directory_path() / "reverie_closed_XXXXXX").string();
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        ::close(ends[0]);
        closed_ = ends[1];
    }
    ~ClosedOutput() override {
        ::close(closed_);
        fs::remove_all(folder_);
    }

    /// Runs `reverie ARGUMENTS` in the folder, with `out` as its standard output.
    Ending run(const std::string& arguments, int out, bool err_too = false) const {
        const std::string err = folder_ / "stderr.txt";
        const pid_t child = ::fork();
        if (child == 0) {
            ::dup2(out, STDOUT_FILENO);
            ::dup2(err_too ? out : ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600),
                   STDERR_FILENO);
            const std::string command =
                "cd '" + folder_.string() + "' && exec '" REVERIE_PROGRAM "' " + arguments;
            ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
            ::_exit(127);
        }
        int status = 0;
        EXPECT_EQ(::waitpid(child, &status, 0), child);
        std::ifstream file(err, std::ios::binary);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                err_too ? "" : std::string(std::istreambuf_iterator<char>(file), {})};
    }

    fs::path folder_;
    int closed_ = -1;
};

constexpr const char* kListings[] = {"list presets", "list layers",  "--help",  "--version",
                                     "doctor",       "weights list", "list osc"};
const std::string kShow = "live pattern:inkblot --size 66x50 --headless --objective conv2 ";
const std::string kRender =
    "render pattern:clouds --size 64x48 --duration 0.2 --objective conv2 --set strength=0 ";

TEST_F(ClosedOutput, ListingsEndAsLsDoes) {
    for (const char* arguments : kListings) {
        const Ending ending = run(arguments, closed_);
        EXPECT_EQ(ending.code, 128 + SIGPIPE) << arguments;
        EXPECT_EQ(ending.err, "") << arguments;
    }
    const Ending show = run(kShow + "--duration 1 --json", closed_);
    EXPECT_EQ(show.code, 128 + SIGPIPE);
    EXPECT_EQ(show.err, "");
}

TEST_F(ClosedOutput, AFullDiskIsAnError) {
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    ASSERT_GE(full, 0);
    const std::string line =
        "reverie: cannot write to the standard output: No space left on device\n";
    for (const char* arguments : {"list presets", "list layers", "--version"}) {
        const Ending ending = run(arguments, full);
        EXPECT_EQ(ending.code, 1) << arguments;
        EXPECT_EQ(ending.err, line) << arguments;
    }
    const Ending show = run(kShow + "--duration 1 --json", full);
    EXPECT_EQ(show.code, 1);
    EXPECT_EQ(show.err, line);
    ::close(full);
}

TEST_F(ClosedOutput, AVideoThatNobodyReadsIsAnError) {
    const Ending film = run(kRender + "-o -", closed_);
    EXPECT_EQ(film.code, 1);
    EXPECT_EQ(film.err, "reverie: stdout was closed by its reader\n");
    // Nobody can see any more of it, so it does not go on for its hour.
    const Ending show = run(kShow + "--duration 3600 --y4m", closed_);
    EXPECT_EQ(show.code, 1);
    EXPECT_EQ(show.err.find("-: stdout was closed by its reader\n"), 0U) << show.err;
    EXPECT_NE(show.err.find("reverie: an output has failed; its line is above\n"),
              std::string::npos)
        << show.err;
}

TEST_F(ClosedOutput, WorkGoesOnWhereNobodyReadsStderr) {
    EXPECT_EQ(run(kRender + "-v -o a.mkv --codec ffv1", closed_, true).code, 0);
    EXPECT_EQ(run("render a.mkv -o b.mkv --codec ffv1 --set strength=0", closed_, true).code, 0);
    EXPECT_EQ(run(kShow + "--duration 5 -v --record c.mkv", closed_, true).code, 0);
    EXPECT_GT(fs::file_size(folder_ / "c.mkv"), 500U);
    EXPECT_EQ(run("render nowhere.mp4 -o d.mp4", closed_, true).code, 1);
    EXPECT_EQ(run("lisst", closed_, true).code, 2);
}

TEST_F(ClosedOutput, NothingIsPrintedIntoAFile) {
    EXPECT_EQ(run(kRender + "-v -o a.mkv --codec ffv1 >&- 2>&-", closed_).code, 0);
    EXPECT_EQ(run("render a.mkv -o null: --set strength=0", closed_).code, 0);
    const Ending listing = run("list presets >&-", closed_);
    EXPECT_EQ(listing.code, 1);
    EXPECT_EQ(listing.err, "reverie: cannot write to the standard output: Bad file descriptor\n");
}

}  // namespace
}  // namespace reverie
