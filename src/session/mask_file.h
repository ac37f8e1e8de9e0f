// Pictures as masks, for the objective's `@file`.
#pragma once

#include "src/dream/masks/mask_maker.h"

namespace reverie {

/// Loads the brightness of pictures onto this device. Throws Error: see load_picture; it is a video.
MaskLoader mask_loader(Device& device);

}  // namespace reverie
