// Detects an output that is also the input under any name: the same path, a link, a picture of a
// sequence, or the file that the shell connected to the standard input.
#pragma once

#include <string>

namespace reverie {

/// Throws Error, in one line, if writing to `output` would change a file that `input` is read from.
/// Files are compared by device and inode; both may be anything that open_sink() and open_source()
/// take; what is not a file never matches.
void refuse_own_input(const std::string& output, const std::string& input);

}  // namespace reverie
