#include "src/util/console.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace reverie {
namespace {

std::atomic<int> first_failure{0};

void remember_failure() {
    int none = 0;
    first_failure.compare_exchange_strong(none, errno != 0 ? errno : EIO);
}

}  // namespace

void write_out(std::string_view text) {
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) remember_failure();
}

void write_err(std::string_view text) {
    // Nowhere to tell that it was not taken.
    (void)std::fwrite(text.data(), 1, text.size(), stderr);
}

int finish_output() {
    errno = 0;
    if (std::fflush(stdout) != 0) remember_failure();
    return first_failure;
}

void end_for_closed_output() {
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
    std::_Exit(128 + SIGPIPE);  // where it is blocked
}

void occupy_standard_streams() {
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
        if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
        // The other way round: reading from it, or writing to it, fails.
        const int mode = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (::open("/dev/null", mode) < 0) return;  // the lowest number that is free: this one
    }
}

}  // namespace reverie
