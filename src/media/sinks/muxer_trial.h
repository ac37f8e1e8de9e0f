// Finds out whether a muxer accepts a stream, by letting it write the stream's first packets to
// nowhere: libav's tables of what containers hold differ from what their muxers really do.
#pragma once

#include <vector>

#include "src/media/libav.h"

namespace reverie::libav {

/// Can a file of `format` hold this sound as it is? `packets`: the first of it.
bool takes_sound(const AVOutputFormat* format, const AVStream& stream,
                 const std::vector<const AVPacket*>& packets);

}  // namespace reverie::libav
