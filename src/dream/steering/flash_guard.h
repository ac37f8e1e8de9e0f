// Decides on a coarse grid of relative luminance which parts of a picture may be shown unchanged
// without exceeding the flash limit. Plain values in and out; FlashLimiter applies it to pictures.
//
// The limit is WCAG 2.2's "general flash threshold" (success criterion 2.3.1, definition at
// https://www.w3.org/TR/WCAG22/#dfn-general-flash-and-red-flash-thresholds): in any second at most
// three flashes, a flash being a pair of opposing changes of relative luminance of 10 % or more
// where the darker image is below 0.80, unless the flashes occurring concurrently cover less than a
// quarter of every 10 degree field, for which it takes 341 × 256 pixels of a picture of 1024 × 768:
// a third of it, both ways. It is taken strictly: cells count that change by 9 %, in 1.05 s, over
// exactly a quarter, and both cells that flash each at its own time and fields in which changes
// travel around are limited.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace reverie {

struct FlashLimits {
    float change = 0.09F;
    float dark_below = 0.81F;
    double window_s = 1.05;
    float area = 0.25F;         ///< of a field, from which on it counts
    float field = 1.0F / 3.0F;  ///< of the picture's width and height
};

/// Counts the opposing changes of one luminance over time. A change counts once it is large enough,
/// measured from the last extreme, however slow it was.
class FlashCounter {
  public:
    /// +1, −1: showing `luminance` now would complete a change upwards or downwards; 0: it would
    /// not.
    int change_at(float luminance, const FlashLimits& limits) const;
    /// Records that `luminance` is shown. Returns what change_at() would.
    int add(float luminance, double time_s, const FlashLimits& limits);
    /// Records a change that was found by other means.
    void note(int direction, double time_s);
    int direction() const { return direction_; }
    /// Three pairs were shown within the window: one more change would be too much.
    bool full(double time_s, const FlashLimits& limits) const;
    /// More than three pairs began within the window.
    bool over(double time_s, const FlashLimits& limits) const;
    /// How far luminance may move from `now` towards `wanted` before it completes a change.
    float room(float now, float wanted, const FlashLimits& limits) const;

  private:
    static constexpr int kKept = 7;  // three pairs and one more

    float lowest_ = 2, highest_ = -1;  ///< since the last change
    int8_t direction_ = 0;
    uint8_t next_ = 0;
    std::array<double, kKept> times_{-1e9, -1e9, -1e9, -1e9, -1e9, -1e9, -1e9};
};

class FlashGuard {
  public:
    FlashGuard(int columns, int rows, const FlashLimits& limits = {});

    int columns() const { return columns_; }
    int rows() const { return rows_; }

    /// Whether a picture with these luminances (columns × rows, 0 … 1) may be shown at `time_s`.
    /// If not, returns false and sets `weights` (same size, 0 … 1): each cell's share of the new
    /// picture in a mixture with the last one shown. Call it once for each picture, in order of
    /// time.
    bool plan(const std::vector<float>& wanted, double time_s, std::vector<float>& weights);
    /// After plan(): whether a mixture with these luminances holds the limit; lowers `weights` if
    /// not.
    bool holds(const std::vector<float>& mixed, double time_s, std::vector<float>& weights) const;
    /// Records what is shown.
    void add(const std::vector<float>& luminance, double time_s);
    /// The share of the cells that the last plan() held back.
    float held_share() const { return held_share_; }

  private:
    using Mask = std::vector<uint8_t>;
    struct Field {
        int x, y;
    };

    /// Calls f(field) for each field in which at least a quarter of the cells are set.
    template <class F>
    void each_filled(const Mask& mask, F f) const;
    Mask inside(const std::vector<Field>& fields) const;
    Mask forbidden(const std::vector<float>& wanted, double time_s) const;
    Mask restless(const std::vector<float>& wanted, double time_s);
    FlashCounter& field_at(Field field) { return fields_[index_of(field)]; }
    size_t index_of(Field field) const {
        return static_cast<size_t>(field.y) * fields_across_ + static_cast<size_t>(field.x);
    }
    size_t cells() const { return shown_.size(); }

    FlashLimits limits_;
    int columns_, rows_;
    int field_columns_, field_rows_;
    size_t fields_across_, fields_down_;
    std::vector<FlashCounter> shown_, wanted_;  ///< of each cell, as shown and as wanted
    std::vector<FlashCounter> fields_;          ///< of each field, by its upper left cell
    std::vector<float> last_;                   ///< luminance shown last; empty: none yet
    double last_s_ = 0;
    float held_share_ = 0;
};

}  // namespace reverie
