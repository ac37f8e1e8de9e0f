// A button that opens a list to pick from. On top of Dear ImGui, in the overlay's look.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/ui/widgets/ui.h"

namespace reverie {

/// A part of the list under its own heading.
struct PickSection {
    std::string_view title;
    std::vector<std::string> items;
};

/// The one that was picked in this frame. Items are noted as "name/item" while the list is open.
std::optional<std::string> pick(Ui& ui, std::string_view name, std::string_view label, float width,
                                std::span<const PickSection> sections);

}  // namespace reverie
