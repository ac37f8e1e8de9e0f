// What a show can put in place of its dream at once.
#pragma once

#include <cstdint>

namespace reverie {

/// Shown at once in place of the dream, whatever else goes on.
enum class Panic : uint8_t {
    off,     ///< the dream
    source,  ///< the source alone
    black,
    hold  ///< the current picture, frozen
};

}  // namespace reverie
