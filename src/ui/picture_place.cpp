#include "src/ui/picture_place.h"

#include <cmath>

namespace reverie {

std::optional<PicturePlace> PicturePlace::in(const Area& area, Size picture,
                                             const ViewSettings& view) {
    const bool single = view.mode != ViewMode::side_by_side && view.mode != ViewMode::sight;
    if (!single || area.empty() || picture.width <= 0 || picture.height <= 0) return std::nullopt;
    PicturePlace found;
    found.area_ = area;
    found.placement_ = place(picture, {area.width, area.height}, view);
    found.aspect_ = static_cast<double>(picture.width) / picture.height;
    return found;
}

BrushPoint PicturePlace::at(ImVec2 pixel) const {
    const Placement& p = placement_;
    const float x = pixel.x - static_cast<float>(area_.x),
                y = pixel.y - static_cast<float>(area_.y);
    return {p.a * x + p.b * y + p.c, p.d * x + p.e * y + p.f};
}

ImVec2 PicturePlace::pixel(BrushPoint at) const {
    const Placement& p = placement_;
    const float u = at.x - p.c, v = at.y - p.f, det = p.a * p.e - p.b * p.d;
    return {static_cast<float>(area_.x) + (p.e * u - p.b * v) / det,
            static_cast<float>(area_.y) + (p.a * v - p.d * u) / det};
}

float PicturePlace::height_px() const { return 1 / std::hypot(placement_.d, placement_.e); }

bool PicturePlace::contains(ImVec2 pixel) const {
    const float x = pixel.x - static_cast<float>(area_.x),
                y = pixel.y - static_cast<float>(area_.y);
    return x >= 0 && y >= 0 && x < static_cast<float>(area_.width) &&
           y < static_cast<float>(area_.height);
}

}  // namespace reverie
