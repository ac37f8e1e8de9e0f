// Formats of frames that no function of src/media/frames/frame.h makes: those of cameras and decoders.
#pragma once

#include "src/media/frames/frame.h"

namespace reverie::test {

/// Chroma of both kinds side by side in one plane, as hardware decoders give it.
inline PixelFormat nv12() {
    PixelFormat format = planar_yuv(8, 1, 1, ColorMatrix::bt709, false);
    format.planes = 2;
    format.component[1] = {1, 0, 2};
    format.component[2] = {1, 1, 2};
    return format;
}

/// The same with 10 bits, at the upper end of two bytes.
inline PixelFormat p010() {
    PixelFormat format = nv12();
    format.bits = 10;
    format.sample_bytes = 2;
    format.shift = 6;
    return format;
}

/// All in one plane, as webcams give it.
inline PixelFormat yuyv() {
    PixelFormat format = planar_yuv(8, 1, 0, ColorMatrix::bt601, false);
    format.planes = 1;
    format.component[0] = {0, 0, 2};
    format.component[1] = {0, 1, 4};
    format.component[2] = {0, 3, 4};
    return format;
}

}  // namespace reverie::test
