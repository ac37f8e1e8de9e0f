// The names of masks, as terms of an objective have them behind their @.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reverie {

enum class MaskKind : uint8_t {
    person,   ///< what stands out from the background, as it was learned
    motion,   ///< what moves
    bright,   ///< what is brighter than the picture's mean
    brush,    ///< what is painted by hand
    picture,  ///< the brightness of a picture's file
    alpha,    ///< the frame's own: 1 where it is opaque
    second    ///< the brightness of a second source's picture
};

struct MaskName {
    MaskKind kind = MaskKind::person;
    bool inverted = false;  ///< 1 − the mask
    std::string file;       ///< of a picture
    bool operator==(const MaskName&) const = default;
};

/// person, room (all that person is not), motion, bright, dark (not bright), brush, alpha, second, or a
/// file, which has a . or a / in its name; before it, 1- inverts. Nothing for anything else.
std::optional<MaskName> read_mask_name(std::string_view text);

/// All but files, as a list for people.
std::string mask_names();

}  // namespace reverie
