// What an unattended show does where its picture stands although it should not: tells a stuck
// source from dreams that do not come, and how far to go. Looks once in a while; plain values.
#pragma once

#include <cstdint>
#include <string_view>

namespace reverie {

/// How a show is doing.
struct ShowHealth {
    double time_s = 0;            ///< of any clock that goes on
    bool changed = false;         ///< the picture shown is another one than at the last look
    bool may_stand = false;       ///< a still, a pause, a dream that is held: no change is expected
    double source_age_s = 0;      ///< since its newest frame; 0 where none is expected
    bool source_repeats = false;  ///< its frames are the same, sample by sample
    int64_t dreams = 0;           ///< so far
    bool dreams_expected = true;
};

struct WatchdogPatience {
    double source_s = 12;    ///< without a new frame
    double repeats_s = 60;   ///< with the same frame again and again
    double dreams_s = 120;   ///< a first plan may take long on a small machine
    double picture_s = 180;  ///< the picture stands, whatever the reason
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

    /// What to do now. A source that stays stuck is opened again ever more rarely.
    Remedy look(const ShowHealth& health);
    /// Why: one line, of the last remedy that was not none; "" where there was none.
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
