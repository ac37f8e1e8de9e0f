// Asks a muxer whether it takes a stream, by having it write the first packets of it into nothing:
// what libav's tables say of containers is not what their headers and clocks do.
#pragma once

#include <vector>

#include "src/media/libav.h"

namespace reverie::libav {

/// Can a file of `format` hold this sound as it is? `packets`: the first of it.
bool takes_sound(const AVOutputFormat* format, const AVStream& stream,
                 const std::vector<const AVPacket*>& packets);

}  // namespace reverie::libav
