// The tempo of a MIDI clock: 24 ticks to a beat, which jitter by some milliseconds, and a start where
// a bar begins.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>

#include "src/control/tempo.h"

namespace reverie {

struct MidiClockEvent {
    enum class Kind : uint8_t { tick, start, resume, stop };
    Kind kind = Kind::tick;
    std::chrono::steady_clock::time_point at;  ///< when it came in
    int device = 0;                            ///< that sent it
};

/// Thread-safety: safe.
class MidiClock {
  public:
    /// From the thread that hears devices. Of several that send a clock the first one counts, until
    /// it has been silent for a second.
    void take(const MidiClockEvent& event);
    /// Has `tempo` follow what the ticks since the last call say: a line through those of the last
    /// two beats, by least squares. `now_s`: `now` on the clock of `tempo`.
    void tell(TempoClock& tempo, double now_s, std::chrono::steady_clock::time_point now);

  private:
    struct Tick {
        int64_t count;  ///< since the start
        std::chrono::steady_clock::time_point at;
    };
    std::mutex mutex_;
    int device_ = 0;
    int64_t count_ = 0;  ///< of the next tick
    std::deque<Tick> ticks_;
    bool new_ = false;
};

}  // namespace reverie
