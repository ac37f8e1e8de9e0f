// Text that people wrote, or somebody else: settings, looks, lists. What is no text, as a device
// that never ends, does not fill the memory.
#pragma once

#include <istream>
#include <string>

namespace reverie {

/// The most bytes of a text file, or of a line of one.
constexpr size_t kMostTextBytes = size_t{16} << 20U;

/// The whole of a text file. Throws Error: what cannot be read, and why; it is larger than
/// kMostTextBytes.
std::string read_text_file(const std::string& path);

/// Reads a line without its end; false where there is no more. `eof()` then says whether the last
/// line had an end. `path`: the stream's name in errors. Throws Error: it is longer than
/// kMostTextBytes.
bool next_line(std::istream& stream, std::string& line, const std::string& path);

}  // namespace reverie
