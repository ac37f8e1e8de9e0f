// Turns a fragmented MP4, which survives a crash, into a plain one, which every player and editor
// can read.
#pragma once

#include <string>

#include "src/media/sinks/attachments.h"

namespace reverie::libav {

/// The file that is written.
struct RemuxedFile {
    std::string name;
    double picture_end_s = 0;  ///< where the last picture ends, which a fragment does not state
};

/// Writes `to` (replaced if there) with the packets, times, chapters and titles of `from`, its
/// index at the front. If it throws Error, there is no `to`.
void remux(const std::string& from, const RemuxedFile& to, const Attachments& attachments);

}  // namespace reverie::libav
