// Frame rates as people write them.
#pragma once

#include <string_view>

#include "src/media/frames/frame.h"

namespace reverie {

/// "25", "29.97" (that is 30000/1001), "30000/1001". Throws UsageError.
Rational parse_rate(std::string_view text);

}  // namespace reverie
