// Attract mode, while nobody is there: the built-in patterns in turn, or the last minute in which
// somebody was there. That minute is kept in memory only, at a small size, and never written.
#pragma once

#include <deque>
#include <string>

#include "src/media/live_input.h"
#include "src/show/show_state.h"
#include "src/util/size.h"

namespace reverie {

class Attract {
  public:
    using Clock = std::chrono::steady_clock;

    /// A frame with somebody in it, for AttractMode::memory.
    void remember(const VideoFrame& frame, Clock::time_point now);
    /// Forgets all frames.
    void forget() { frames_.clear(); }

    /// Begins; `mode` is patterns or memory (with patterns if no frame is remembered). `size`: to
    /// draw patterns at.
    void begin(AttractMode mode, Size size);
    void end();
    bool on() const { return on_; }
    /// Its content: "pattern:clouds", "the last minute"; "" while it is off.
    const std::string& what() const { return what_; }
    /// The next frame, each once. False if there is no new one.
    bool take(LiveFrame& out, Clock::time_point now);

  private:
    void open_pattern_of_turn();

    std::deque<VideoFrame> frames_;
    Clock::time_point remembered_, turned_, begun_;
    LiveInput patterns_;
    Size size_;
    std::string what_;
    bool on_ = false, from_memory_ = false;
    size_t turn_ = 0;
    int64_t shown_ = -1;
};

}  // namespace reverie
