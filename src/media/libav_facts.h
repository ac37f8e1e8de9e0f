// libav's versions and hashes, for `doctor` and `weights`.
#pragma once

#include <string>

namespace reverie {

/// The versions of the loaded libraries: "libavformat 59.27.100, libavcodec 59.37.100, …".
std::string libav_versions();

/// The SHA-256 of a file in hexadecimal. Throws Error where it cannot be read.
std::string sha256_of_file(const std::string& path);
/// Likewise, the SHA-1: for files whose publishers give nothing better.
std::string sha1_of_file(const std::string& path);

}  // namespace reverie
