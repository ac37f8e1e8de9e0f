// Measures how long a file really is, if libav only estimates it: from its first and last times,
// which mean nothing in joined files, or from its bit rate.
#pragma once

#include "src/media/sources/demuxer.h"

namespace reverie::libav {

/// Where the picture of a file ends, on the continuous clock, in seconds: reads all packets once
/// more, and decodes none. 0 if libav's length is no estimate, if no packet comes, or if the file
/// is too large. `open`: the same file; `nominal_s`: the duration of a frame that does not state
/// one. Throws as Demuxer; Interrupted when the request's `stop` becomes true.
double measure_guessed_length_s(const InputRequest& request, Demuxer& open, double nominal_s);

}  // namespace reverie::libav
