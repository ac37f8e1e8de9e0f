// The place of the pattern `walker`: a wall with paintings and a floor of boards, drawn once, that
// goes by.
#pragma once

#include <cstdint>
#include <vector>

#include "src/media/frames/frame.h"

namespace reverie {

class GalleryWall {
  public:
    /// For pictures of that size in px; the same seed gives the same wall.
    GalleryWall(int width, int height, uint64_t seed);
    /// Draws the part that begins at `left_px`, into planes of 8 bits in the order G, B, R. The
    /// wall repeats.
    void draw(double left_px, const VideoPlanes& dst) const;

  private:
    int width_, height_, period_;
    std::vector<uint8_t> planes_[3];  ///< as the picture's, rows of period_ + 1 bytes
};

}  // namespace reverie
