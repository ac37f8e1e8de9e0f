// Turns frames upright, plane by plane: the eight orientations of EXIF and display matrices.
#pragma once

#include <cstdint>

#include "src/media/frames/frame.h"

namespace reverie {

/// Pixel (p, q) of the upright picture is pixel (flip_x ? w−1−x : x, flip_y ? h−1−y : y) of the
/// stored one, where (x, y) is (p, q), or (q, p) with `transpose`.
struct Orientation {
    bool transpose = false;
    bool flip_x = false;
    bool flip_y = false;

    bool upright() const { return !transpose && !flip_x && !flip_y; }
};

/// From a display matrix (nine 16.16 numbers, as MP4 and libav have it); other angles are rounded
/// to the nearest multiple of 90 degrees.
Orientation orientation_of(const int32_t matrix[9]);
/// The clockwise rotation of that matrix: 0, 90, 180 or 270 degrees.
int rotation_of(const int32_t matrix[9]);
/// From an EXIF orientation, 1 … 8.
Orientation orientation_of_exif(int exif);

/// The format of oriented frames: planar (except gray with alpha), with the chroma subsampling
/// turned too; 4:4:4 for odd sizes, with which chroma cells would not map to whole cells.
PixelFormat oriented_format(const PixelFormat& format, int width, int height,
                            Orientation orientation);

/// dst (of oriented_format, made by the caller, sizes swapped by `transpose`) = src turned upright.
void orient(const VideoPlanes& src, Orientation orientation, const VideoPlanes& dst);

}  // namespace reverie
