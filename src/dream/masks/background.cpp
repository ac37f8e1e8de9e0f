#include "src/dream/masks/background.h"

#include <algorithm>
#include <cmath>

#include "src/dream/state_archive.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr float kLeastDifference = 14;  // of 255, against the background
constexpr float kNoises = 4;            // mean deviations that a cell may stray by itself
constexpr double kSlowerTaken = 4;      // what stands before the background becomes it later

constexpr float kBlack = 4;  // of 255, added before values are divided

}  // namespace

float median(std::vector<float> values) {
    const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

float cell_distance(const std::vector<float>& a, const std::vector<float>& b, size_t cell) {
    const size_t cells = a.size() / 3;
    float largest = 0;
    for (size_t c = 0; c < 3; ++c)
        largest = std::max(largest, std::abs(a[c * cells + cell] - b[c * cells + cell]));
    return largest;
}

std::vector<float> in_light_of(const std::vector<float>& before, const std::vector<float>& now) {
    const size_t cells = now.size() / 3;
    std::vector<float> lit(now.size());
    for (size_t c = 0; c < 3; ++c) {
        const float* const was = before.data() + c * cells;
        const float* const is = now.data() + c * cells;
        std::vector<float> shifts(cells), gains(cells);
        for (size_t i = 0; i < cells; ++i) {
            shifts[i] = is[i] - was[i];
            gains[i] = (is[i] + kBlack) / (was[i] + kBlack);
        }
        const float shift = median(shifts), gain = median(gains);
        std::vector<float> after_shift(cells), after_gain(cells);
        const auto brighter = [&](size_t i) { return gain * (was[i] + kBlack) - kBlack; };
        for (size_t i = 0; i < cells; ++i) {
            after_shift[i] = std::abs(is[i] - was[i] - shift);
            after_gain[i] = std::abs(is[i] - brighter(i));
        }
        const bool by_gain = median(after_gain) < median(after_shift);
        for (size_t i = 0; i < cells; ++i)
            lit[c * cells + i] = by_gain ? brighter(i) : was[i] + shift;
    }
    return lit;
}

void Background::keep(StateArchive& archive) {
    archive.value(known_s_);
    archive.values(mean_);
    archive.values(noise_);
    archive.values(differences_);
}

float Background::observe(const std::vector<float>& grid, double dt_s) {
    require(!grid.empty() && grid.size() % 3 == 0, "a background needs a grid of cells");
    const size_t cells = grid.size() / 3;
    if (mean_.size() != grid.size()) {
        mean_ = grid;
        noise_.assign(cells, 0);
        differences_.assign(cells, 0);
        known_s_ = 0;
        return 0;
    }
    const std::vector<float> expected = in_light_of(mean_, grid);
    // At first the plain mean of all grids.
    known_s_ += dt_s;
    const double learn_s = std::min(learn_s_, known_s_);
    size_t taken = 0;
    for (size_t i = 0; i < cells; ++i) {
        const float strays = cell_distance(grid, expected, i);
        const float tolerated = kLeastDifference + kNoises * noise_[i];
        const bool differs = strays > tolerated;
        differences_[i] = strays / tolerated;
        taken += differs ? 1 : 0;
        const double slower = differs ? kSlowerTaken : 1;
        const auto share = static_cast<float>(1 - std::exp(-dt_s / (slower * learn_s)));
        if (!differs) noise_[i] += share * (strays - noise_[i]);
        for (size_t c = 0; c < 3; ++c) {
            float& mean = mean_[c * cells + i];
            mean += share * (grid[c * cells + i] - mean);
        }
    }
    return static_cast<float>(taken) / static_cast<float>(cells);
}

}  // namespace reverie
