// Facts about a picture's file that libav (before 7.1) does not report: its orientation and its
// number of pages.
#pragma once

#include <string>

namespace reverie {

struct PictureFacts {
    int exif_orientation = 0;  ///< 1 … 8; 0: not given
    int pages = 1;             ///< of a TIFF, smaller copies of others not counted
};

/// Reads a PNG or TIFF; returns the defaults for all other files. Reads the file's tables, not its
/// pixels. Throws nothing: damaged facts keep their defaults.
PictureFacts read_picture_facts(const std::string& path);

}  // namespace reverie
