// How long a file really is, where libav guesses: by its first and last times, which mean nothing in
// joined files, or by its bit rate.
#pragma once

#include "src/media/sources/demuxer.h"

namespace reverie::libav {

/// Where the picture of a file ends, on the continuous clock, in seconds: all packets are read once
/// more, and none is decoded. 0 where libav does not guess, where nothing comes, and for files that
/// are too large for that. `open`: the same file; `nominal_s`: how long a frame is that does not say
/// so. Throws as Demuxer; Interrupted when the request's `stop` becomes true.
double measure_guessed_length_s(const InputRequest& request, Demuxer& open, double nominal_s);

}  // namespace reverie::libav
