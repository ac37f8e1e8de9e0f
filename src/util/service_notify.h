// Notifies systemd without its library: a datagram of a few bytes to the socket that NOTIFY_SOCKET
// names, as in sd_notify(3).
#pragma once

#include <string_view>

namespace reverie {

/// Sends "READY=1", "WATCHDOG=1", "STATUS=…", one assignment a line. Returns false if nobody
/// listens. Never blocks.
bool notify_service(std::string_view message);

}  // namespace reverie
