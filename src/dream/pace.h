// How hard a dream pushes. A look is a push per second: `octaves`, `iterations` and `step` say what
// is dreamed in a 25th of a second. A dream that comes after another time pushes as much as that
// time asks for, so that a look is the same at any frame rate and on any machine.
#pragma once

#include <vector>

#include "src/dream/dreamer.h"
#include "src/dream/params.h"

namespace reverie {

/// What one dream does, of what its look asks for.
struct Push {
    int iterations = 0;  ///< steps of gradient ascent in each octave
    float growth = 1;    ///< of each step: it moves the mean pixel by growth · step
    /// How far the dream before has faded by now, in seconds of the half-life. Less than the time
    /// that has gone by where the steps could not push enough for that: what a dream settles at is
    /// then still the look's own strength.
    double fade_s = 0;
    double stretch = 1;  ///< by how much the half-life is longer so; 1: it is not
};

/// A step may grow so much where there is no time for more of them: larger ones overshoot, and
/// what they draw is coarse. Where the half-life would be stretched beyond kLongHalfLifeS, so that
/// nobody waits for the dream to come up, it may grow further, to kMostGrowth.
constexpr double kEasyGrowth = 4, kMostGrowth = 10;
constexpr double kLongHalfLifeS = 4;

/// How long the first dream has been due.
constexpr double kFirstPushS = 1.0 / 25;

/// The push of a dream that has all the time it needs, `dt_s` seconds after the one before. After a
/// pause, as if it had been half a second. Where nothing is to last (half_life 0), each dream is
/// the whole of one.
Push push_for(const Params& params, double dt_s);

/// The same with `iterations` steps in each octave, at most; growing as far as they may.
Push push_within(const Params& params, double dt_s, int iterations);

/// How many frames of this length are in a 25th of a second, in which params' iterations are
/// dreamed once. Rounded as push_for() does: a rate that is 25 but for its last digits is 25.
double frames_in_push(double dt_s);

/// `params` for a dream that pushes so.
Params pushed(const Params& params, const Push& push);

/// Deals steps out to a machine that has not the time for all of them: where not even one step in
/// each octave can be had, the octaves are dreamed in turns.
class Turns {
  public:
    struct Deal {
        Push push;
        Portion portion;  ///< scale is the caller's
    };
    /// The dream `dt_s` seconds after the one before. `costs`: of a step in each octave, the
    /// smallest first; what is dealt out costs at most `limit`, but is one step at least, and at
    /// most `iterations` in each octave.
    Deal deal(const Params& params, double dt_s, const std::vector<double>& costs, double limit,
              int iterations);

  private:
    size_t octave_ = 0;  ///< whose turn it is
};

/// What is left of a dream after `fade_s` seconds, 0 … 1.
float kept_after(const Params& params, double fade_s);

}  // namespace reverie
