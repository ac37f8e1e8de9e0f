// The shots of a film as a list: found, printed, read back. A text file that may be edited by hand:
// a line for each shot, of which the number of its first frame is read, and what comes after a '#'
// is not.
//
//     # shots of clip.mp4: first frame, time, score of the cut
//     0          0:00:00.000
//     48         0:00:02.000     31.4
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/media/shots.h"
#include "src/media/source.h"

namespace reverie {

/// Reads the whole input. `seen`: called after each frame with the time in it. Throws Error as
/// open_source(), Interrupted.
std::vector<Shot> find_shots(const std::string& input, const SourceOptions& options,
                             const std::function<void(double time_s)>& seen);

std::string shots_text(const std::string& input, const std::vector<Shot>& shots);
/// Only the first frames are known of what is returned. Throws Error "file:line: …": it cannot be
/// read, the first shot does not begin at frame 0, or one not after that before it.
std::vector<Shot> read_shots(const std::string& path);

}  // namespace reverie
