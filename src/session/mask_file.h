// Pictures as masks, for the objective's `@file`.
#pragma once

#include "src/dream/masks/mask_maker.h"

namespace reverie {

class Notices;

/// Loads the brightness of pictures onto this device. Throws Error: see load_picture; it is a video.
MaskLoader mask_loader(Device& device);

/// The same for a show, which goes on: what is no picture is said, and is 0 everywhere as a mask.
MaskLoader mask_loader(Device& device, Notices& notices);

}  // namespace reverie
