#include "src/gl/area.h"

#include <algorithm>

namespace reverie {

Area common(const Area& a, const Area& b) {
    const int left = std::max(a.x, b.x), right = std::min(a.x + a.width, b.x + b.width);
    const int top = std::max(a.y, b.y), bottom = std::min(a.y + a.height, b.y + b.height);
    return {left, top, std::max(right - left, 0), std::max(bottom - top, 0)};
}

std::vector<Area> without(const Area& a, const Area& b) {
    const Area hole = common(a, b);
    if (hole.empty()) return a.empty() ? std::vector<Area>{} : std::vector<Area>{a};
    const int right = hole.x + hole.width, bottom = hole.y + hole.height;
    std::vector<Area> pieces{{a.x, a.y, a.width, hole.y - a.y},
                             {a.x, bottom, a.width, a.y + a.height - bottom},
                             {a.x, hole.y, hole.x - a.x, hole.height},
                             {right, hole.y, a.x + a.width - right, hole.height}};
    std::erase_if(pieces, [](const Area& piece) { return piece.empty(); });
    return pieces;
}

}  // namespace reverie
