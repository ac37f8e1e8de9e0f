// The sample aspect ratio of a resized picture: what a player shows keeps its shape.
#pragma once

#include <string>

#include "src/media/source.h"

namespace reverie {

/// The sample aspect ratio with which `info`'s picture at width × height px is shown in the same
/// shape as before. It stays the same if the size has the same shape up to rounding to whole
/// pixels.
Rational aspect_at(const SourceInfo& info, int width, int height);

/// One line if that changes the shape of pixels, which a user may not have wanted; else "".
std::string shape_note(const SourceInfo& info, int width, int height);

}  // namespace reverie
