// Parse, run, catch once: every failure is one line on stderr and an exit code (0 done, 1 failed, 2
// wrong use, 3 an installation that stood still, 130 interrupted).
#include <malloc.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>

#include "kernels/device.h"
#include "src/cli/commands.h"
#include "src/util/console.h"
#include "src/util/error.h"
#include "src/util/interrupt.h"

namespace {

int fail(const char* message, int code) {
    std::fflush(stdout);
    reverie::print_err("reverie: {}\n", reverie::one_line(message, reverie::kMostMessageBytes));
    return code;
}

/// What was printed has arrived, or why it has not. A reader that has gone, as `head` does, is no
/// failure.
int finish() {
    const int failure = reverie::finish_output();
    if (failure == 0) return 0;
    if (failure == EPIPE) reverie::end_for_closed_output();
    const std::string message =
        std::string("cannot write to the standard output: ") + std::strerror(failure);
    return fail(message.c_str(), 1);
}

/// Big buffers get pages of their own, which go back to the system with them. Left to itself, glibc
/// soon has them among the small ones, where they leave holes: a show of days would grow by them.
/// For the small ones, 16 MB more than needed are taken at a time, enough for huge pages.
void keep_big_buffers_apart() {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
    mallopt(M_TRIM_THRESHOLD, 2 << 20);
    mallopt(M_TOP_PAD, 16 << 20);
#endif
}

}  // namespace

int main(int argc, char** argv) {
    reverie::occupy_standard_streams();
    keep_big_buffers_apart();
    try {
        reverie::handle_signals();
        if (const reverie::Action action = reverie::parse_command_line(argc, argv)) {
            // Executed again, the program would no longer know that it was asked to stop.
            if (!reverie::stop_flag()) reverie::execute_with_settings(argv);
            action();
        }
        return finish();
    } catch (const reverie::UsageError& error) {
        return fail(error.what(), 2);
    } catch (const reverie::Interrupted& error) {
        return fail(error.what(), 130);
    } catch (const std::bad_alloc&) {
        return fail("out of memory; try a smaller --size", 1);
    } catch (const std::exception& error) {
        return fail(error.what(), 1);
    }
}
