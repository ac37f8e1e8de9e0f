// A file that is dropped onto the window, by what it is.
#pragma once

#include <string>
#include <vector>

#include "src/control/request.h"

namespace reverie {

/// What it asks for: a result of this program gives its look back; a preset and a score (.toml) are
/// played; all else becomes the source. Throws Error, and the show should go on as
/// it is: the file cannot be read, or is neither a video nor a picture.
std::vector<Request> requests_of_dropped(const std::string& path);

}  // namespace reverie
