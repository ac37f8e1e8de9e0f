#include "src/dream/masks/brush.h"

#include <algorithm>
#include <cmath>

#include "src/util/error.h"

namespace reverie {
namespace {

constexpr float kSpacing = 0.125F;       // of the radius: points that are nearer are left out
constexpr float kFirst = -1, kLast = 2;  // coordinates of points are between them
constexpr int kCells = 96;               // of the grid on which covered strokes are found, down

bool is_of_one_kind(const BrushStroke& a, const BrushStroke& b) {
    return a.radius == b.radius && a.softness == b.softness && a.erases == b.erases;
}

size_t points_of(const BrushMask& mask) {
    size_t points = 0;
    for (const BrushStroke& stroke : mask.strokes) points += stroke.path.size();
    return points;
}

/// From (x, y) to the segment.
float distance(float x, float y, BrushPoint a, BrushPoint b) {
    const float along_x = b.x - a.x, along_y = b.y - a.y;
    const float squared = along_x * along_x + along_y * along_y;
    const float t = squared > 0 ? ((x - a.x) * along_x + (y - a.y) * along_y) / squared : 0.0F;
    const float at = std::clamp(t, 0.0F, 1.0F);
    const float dx = x - a.x - at * along_x, dy = y - a.y - at * along_y;
    return std::sqrt(dx * dx + dy * dy);
}

/// 1 up to radius − fade, 0 from the radius on, a smooth step between.
float cover_at(float distance, float radius, float fade) {
    const float t = std::clamp((radius - distance) / fade, 0.0F, 1.0F);
    return t * t * (3 - 2 * t);
}

/// Calls visit(index, distance in cells' heights) for the cells of a grid near a stroke.
template <class Visit>
void each_cell_near(const BrushStroke& stroke, int columns, float reach, Visit visit) {
    const auto grid_x = static_cast<float>(columns), grid_y = static_cast<float>(kCells);
    for (size_t i = 0; i < stroke.path.size(); ++i) {
        const BrushPoint& from = stroke.path[i > 0 ? i - 1 : 0];
        const BrushPoint a{from.x * grid_x - 0.5F, from.y * grid_y - 0.5F};
        const BrushPoint b{stroke.path[i].x * grid_x - 0.5F, stroke.path[i].y * grid_y - 0.5F};
        const auto low = [&](float p, float q) {
            return std::max(0, static_cast<int>(std::floor(std::min(p, q) - reach)));
        };
        const auto high = [&](float p, float q, int count) {
            return std::min(count - 1, static_cast<int>(std::ceil(std::max(p, q) + reach)));
        };
        for (int y = low(a.y, b.y); y <= high(a.y, b.y, kCells); ++y) {
            for (int x = low(a.x, b.x); x <= high(a.x, b.x, columns); ++x)
                visit(static_cast<size_t>(y) * columns + x,
                      distance(static_cast<float>(x), static_cast<float>(y), a, b));
        }
    }
}

/// Drops the strokes of which nothing is left to be seen: later ones are in full wherever they are.
void drop_covered(BrushMask& mask, double aspect) {
    const int columns = std::clamp(static_cast<int>(std::lround(kCells * aspect)), 1, 8 * kCells);
    const float half_cell = std::sqrt(0.5F) + 0.05F;  // to its corners; columns are rounded
    std::vector<char> decided(static_cast<size_t>(columns) * kCells, 0);
    std::vector<BrushStroke> left;
    for (size_t i = mask.strokes.size(); i-- > 0;) {
        BrushStroke& stroke = mask.strokes[i];
        const float radius = stroke.radius * kCells;
        const float core = radius * (1 - stroke.softness) - half_cell;
        bool seen = false;
        each_cell_near(stroke, columns, radius + half_cell, [&](size_t cell, float d) {
            seen = seen || (d < radius + half_cell && decided[cell] == 0);
        });
        if (!seen) continue;
        each_cell_near(stroke, columns, radius, [&](size_t cell, float d) {
            if (d < core) decided[cell] = 1;
        });
        left.push_back(std::move(stroke));
    }
    std::reverse(left.begin(), left.end());
    mask.strokes = std::move(left);
}

BrushStroke in_range(BrushStroke stroke) {
    require(!stroke.path.empty(), "a stroke needs a place");
    for (BrushPoint& point : stroke.path) {
        require(std::isfinite(point.x) && std::isfinite(point.y), "a stroke needs places");
        point = {std::clamp(point.x, kFirst, kLast), std::clamp(point.y, kFirst, kLast)};
    }
    // Written so that NaN becomes the least.
    if (!(stroke.radius >= kLeastBrushRadius)) stroke.radius = kLeastBrushRadius;
    stroke.radius = std::min(stroke.radius, kLargestBrushRadius);
    if (!(stroke.softness >= 0)) stroke.softness = 0;
    stroke.softness = std::min(stroke.softness, 1.0F);
    return stroke;
}

}  // namespace

bool is_sound(const BrushStroke& stroke) {
    const auto is_place = [](float v) { return v >= kFirst && v <= kLast; };
    return !stroke.path.empty() && stroke.radius >= kLeastBrushRadius &&
           stroke.radius <= kLargestBrushRadius && stroke.softness >= 0 && stroke.softness <= 1 &&
           std::all_of(stroke.path.begin(), stroke.path.end(),
                       [&](const BrushPoint& p) { return is_place(p.x) && is_place(p.y); });
}

BrushMask painted(BrushMask mask, BrushStroke stroke, bool goes_on, double aspect) {
    stroke = in_range(std::move(stroke));
    require(std::isfinite(aspect) && aspect > 0, "a picture has an aspect");
    if (mask.is_empty() && stroke.erases) return mask;
    const std::vector<BrushPoint> points = std::move(stroke.path);
    stroke.path.clear();
    goes_on = goes_on && !mask.strokes.empty() && is_of_one_kind(mask.strokes.back(), stroke);
    const bool is_last = !mask.strokes.empty() && is_of_one_kind(mask.strokes.back(), stroke) &&
                         mask.strokes.back().path == points;
    if (is_last) return mask;
    if (!goes_on) mask.strokes.push_back(stroke);
    for (const BrushPoint& point : points) {
        std::vector<BrushPoint>* path = &mask.strokes.back().path;
        if (!path->empty()) {
            const BrushPoint last = path->back();
            const double dx = (point.x - last.x) * aspect, dy = point.y - last.y;
            if (std::hypot(dx, dy) < kSpacing * stroke.radius) continue;
            if (path->size() == kMostStrokePoints) {
                mask.strokes.push_back(stroke);
                path = &mask.strokes.back().path;
                path->push_back(last);
            }
        }
        path->push_back(point);
    }
    if (points_of(mask) > kMostBrushPoints) drop_covered(mask, aspect);
    require(points_of(mask) <= kMostBrushPoints,
            "the mask @brush can hold no more strokes; clear or fill it, or paint with a larger "
            "brush over what is there");
    return mask;
}

BrushChange change_between(const BrushMask& before, const BrushMask& now) {
    const std::vector<BrushStroke>&was = before.strokes, &is = now.strokes;
    size_t kept = 0;
    while (before.filled == now.filled && kept < was.size() && kept < is.size() &&
           was[kept] == is[kept])
        ++kept;
    return {kept, now.filled, {is.begin() + static_cast<ptrdiff_t>(kept), is.end()}};
}

BrushMask changed(BrushMask before, const BrushChange& change) {
    require(change.kept <= before.strokes.size(), "strokes are missing");
    before.filled = change.filled;
    before.strokes.resize(change.kept);
    for (const BrushStroke& stroke : change.strokes) {
        require(is_sound(stroke), "a stroke that no brush has painted");
        before.strokes.push_back(stroke);
    }
    return before;
}

const std::vector<float>& BrushRaster::draw(const BrushMask& mask, int width, int height) {
    require(width > 0 && height > 0, "a mask needs pixels");
    begin(mask, width, height);
    for (size_t i = 0; i < mask.strokes.size(); ++i) {
        const BrushStroke& stroke = mask.strokes[i];
        const size_t there = i < drawn_.strokes.size() ? drawn_.strokes[i].path.size() : 0;
        if (there < stroke.path.size()) draw_stroke(stroke, there);
    }
    drawn_ = mask;
    return values_;
}

/// Keeps what is there if `mask` begins with it.
void BrushRaster::begin(const BrushMask& mask, int width, int height) {
    const size_t there = drawn_.strokes.size();
    bool goes_on = width == width_ && height == height_ && mask.filled == drawn_.filled &&
                   mask.strokes.size() >= there;
    for (size_t i = 0; goes_on && i < there; ++i) {
        const BrushStroke &before = drawn_.strokes[i], &now = mask.strokes[i];
        const bool may_grow = i + 1 == there;
        goes_on = is_of_one_kind(before, now) && now.path.size() >= before.path.size() &&
                  (may_grow || now.path.size() == before.path.size()) &&
                  std::equal(before.path.begin(), before.path.end(), now.path.begin());
    }
    if (goes_on) return;
    width_ = width;
    height_ = height;
    drawn_ = {mask.filled, {}};
    values_.assign(static_cast<size_t>(width) * height, mask.filled ? 1.0F : 0.0F);
}

void BrushRaster::draw_stroke(const BrushStroke& stroke, size_t from_segment) {
    for (size_t i = from_segment; i < stroke.path.size(); ++i)
        draw_segment(stroke, stroke.path[i > 0 ? i - 1 : 0], stroke.path[i]);
}

void BrushRaster::draw_segment(const BrushStroke& stroke, BrushPoint a, BrushPoint b) {
    const auto to_pixels = [&](BrushPoint& point) {
        point = {point.x * static_cast<float>(width_) - 0.5F,
                 point.y * static_cast<float>(height_) - 0.5F};
    };
    to_pixels(a);
    to_pixels(b);
    constexpr float kHardEdge = 1;  // pixels: never a step
    const float radius = stroke.radius * static_cast<float>(height_);
    const float fade = std::max(stroke.softness * radius, kHardEdge);
    const int left = std::max(0, static_cast<int>(std::floor(std::min(a.x, b.x) - radius)));
    const int top = std::max(0, static_cast<int>(std::floor(std::min(a.y, b.y) - radius)));
    const int right =
        std::min(width_ - 1, static_cast<int>(std::ceil(std::max(a.x, b.x) + radius)));
    const int bottom =
        std::min(height_ - 1, static_cast<int>(std::ceil(std::max(a.y, b.y) + radius)));
    for (int y = top; y <= bottom; ++y) {
        float* const row = values_.data() + static_cast<size_t>(y) * width_;
        for (int x = left; x <= right; ++x) {
            const float d = distance(static_cast<float>(x), static_cast<float>(y), a, b);
            const float cover = cover_at(d, radius, fade);
            row[x] = stroke.erases ? std::min(row[x], 1 - cover) : std::max(row[x], cover);
        }
    }
}

}  // namespace reverie
