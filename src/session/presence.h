// Detects whether somebody is before the camera, and whether they move: from pictures on a coarse
// grid, by a state machine with hysteresis. Plain values in and out: a grid holds three components
// a cell, 0 … 255, one component after the other (sample_grid of src/media makes it).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "src/dream/masks/background.h"

namespace reverie {

/// The share, 0 … 1, of the cells that move: whose flow (columns × rows dx, then as many dy, in
/// pixels over `dt_s`) is faster than a fiftieth of `width_px` a second, and whose colour changed.
float moving_share(const std::vector<float>& flow, const std::vector<float>& grid,
                   const std::vector<float>& before, double dt_s, float width_px);
/// The same without a flow: the share of the cells whose colour changed.
float changed_share(const std::vector<float>& grid, const std::vector<float>& before);

/// Thresholds as shares of the picture; each pair is a hysteresis.
struct PresenceThresholds {
    float still_below = 0.004F, moving_above = 0.015F;  ///< of moving_share()
    float absent_below = 0.01F, present_above = 0.03F;  ///< of Background::observe()
    double still_after_s = 1.5;                         ///< without motion
    double absent_after_s = 8;
    bool operator==(const PresenceThresholds&) const = default;
};

enum class PresenceState : uint8_t { moving, still, nobody };
/// "someone moves", "someone stands still", "nobody is there".
std::string_view name_of(PresenceState state);

class Presence {
  public:
    /// Advances by `dt_s`: `motion` and `difference` are the shares of the picture that move and
    /// that differ from the background.
    PresenceState step(float motion, float difference, double dt_s,
                       const PresenceThresholds& thresholds);
    PresenceState state() const { return state_; }
    /// Seconds in this state.
    double since_s() const { return since_s_; }

  private:
    PresenceState state_ = PresenceState::nobody;
    bool moving_ = false, present_ = false;
    double quiet_s_ = 0, empty_s_ = 0, since_s_ = 0;
};

}  // namespace reverie
