// Where the view of what the network sees has its two pictures, and the places beside them for what
// it sees in each: one row above the other, or one column beside the other where the window is
// upright.
#pragma once

#include <array>
#include <vector>

#include "src/gl/area.h"
#include "src/util/size.h"

namespace reverie {

/// One picture and what is seen in it.
struct SightRow {
    Area picture;              ///< in the picture's own shape
    std::vector<Area> places;  ///< squares, from left to right, a word's height above what is below
    bool operator==(const SightRow&) const = default;
};

struct SightLayout {
    std::array<SightRow, 2> rows;  ///< the source's and the dream's
    int title = 0;                 ///< px that are free above each picture and its places
    int word = 0;                  ///< px that are free below each place
    int margin = 0;
};

/// `picture`: as it is turned. All is inside `area`, and nothing covers anything. Areas are empty
/// where there is no room.
SightLayout sight_layout(const Area& area, Size picture, size_t places);

}  // namespace reverie
