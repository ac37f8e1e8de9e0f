// Rectangles of a window.
#pragma once

#include <vector>

namespace reverie {

/// A part of a window: pixels from its upper left corner.
struct Area {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
    bool operator==(const Area&) const = default;
    bool empty() const { return width <= 0 || height <= 0; }
};

/// What both have; empty where they have nothing in common.
Area common(const Area& a, const Area& b);
/// What is left of `a` where `b` is cut out of it: above, below, left and right of `b`. None of
/// them is empty.
std::vector<Area> without(const Area& a, const Area& b);

}  // namespace reverie
