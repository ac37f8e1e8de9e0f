#include "src/util/interrupt.h"

#include <csignal>

namespace reverie {
namespace {

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

extern "C" void ask_to_stop(int) { stop.store(true); }

}  // namespace

void handle_signals() {
    struct sigaction action {};
    action.sa_handler = ask_to_stop;
    // Not restarted, so that blocking reads return; reset, so that the second signal kills.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction present {};
        ::sigaction(signal, nullptr, &present);
        // Whoever started us with a signal ignored (nohup, a background job) means it.
        if (present.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
    }
    ::signal(SIGPIPE, SIG_IGN);
}

const std::atomic<bool>& stop_flag() { return stop; }

}  // namespace reverie
