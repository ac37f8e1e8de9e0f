#include "src/session/presence.h"

#include <algorithm>
#include <cmath>

#include "src/util/error.h"

namespace reverie {
namespace {

constexpr float kSpeed = 0.02F;  // picture widths a second
constexpr float kChange = 5;     // of 255, between two pictures

}  // namespace

float moving_share(const std::vector<float>& flow, const std::vector<float>& grid,
                   const std::vector<float>& before, double dt_s, float width_px) {
    const size_t cells = grid.size() / 3;
    if (cells == 0 || before.size() != grid.size() || flow.size() != 2 * cells || dt_s <= 0)
        return 0;
    const float least_px = kSpeed * width_px * static_cast<float>(dt_s);
    size_t moving = 0;
    for (size_t i = 0; i < cells; ++i) {
        const bool fast = std::hypot(flow[i], flow[cells + i]) >= least_px;
        moving += fast && cell_distance(grid, before, i) >= kChange ? 1 : 0;
    }
    return static_cast<float>(moving) / static_cast<float>(cells);
}

float changed_share(const std::vector<float>& grid, const std::vector<float>& before) {
    const size_t cells = grid.size() / 3;
    if (cells == 0 || before.size() != grid.size()) return 0;
    size_t changed = 0;
    for (size_t i = 0; i < cells; ++i) changed += cell_distance(grid, before, i) >= kChange ? 1 : 0;
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
