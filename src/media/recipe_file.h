// A text inside a video or a picture that says how it was made, where other programs leave it alone:
// a tag of the container, a chunk of PNG, a comment of JPEG, the description of TIFF.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace reverie {

/// Every recipe begins with this line.
constexpr const char* kRecipeLine = "# reverie recipe 1";

/// The recipe in a file; "": it has none. Throws Error where the file cannot be read.
std::string recipe_in(const std::string& path);

/// The tag for a container of libav's that name, as its writer keeps it.
const char* recipe_tag(const std::string& container);

/// A picture as an encoder of libav's that name made it, with the recipe in it; as it is where such
/// pictures have no place for one. A recipe is UTF-8 without NUL.
std::vector<uint8_t> with_recipe(std::span<const uint8_t> picture, const std::string& encoder,
                                 const std::string& recipe);
/// As with_recipe() has put it into a PNG, JPEG or TIFF; "": there is none.
std::string recipe_of(std::span<const uint8_t> picture);

}  // namespace reverie
