// Files that libav does not read, known by their first bytes.
#pragma once

#include <string>

namespace reverie {

/// What the file at `path` is, and the way out: "an animated WebP, which is not read here; make a
/// GIF of it: …"; "" where its first bytes say nothing. To be asked when libav has failed.
std::string foreign_format(const std::string& path);

}  // namespace reverie
