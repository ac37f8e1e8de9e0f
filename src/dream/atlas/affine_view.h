// A square picture as seen turned, scaled and shifted a little, and the way back for gradients.
// What is amplified must survive such views, so that it becomes a thing instead of noise that only
// one placement of pixels excites (Olah et al., "Feature Visualization", 2017: transformation
// robustness). Planes of side × side values in host memory.
#pragma once

#include <cstdint>
#include <vector>

namespace reverie {

struct AffineView {
    float turn = 0;                  ///< radians, about the centre
    float scale = 1;                 ///< above 1: nearer
    float shift_x = 0, shift_y = 0;  ///< px
};

/// A small view that a seed and a step choose: turned by up to ±6°, scaled by 0.9 to 1.1, shifted by
/// up to ±6 px.
AffineView random_view(uint32_t seed, uint32_t step);

/// dst = src as seen, bilinear; `outside` where the view looks beyond the edges.
void look(const std::vector<float>& src, int side, const AffineView& view, float outside,
          std::vector<float>& dst);
/// The transpose of look(): dst = what a gradient of the seen picture is for the picture itself.
void look_back(const std::vector<float>& gradient, int side, const AffineView& view,
               std::vector<float>& dst);

}  // namespace reverie
