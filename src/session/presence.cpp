#include "src/session/presence.h"

#include <algorithm>
#include <cmath>

#include "src/dream/state_archive.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr float kSpeed = 0.02F;         // picture widths a second
constexpr float kChange = 5;            // of 255, between two pictures
constexpr float kLeastDifference = 14;  // of 255, against the background
constexpr float kNoises = 4;            // mean deviations that a cell may stray by itself
constexpr double kSlowerTaken = 4;      // what stands before the background becomes it later

/// The largest difference of the components of two cells.
float distance(const std::vector<float>& a, const std::vector<float>& b, size_t cell) {
    const size_t cells = a.size() / 3;
    float largest = 0;
    for (size_t c = 0; c < 3; ++c)
        largest = std::max(largest, std::abs(a[c * cells + cell] - b[c * cells + cell]));
    return largest;
}

float median(std::vector<float> values) {
    const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace

void Background::keep(StateArchive& archive) {
    archive.value(known_s_);
    archive.values(mean_);
    archive.values(noise_);
}

float Background::observe(const std::vector<float>& grid, double dt_s) {
    require(!grid.empty() && grid.size() % 3 == 0, "a background needs a grid of cells");
    const size_t cells = grid.size() / 3;
    if (mean_.size() != grid.size()) {
        mean_ = grid;
        noise_.assign(cells, 0);
        known_s_ = 0;
        return 0;
    }
    // A change of light moves all cells alike, by the median of their differences; it is
    // subtracted.
    std::vector<float> expected(grid.size());
    for (size_t c = 0; c < 3; ++c) {
        std::vector<float> differences(cells);
        for (size_t i = 0; i < cells; ++i)
            differences[i] = grid[c * cells + i] - mean_[c * cells + i];
        const float shift = median(differences);
        for (size_t i = 0; i < cells; ++i) expected[c * cells + i] = mean_[c * cells + i] + shift;
    }
    // At first the plain mean of all grids.
    known_s_ += dt_s;
    const double learn_s = std::min(learn_s_, known_s_);
    size_t taken = 0;
    for (size_t i = 0; i < cells; ++i) {
        const float strays = distance(grid, expected, i);
        const bool differs = strays > kLeastDifference + kNoises * noise_[i];
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

float moving_share(const std::vector<float>& flow, const std::vector<float>& grid,
                   const std::vector<float>& before, double dt_s, float width_px) {
    const size_t cells = grid.size() / 3;
    if (cells == 0 || before.size() != grid.size() || flow.size() != 2 * cells || dt_s <= 0)
        return 0;
    const float least_px = kSpeed * width_px * static_cast<float>(dt_s);
    size_t moving = 0;
    for (size_t i = 0; i < cells; ++i) {
        const bool fast = std::hypot(flow[i], flow[cells + i]) >= least_px;
        moving += fast && distance(grid, before, i) >= kChange ? 1 : 0;
    }
    return static_cast<float>(moving) / static_cast<float>(cells);
}

float changed_share(const std::vector<float>& grid, const std::vector<float>& before) {
    const size_t cells = grid.size() / 3;
    if (cells == 0 || before.size() != grid.size()) return 0;
    size_t changed = 0;
    for (size_t i = 0; i < cells; ++i) changed += distance(grid, before, i) >= kChange ? 1 : 0;
    return static_cast<float>(changed) / static_cast<float>(cells);
}

std::string_view name_of(PresenceState state) {
    switch (state) {
        case PresenceState::moving:
            return "someone moves";
        case PresenceState::still:
            return "someone stands still";
        default:
            return "nobody is there";
    }
}

PresenceState Presence::step(float motion, float difference, double dt_s,
                             const PresenceThresholds& thresholds) {
    // The lower threshold stays below the upper one, however they are set.
    const float still_below = std::min(thresholds.still_below, thresholds.moving_above);
    const float absent_below = std::min(thresholds.absent_below, thresholds.present_above);
    const bool quiet = motion < still_below;
    quiet_s_ = quiet ? quiet_s_ + dt_s : 0;
    if (motion > thresholds.moving_above) moving_ = true;
    if (quiet && quiet_s_ >= thresholds.still_after_s) moving_ = false;
    const bool empty = difference < absent_below && !moving_;
    empty_s_ = empty ? empty_s_ + dt_s : 0;
    if (moving_ || difference > thresholds.present_above) present_ = true;
    if (empty && empty_s_ >= thresholds.absent_after_s) present_ = false;
    const PresenceState now = moving_    ? PresenceState::moving
                              : present_ ? PresenceState::still
                                         : PresenceState::nobody;
    since_s_ = now == state_ ? since_s_ + dt_s : 0;
    return state_ = now;
}

}  // namespace reverie
