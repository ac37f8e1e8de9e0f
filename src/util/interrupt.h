// Ctrl-C asks the loops to end well; pressed again, it kills.
#pragma once

#include <atomic>

namespace reverie {

/// From now on the first SIGINT, SIGTERM or SIGHUP only sets stop_flag(). The same signal once more,
/// a moment later, ends the program at once. SIGPIPE is ignored (a closed pipe is an error of write()).
void handle_signals();

/// True once the user asked to stop. Sources take its address to end blocking reads.
const std::atomic<bool>& stop_flag();

}  // namespace reverie
