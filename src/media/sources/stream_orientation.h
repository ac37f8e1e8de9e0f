// How a frame of a stream has to be turned to stand upright.
#pragma once

#include <string>

#include "src/media/libav.h"
#include "src/media/sources/orient.h"

namespace reverie::libav {

struct StreamOrientation {
    Orientation turn;
    int rotation_deg = 0;  ///< clockwise, of a display matrix; else 0
};

/// By the display matrix of the frame or the stream, else by the EXIF entry that libav found. For a
/// picture's file (`picture`, else "") in which libav finds none, by the file's own entry.
StreamOrientation orientation_of(const AVStream& stream, const AVFrame& frame,
                                 const std::string& picture);

}  // namespace reverie::libav
