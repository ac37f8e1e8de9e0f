// The one kind of exception that this program throws on purpose: what failed, on what, and what to
// try.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace reverie {

/// Cannot open, load, allocate, launch. `what()` is one line, ready for stderr.
class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The command line itself is wrong: exit code 2.
class UsageError : public Error {
  public:
    using Error::Error;
};

/// A device, or its vendor's library, has failed: another device may still work.
class DeviceError : public Error {
  public:
    using Error::Error;
};

/// Out of memory, of a device or of the machine: a smaller size may still fit.
class OutOfMemory : public Error {
  public:
    using Error::Error;
};

/// Ctrl-C, or a request to stop: exit code 130.
class Interrupted : public Error {
  public:
    using Error::Error;
};

/// Throws Error(message) unless `condition` holds. Guards public entrances, in release builds too.
inline void require(bool condition, const char* message) {
    if (!condition) throw Error(message);
}

inline void require(bool condition, const std::string& message) {
    if (!condition) throw Error(message);
}

/// Text from a file for a one-line error: control characters are replaced, and what is beyond
/// `longest` bytes is cut off.
std::string one_line(std::string_view text, size_t longest = 80);

/// Whole messages are no longer than this, whatever names and texts they repeat.
constexpr size_t kMostMessageBytes = 2000;

/// The up to `count` candidates most like `word` (edit distance, then prefix and substring
/// matches), best first. Empty when nothing is at all like it.
std::vector<std::string> nearest_names(std::string_view word,
                                       const std::vector<std::string>& candidates,
                                       size_t count = 3);

/// "; did you mean a, b or c?", or `otherwise` when nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates,
                         std::string_view otherwise = "");

}  // namespace reverie
