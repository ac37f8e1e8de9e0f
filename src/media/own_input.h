// An output that is the input, by whatever name: the same path, a link, one of the pictures of a
// sequence, what the shell put on the standard input.
#pragma once

#include <string>

namespace reverie {

/// Throws Error, in one line, if writing to `output` would change a file that `input` is read from.
/// Files are compared by device and inode; both may be anything that open_sink() and open_source()
/// take, and what is no file is never equal.
void refuse_own_input(const std::string& output, const std::string& input);

}  // namespace reverie
