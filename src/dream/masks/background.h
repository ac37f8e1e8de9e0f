// What a camera sees while nobody stands before it, learned from pictures on a coarse grid. Plain
// values in and out: a grid holds three components a cell, 0 … 255, one component after the other.
#pragma once

#include <cstddef>
#include <vector>

namespace reverie {

class StateArchive;

/// A background model, learned slowly: a cell that differs from it by more than the cell's noise is
/// foreground. A global change of brightness is not.
class Background {
  public:
    explicit Background(double learn_s = 60) : learn_s_(learn_s) {}

    /// The next grid `dt_s` after the one before. Returns the share, 0 … 1, of the
    /// cells that differ. Another size starts from scratch. Foreground that stays becomes
    /// background, a quarter as fast.
    float observe(const std::vector<float>& grid, double dt_s);
    /// Of each cell of the last grid, how far it is from the background, 1 where it begins to differ.
    const std::vector<float>& differences() const { return differences_; }
    void forget() { mean_.clear(); }
    /// All that it has learned: see StateArchive.
    void keep(StateArchive& archive);

  private:
    double learn_s_, known_s_ = 0;
    std::vector<float> mean_, noise_, differences_;
};

/// Of some values, the one in the middle.
float median(std::vector<float> values);

/// `before` as it would look in the light of `now`: each component is shifted, or multiplied, as most
/// cells were. What a lamp adds is a shift, what a camera's exposure changes a factor.
std::vector<float> in_light_of(const std::vector<float>& before, const std::vector<float>& now);

/// The largest difference of the components of two cells.
float cell_distance(const std::vector<float>& a, const std::vector<float>& b, size_t cell);

}  // namespace reverie
