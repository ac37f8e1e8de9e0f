// How a frame of a stream has to be turned to stand upright.
#pragma once

#include <string>

#include "src/media/libav.h"
#include "src/media/sources/orient.h"

namespace reverie::libav {

struct StreamOrientation {
    Orientation turn;
    int rotation_deg = 0;  ///< clockwise, from a display matrix; else 0
};

/// From the display matrix of the frame or the stream, else from the EXIF entry that libav found.
/// If libav finds none in a picture's file (`picture`, else ""), from the file's own entry.
StreamOrientation orientation_of(const AVStream& stream, const AVFrame& frame,
                                 const std::string& picture);

}  // namespace reverie::libav
