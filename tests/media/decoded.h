// What libav decodes in a file: the picture's frames, as the ffmpeg program would tell them. In this
// process, because a start of that program takes longer than such a small file.
#pragma once

#include <string>

namespace reverie::test {

struct Decoded {
    std::string times;   ///< pts in s with six decimals, one line a frame
    std::string hashes;  ///< MD5 of the samples of all planes, likewise
};

/// The first stream of pictures. Throws Error.
Decoded decoded(const std::string& path);

}  // namespace reverie::test
