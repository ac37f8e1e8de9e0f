// How hard a dream pushes. A look defines a push per second: `octaves`, `iterations` and `step` say
// how much is dreamed in 1/25 s. A dream after any other interval pushes in proportion to it, so
// that a look is the same at any frame rate and on any machine.
#pragma once

#include <vector>

#include "src/dream/dreamer.h"
#include "src/dream/params.h"

namespace reverie {

/// How much of its look's push one dream makes.
struct Push {
    int iterations = 0;  ///< steps of gradient ascent in each octave
    float growth = 1;    ///< of each step: it moves the mean pixel by growth · step
    /// How far the last dream has faded by now, in seconds of the half-life. Less than the elapsed
    /// time if the steps could not push enough for that, so that the dream still settles at the
    /// look's strength.
    double fade_s = 0;
    double stretch = 1;  ///< factor on the half-life that results; 1: unchanged
};

/// How much a step may grow when there is no time for more steps: larger ones overshoot and draw
/// coarsely. Where the half-life would be stretched beyond kLongHalfLifeS, it may grow further, to
/// kMostGrowth, so that the dream does not take too long to appear.
constexpr double kEasyGrowth = 4, kMostGrowth = 10;
constexpr double kLongHalfLifeS = 4;

/// The interval assumed before the first dream.
constexpr double kFirstPushS = 1.0 / 25;

/// The push of a dream with enough time, `dt_s` seconds after the last one. A pause counts as half
/// a second. If nothing is to last (half_life 0), each dream makes a whole push.
Push push_for(const Params& params, double dt_s);

/// The same with at most `iterations` steps in each octave, which grow as far as they may.
Push push_within(const Params& params, double dt_s, int iterations);

/// How many frames of this length fit into 1/25 s, in which params' iterations are dreamed once.
/// Rounded as in push_for(): a rate that is 25 except for its last digits is 25.
double frames_in_push(double dt_s);

/// `params` for a dream with this push.
Params pushed(const Params& params, const Push& push);

/// Deals out steps when there is no time for all of them: where not even one step per octave fits,
/// the octaves take turns.
class Turns {
  public:
    struct Deal {
        Push push;
        Portion portion;  ///< scale is the caller's
    };
    /// The dream `dt_s` seconds after the last one. `costs`: of a step in each octave, the smallest
    /// first. The steps dealt cost at most `limit`, but are at least one, and at most `iterations`
    /// in each octave.
    Deal deal(const Params& params, double dt_s, const std::vector<double>& costs, double limit,
              int iterations);

  private:
    size_t octave_ = 0;  ///< the octave whose turn it is
};

/// The share of a dream that is left after `fade_s` seconds, 0 … 1.
float kept_after(const Params& params, double fade_s);

}  // namespace reverie
