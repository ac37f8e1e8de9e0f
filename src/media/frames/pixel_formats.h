// Converts between libav's pixel formats and ours.
#pragma once

#include <optional>
#include <vector>

#include "src/media/libav.h"

namespace reverie::libav {

/// The matrix that a stream's tag names; if it names none: RGB for RGB formats, BT.709 for pictures
/// larger than standard definition (over 1024 wide or 576 high), BT.601 for others.
ColorMatrix matrix_of(int tag, bool rgb, int width, int height);
/// The H.273 code point of a matrix.
int tag_of(ColorMatrix matrix);

/// Our description of a format, or none if it is not made of 8 … 16 bit samples in the machine's
/// byte order. `tags.range` decides the range; without it, YUV is limited, and RGB, gray and yuvj
/// are full.
std::optional<PixelFormat> describe(AVPixelFormat format, const ColorTags& tags, int width,
                                    int height);

/// The inverse of describe(), for samples and layout only: matrix and range are tags in libav. For
/// a layout that only formats with alpha have, returns one of those. AV_PIX_FMT_NONE if there is
/// none.
AVPixelFormat format_for(const PixelFormat& format);

/// A format that describe() knows and to which `format` converts without loss, if there is one.
AVPixelFormat nearest_known(AVPixelFormat format);

/// The format among `offered` that keeps most of `source`: first its alpha, then the bits (`bits`
/// if not 0), then the chroma resolution; among equal ones, the smallest. RGB sources become RGB
/// only if `lossless`. AV_PIX_FMT_NONE if none can be used.
AVPixelFormat choose(const std::vector<AVPixelFormat>& offered, const PixelFormat& source, int bits,
                     bool lossless);

}  // namespace reverie::libav
