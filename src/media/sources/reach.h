// What an input may open besides itself: playlists and descriptions name other files and addresses.
#pragma once

#include <string>

#include "src/media/sources/input.h"

namespace reverie::libav {

/// The protocols, as libav's option "protocol_whitelist" lists them. Whoever sends bytes must not
/// choose what this machine opens: a local file leads to local files only, a web address to the web
/// only, a pipe (whose bytes may come from anywhere) to nothing. `url` itself is among them, unless
/// its protocol is none that a show has a use for: then opening it fails with libav's line.
const char* protocols_within(Transport transport, const std::string& url);

}  // namespace reverie::libav
