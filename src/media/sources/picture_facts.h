// What the file of a picture says of itself that libav (before 7.1) does not tell: how it is to be
// turned, how many pages there are.
#pragma once

#include <string>

namespace reverie {

struct PictureFacts {
    int exif_orientation = 0;  ///< 1 … 8; 0: not said
    int pages = 1;             ///< of a TIFF, smaller copies of others not counted
};

/// Of a PNG or TIFF; the defaults for all else. Reads the file's tables, not its pixels. Throws
/// nothing: what is damaged is not known.
PictureFacts read_picture_facts(const std::string& path);

}  // namespace reverie
