// Convolutions of 3×3 to 5×5 in f32 by minimal filtering: see winograd_engine.h.
#pragma once

#include <memory>

#include "kernels/conv.h"

namespace reverie {

/// Whether this module was compiled for instructions with which it pays: AVX2 and FMA.
bool has_winograd();

/// `otherwise` stores f32 in nChw8c; it makes all other convolutions.
std::unique_ptr<ConvEngine> make_winograd_engine(Device& device,
                                                 std::unique_ptr<ConvEngine> otherwise);

}  // namespace reverie
