// Records what hands do to parameters while a score plays: each gesture becomes as few keyframes as
// follow it, in place of those that it passed over. Internal to the desk (desk.h).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "src/control/timeline/timeline.h"

namespace reverie {

class ScoreRecorder {
  public:
    /// A parameter that stands for so long is let go.
    static constexpr double kGestureS = 0.7;
    /// See thinned().
    static constexpr double kTolerance = 0.004;

    /// A hand moves `key`, which was `before` until now.
    void take(std::string_view key, ScoreValue before, double time_s);
    bool has(std::string_view key) const;
    bool idle() const { return gestures_.empty(); }

    /// The score's place, how long ago that was the last one, and its length.
    struct Moment {
        double time_s = 0, dt_s = 0, duration_s = 0;
    };
    /// `value` says what parameters are now. True where the timeline was changed.
    bool step(Timeline& timeline, const Moment& now,
              const std::function<ScoreValue(const std::string&)>& value);
    /// Ends all gestures. True where the timeline was changed.
    bool finish(Timeline& timeline, double duration_s);

  private:
    struct Gesture {
        std::string key;
        std::vector<ScorePoint> points;  ///< recorded, in the order of time
        double idle_s = 0;
    };

    std::vector<Gesture> gestures_;
};

}  // namespace reverie
