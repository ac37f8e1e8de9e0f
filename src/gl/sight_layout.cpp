#include "src/gl/sight_layout.h"

#include <algorithm>
#include <cmath>

namespace reverie {
namespace {

// Of the window's scale, in which a window of 1280×720 has 1 px a unit.
constexpr double kMargin = 34, kTitle = 40, kWord = 46, kBetween = 20;
constexpr double kDesignWidth = 1280, kDesignHeight = 720;
constexpr double kPictureShare = 0.44;  // of a row's width

int px(double length) { return static_cast<int>(std::lround(length)); }

/// The largest of the picture's shape that fits.
Size fitted(Size picture, double width, double height) {
    const double scale =
        std::min(width / std::max(picture.width, 1), height / std::max(picture.height, 1));
    return {std::max(px(scale * picture.width), 0), std::max(px(scale * picture.height), 0)};
}

/// Squares in a strip that begins at x and is `width` wide; their words end at `bottom`.
std::vector<Area> squares(double x, double width, double height, double bottom, size_t count,
                          double unit) {
    const double between = kBetween * unit;
    const auto number = static_cast<double>(count);
    const int side =
        std::max(px(std::min((width - (number - 1) * between) / number, height - kWord * unit)), 0);
    std::vector<Area> places;
    for (size_t i = 0; i < count; ++i) {
        places.push_back({px(x + static_cast<double>(i) * (side + between)),
                          px(bottom - kWord * unit) - side, side, side});
    }
    return places;
}

}  // namespace

SightLayout sight_layout(const Area& area, Size picture, size_t places) {
    const bool upright = area.width < area.height;
    const double unit =
        std::max(upright ? std::min(area.width / kDesignHeight, area.height / kDesignWidth)
                         : std::min(area.width / kDesignWidth, area.height / kDesignHeight),
                 0.0);
    SightLayout layout;
    layout.margin = px(kMargin * unit);
    layout.title = px(kTitle * unit);
    layout.word = px(kWord * unit);
    const double margin = kMargin * unit, title = kTitle * unit;
    const double width = area.width - 2 * margin;
    double row = (area.height - 3 * margin) / 2 - title;
    const Size beside = fitted(picture, kPictureShare * width, row);
    if (!upright) row = beside.height;  // rows stay together, in the middle
    const double first = area.y + (area.height - 2 * (title + row) - margin) / 2;
    for (size_t i = 0; i < layout.rows.size(); ++i) {
        const double left = area.x + margin;
        const double top = first + title + static_cast<double>(i) * (row + title + margin);
        SightRow& into = layout.rows.at(i);
        if (upright) {
            const double strip = (width - 3 * kBetween * unit) / 4 + (kWord + kBetween) * unit;
            const Size size = fitted(picture, width, row - strip);
            into.picture = {px(left), px(top), size.width, size.height};
            into.places = squares(left, width, strip - kBetween * unit, top + row, places, unit);
            continue;
        }
        into.picture = {px(left), px(top), beside.width, beside.height};
        const double right = left + beside.width + margin;
        into.places = squares(right, area.x + area.width - margin - right, row, top + beside.height,
                              places, unit);
    }
    return layout;
}

}  // namespace reverie
