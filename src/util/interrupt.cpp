#include "src/util/interrupt.h"

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <ctime>

namespace reverie {
namespace {

std::atomic<bool> stopping{false};
/// When each signal came first, by its number; 0: it has not come.
std::array<std::atomic<int64_t>, NSIG> asked_ms{};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int64_t>::is_always_lock_free,
              "a signal handler sets them");

/// timeout(1) and some terminals send a signal to the process and to its group. Whoever presses a
/// key again takes longer.
constexpr int64_t kOnceMs = 300;

extern "C" void ask_to_stop(int signal) {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const int64_t now_ms = 1 + int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000;
    int64_t first_ms = 0;
    stopping.store(true);
    if (asked_ms[static_cast<size_t>(signal)].compare_exchange_strong(first_ms, now_ms)) return;
    if (now_ms - first_ms < kOnceMs) return;
    ::signal(signal, SIG_DFL);
    ::raise(signal);  // it comes when this function has returned
}

}  // namespace

void handle_signals() {
    struct sigaction action {};
    action.sa_handler = ask_to_stop;
    action.sa_flags = 0;  // not restarted, so that blocking reads return
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction present {};
        ::sigaction(signal, nullptr, &present);
        // Whoever started us with a signal ignored (nohup, a background job) means it.
        if (present.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
    }
    ::signal(SIGPIPE, SIG_IGN);
}

const std::atomic<bool>& stop_flag() { return stopping; }

}  // namespace reverie
