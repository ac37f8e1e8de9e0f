// The mask @brush: where to dream, painted by hand. It is kept as strokes in shares of the picture,
// so that it can be drawn at any size. A stroke that adds lifts the mask to its own shape, one that
// erases lowers it to that: to paint twice is to paint once. Plain values.
#pragma once

#include <cstddef>
#include <vector>

namespace reverie {

/// A place of the picture: 0 … 1 from its upper left corner; strokes may go beyond its edges.
struct BrushPoint {
    float x = 0, y = 0;
    bool operator==(const BrushPoint&) const = default;
};

struct BrushStroke {
    std::vector<BrushPoint> path;  ///< one point is a dot
    float radius = 0.1F;           ///< of the picture's height
    float softness = 0.5F;         ///< the share of the radius over which it fades, 0 … 1
    bool erases = false;
    bool operator==(const BrushStroke&) const = default;
};

inline constexpr float kLeastBrushRadius = 0.005F, kLargestBrushRadius = 1;
inline constexpr size_t kMostBrushPoints = 4096, kMostStrokePoints = 256;

struct BrushMask {
    bool filled = false;  ///< 1 everywhere before the first stroke; else 0
    std::vector<BrushStroke> strokes;
    bool operator==(const BrushMask&) const = default;
    bool is_empty() const { return !filled && strokes.empty(); }
};

/// Whether painted() could have made it: a path, and all in range.
bool is_sound(const BrushStroke& stroke);

/// The mask with one stroke more. `goes_on`: the last one goes on, where it is of the same kind.
/// `aspect`: of the picture that was painted on, width over height. Points that are almost where the
/// last one was are left out, and so is a stroke that repeats the last one; strokes that later ones
/// have covered are dropped before there are more than kMostBrushPoints. Throws Error: there are too
/// many all the same.
BrushMask painted(BrushMask mask, BrushStroke stroke, bool goes_on, double aspect);

/// From one mask to the next: its first strokes are kept, others follow them.
struct BrushChange {
    size_t kept = 0;
    bool filled = false;
    std::vector<BrushStroke> strokes;
    bool operator==(const BrushChange&) const = default;
};
BrushChange change_between(const BrushMask& before, const BrushMask& now);
/// Throws Error where it does not belong to that mask.
BrushMask changed(BrushMask before, const BrushChange& change);

/// Draws a mask, and what is new in it alone where it is the last one with more strokes.
/// Thread-safety: belongs to one thread.
class BrushRaster {
  public:
    /// 0 … 1, row by row; valid until the next call.
    const std::vector<float>& draw(const BrushMask& mask, int width, int height);

  private:
    void begin(const BrushMask& mask, int width, int height);
    void draw_stroke(const BrushStroke& stroke, size_t from_segment);
    void draw_segment(const BrushStroke& stroke, BrushPoint a, BrushPoint b);

    int width_ = 0, height_ = 0;
    BrushMask drawn_;
    std::vector<float> values_;
};

/// What is said where there is no hand that could have painted.
inline constexpr const char* kNoBrush =
    "@brush is painted by hand in a live show, and here is none; try @mask.png, or --take with the "
    "take of a show in which it was painted";

}  // namespace reverie
