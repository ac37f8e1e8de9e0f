// The size of a picture: as requested, and as chosen.
#pragma once

#include <string_view>

namespace reverie {

/// In px.
struct Size {
    int width = 0;
    int height = 0;
    bool operator==(const Size&) const = default;
};

/// A size in px as a user asks for it; 0: to be chosen so that the aspect is kept.
struct SizeRequest {
    int width = 0;
    int height = 0;
    bool operator==(const SizeRequest&) const = default;
};

/// "640x360", "640x", "x360". Throws UsageError. Sides go to 32768.
SizeRequest parse_size(std::string_view text);

/// The size to work at: as requested, with a missing side chosen by the source's aspect and even;
/// the source's own size if none was requested.
Size choose_size(const SizeRequest& request, int source_width, int source_height);

}  // namespace reverie
