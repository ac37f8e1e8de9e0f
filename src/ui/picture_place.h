// Where the picture is in the window, for what the pointer does on it.
#pragma once

#include <imgui.h>

#include <optional>

#include "src/dream/masks/brush.h"
#include "src/gl/present.h"

namespace reverie {

/// The one picture of a view in an area of the window. A plain value.
class PicturePlace {
  public:
    /// nullopt for views that show more than one, or nothing yet.
    static std::optional<PicturePlace> in(const Area& area, Size picture, const ViewSettings& view);

    /// Of the picture, 0 … 1, also beyond its edges.
    BrushPoint at(ImVec2 pixel) const;
    /// The pixel of the window.
    ImVec2 pixel(BrushPoint at) const;
    /// Pixels of the window in the picture's height.
    float height_px() const;
    /// Width over height.
    double aspect() const { return aspect_; }
    const Area& area() const { return area_; }
    bool contains(ImVec2 pixel) const;

  private:
    Area area_;
    Placement placement_;
    double aspect_ = 1;
};

}  // namespace reverie
