// Analyses the camera of a show, ten times a second: the share that moves, and the share that
// differs from the empty background.
#pragma once

#include "src/dream/resizer.h"
#include "src/media/frames/frame.h"
#include "src/session/presence.h"

namespace reverie {

class PresenceWatch {
  public:
    explicit PresenceWatch(Device& device) : device_(&device), resizer_(device) {}

    /// The source's newest frame, at `time_s` of the show. `flow`: that of the picture made of it
    /// (2 × H × W, px), over `flow_dt_s`; null if unknown. True if the frame was analysed.
    bool look(Stream& stream, const VideoFrame& frame, Pixels<const float> flow, double flow_dt_s,
              double time_s);
    /// All that look() remembers: see StateArchive.
    void keep(StateArchive& archive);
    /// There is no frame: nothing moves, nobody is there.
    void look_at_nothing();

    float motion() const { return motion_; }          ///< share that moves, over half a second
    float difference() const { return difference_; }  ///< share that is not the background
    /// The newest frame equals the previous one in every sample.
    bool repeats() const { return repeats_; }

  private:
    std::vector<float> flow_grid(Stream& stream, Pixels<const float> flow, float& width_px);

    Device* device_;
    Resizer resizer_;
    Image small_flow_;
    Background background_;
    std::vector<float> before_;
    double looked_s_ = -1;
    float motion_ = 0, difference_ = 0;
    bool repeats_ = false;
};

}  // namespace reverie
