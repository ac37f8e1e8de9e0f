// Detects a frozen picture in an unattended show: tells a stuck source from missing dreams, and
// chooses the remedy. Called periodically; plain values.
#pragma once

#include <cstdint>
#include <string_view>

namespace reverie {

/// How a show is doing.
struct ShowHealth {
    double time_s = 0;            ///< of any steady clock
    bool changed = false;         ///< the shown picture differs from the one at the last look()
    bool may_stand = false;       ///< a still, a pause, a frozen dream: no change is expected
    double source_age_s = 0;      ///< since its newest frame; 0 if none is expected
    bool source_repeats = false;  ///< its frames are the same, sample by sample
    int64_t dreams = 0;           ///< so far
    bool dreams_expected = true;
};

struct WatchdogPatience {
    double source_s = 12;    ///< without a new frame
    double repeats_s = 60;   ///< with identical frames
    double dreams_s = 120;   ///< a first plan may take long on a small machine
    double picture_s = 180;  ///< without a change of the picture, whatever the reason
};

enum class Remedy : uint8_t {
    none,
    reopen_source,
    give_up  ///< only a new process helps
};
std::string_view name_of(Remedy remedy);

class Watchdog {
  public:
    explicit Watchdog(const WatchdogPatience& patience = {}) : patience_(patience) {}

    /// The remedy to apply now. The interval grows between attempts to reopen a stuck source.
    Remedy look(const ShowHealth& health);
    /// One line on why the last remedy was chosen; "" if there was none.
    std::string_view reason() const { return reason_; }
    int64_t reopened() const { return reopened_; }

  private:
    bool source_is_stuck(const ShowHealth& health);

    WatchdogPatience patience_;
    bool looked_ = false;
    double last_s_ = 0, changed_s_ = 0, dreamed_s_ = 0, differed_s_ = 0, next_reopen_s_ = 0;
    double pause_s_ = 0;
    int64_t dreams_ = 0, reopened_ = 0;
    std::string_view reason_;
};

}  // namespace reverie
