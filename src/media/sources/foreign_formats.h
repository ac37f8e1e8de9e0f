// Recognises files that libav does not read, by their first bytes.
#pragma once

#include <string>

namespace reverie {

/// What the file at `path` is, and how to convert it: "an animated WebP, which is not read here;
/// make a GIF of it: …"; "" if its first bytes are not recognised. Called when libav has failed.
std::string foreign_format(const std::string& path);

}  // namespace reverie
