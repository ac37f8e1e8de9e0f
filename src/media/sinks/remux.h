// From the fragmented MP4 that survives a crash to the plain one that every player and editor
// likes.
#pragma once

#include <string>

namespace reverie::libav {

/// Writes `to` (replaced if there) with the packets, times, chapters and titles of `from`, its
/// index at the front. Throws Error, and then leaves no `to`.
void remux(const std::string& from, const std::string& to);

}  // namespace reverie::libav
