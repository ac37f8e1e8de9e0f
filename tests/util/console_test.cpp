// Printing to an output that nobody reads. Each case is a process of its own, with a standard
// output of its own.
#include "src/util/console.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace reverie {
namespace {

/// The writing end of a pipe without a reader.
int closed_pipe() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) std::abort();
    ::close(ends[0]);
    return ends[1];
}

/// Prints `bytes` bytes to `file`, and ends with the reported errno.
[[noreturn]] void print_into(int file, size_t bytes) {
    std::signal(SIGPIPE, SIG_IGN);
    ::dup2(file, STDOUT_FILENO);
    for (size_t i = 0; i < bytes; i += 10) print_out("{:>9}\n", i);
    std::_Exit(finish_output());
}

TEST(Console, FinishOutputTellsWhatTheFirstFailureWas) {
    // More and less than stdio's buffer holds.
    for (const size_t bytes : {10, 100'000}) {
        EXPECT_EXIT(print_into(closed_pipe(), bytes), testing::ExitedWithCode(EPIPE), "");
        EXPECT_EXIT(print_into(::open("/dev/full", O_WRONLY), bytes),
                    testing::ExitedWithCode(ENOSPC), "");
        EXPECT_EXIT(print_into(::open("/dev/null", O_WRONLY), bytes), testing::ExitedWithCode(0),
                    "");
    }
}

TEST(Console, AClosedOutputEndsTheProcessAsItEndsOthers) {
    EXPECT_EXIT(
        {
            std::signal(SIGPIPE, SIG_IGN);
            end_for_closed_output();
        },
        testing::KilledBySignal(SIGPIPE), "^$");
}

TEST(Console, WorkGoesOnWhereNobodyReadsStderr) {
    EXPECT_EXIT(
        {
            std::signal(SIGPIPE, SIG_IGN);
            ::dup2(closed_pipe(), STDERR_FILENO);
            for (int i = 0; i < 10'000; ++i) print_err("frame {}\n", i);
            std::_Exit(7);
        },
        testing::ExitedWithCode(7), "");
}

TEST(Console, AFileTakesNoClosedStreamsPlace) {
    EXPECT_EXIT(
        {
            for (const int stream : {STDIN_FILENO, STDOUT_FILENO}) ::close(stream);
            occupy_standard_streams();
            const int file = ::open("/dev/null", O_WRONLY);
            char byte = 0;
            const bool fails = ::read(STDIN_FILENO, &byte, 1) < 0 && errno == EBADF &&
                               ::write(STDOUT_FILENO, &byte, 1) < 0 && errno == EBADF;
            std::_Exit(file > STDERR_FILENO && fails ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace reverie
