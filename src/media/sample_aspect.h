// The shape of pixels when a picture gets another size: what is shown keeps its shape.
#pragma once

#include <string>

#include "src/media/source.h"

namespace reverie {

/// The sample aspect of `info`'s picture at width × height px, so that it is shown in the shape that
/// it had. As it was where the size has the same shape but for the rounding to whole pixels.
Rational aspect_at(const SourceInfo& info, int width, int height);

/// One line where that makes pixels oblong that were not so: what a user may not have wanted. ""
/// else.
std::string shape_note(const SourceInfo& info, int width, int height);

}  // namespace reverie
