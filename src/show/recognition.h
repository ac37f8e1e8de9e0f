// What the network thinks it sees: in the picture that it looks at, and in the one that it dreams of
// it. Looked at small, now and then, between the show's own dreams, and only while somebody wants to
// know.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>

#include "src/dream/sight/impression.h"
#include "src/show/dream_thread.h"

namespace reverie {

/// Thread-safety: belongs to the show's thread; it looks in the dream's.
class Recognition {
  public:
    using Clock = std::chrono::steady_clock;
    /// The pictures that are looked at.
    enum Which : uint8_t { source, dream };
    static constexpr size_t kPlaces = 4;
    /// Of the time, while somebody watches; and between what it may be and must be then.
    static constexpr double kShare = 0.05, kAtMostEveryS = 0.4, kAtLeastEveryS = 2;
    /// How often for those who only report it.
    static constexpr double kReportEveryS = 5;

    Recognition() : impressions_{Impression(kPlaces), Impression(kPlaces)} {}

    /// Somebody watches it from now on, or nobody.
    void watch(bool on);
    /// Likewise for those who report it.
    void report(bool on) { reported_ = on; }
    /// Once a picture: takes over what was seen, and looks again when that is due. Both pictures, 3 ×
    /// H × W and 0 … 255 (of the source, and with the dream), are read before it returns; `stream` is synchronised where they are. Throws
    /// Error if the device fails.
    void advance(Clock::time_point now, Stream& stream, Network& network, Pixels<const float> frame,
                 Pixels<const float> shown, DreamThread& thread);
    /// The thread has ended, and its network or device will: all is forgotten.
    void forget_network();

    /// Channels are numbered as in the network's list of names.
    const Impression& impression(Which which) const { return impressions_.at(which); }
    /// How long the last look took, of both pictures; 0: there was none.
    double took_ms() const { return took_ms_; }

  private:
    struct Work;
    double every_s() const;
    void take(Clock::time_point now, const Network& network);

    std::array<Impression, 2> impressions_;
    std::shared_ptr<Work> work_;  ///< the thread's while a look waits or goes on
    bool look_is_out_ = false;
    bool watched_ = false, reported_ = false;
    double took_ms_ = 0;
    Clock::time_point looked_, seen_, advanced_;
};

}  // namespace reverie
