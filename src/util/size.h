// Sizes of pictures: as they are asked for, and as they become.
#pragma once

#include <string_view>

namespace reverie {

/// A size in px; 0: to be chosen so that the aspect is kept.
struct SizeRequest {
    int width = 0;
    int height = 0;
    bool operator==(const SizeRequest&) const = default;
};

/// "640x360", "640x", "x360". Throws UsageError. Sides go to 32768.
SizeRequest parse_size(std::string_view text);

/// The size to work at: what was asked for, missing sides by the source's aspect and even, and the
/// source's own where nothing was asked for.
SizeRequest choose_size(const SizeRequest& request, int source_width, int source_height);

}  // namespace reverie
