#include "src/show/watchdog.h"

#include <algorithm>
#include <utility>

namespace reverie {
namespace {

constexpr double kLongestPauseS = 600;
constexpr double kLongestLookS = 30;  // a machine that slept is not to blame for it

}  // namespace

std::string_view name_of(Remedy remedy) {
    switch (remedy) {
        case Remedy::reopen_source:
            return "the source is opened again";
        case Remedy::give_up:
            return "the show restarts";
        default:
            return "";
    }
}

bool Watchdog::source_is_stuck(const ShowHealth& health) {
    if (!health.source_repeats || health.may_stand) differed_s_ = health.time_s;
    const bool silent = health.source_age_s > patience_.source_s;
    const bool repeats = health.time_s - differed_s_ > patience_.repeats_s;
    if (!silent && !repeats) {
        if (health.source_age_s < 1 && !health.source_repeats) pause_s_ = 0;
        return false;
    }
    reason_ = silent ? "the source gives no pictures" : "the source gives the same picture";
    return true;
}

Remedy Watchdog::look(const ShowHealth& health) {
    const double now = health.time_s;
    if (!std::exchange(looked_, true) || now - last_s_ > kLongestLookS)
        changed_s_ = dreamed_s_ = differed_s_ = now;
    last_s_ = now;
    if (health.changed || health.may_stand) changed_s_ = now;
    if (health.dreams != dreams_ || !health.dreams_expected) dreamed_s_ = now;
    dreams_ = health.dreams;
    if (now - dreamed_s_ > patience_.dreams_s) {
        reason_ = "no dreams come";
        return Remedy::give_up;
    }
    if (now - changed_s_ > patience_.picture_s) {
        reason_ = "the picture does not change";
        return Remedy::give_up;
    }
    if (!source_is_stuck(health) || now < next_reopen_s_) return Remedy::none;
    pause_s_ = std::clamp(2 * pause_s_, patience_.source_s, kLongestPauseS);
    next_reopen_s_ = now + pause_s_;
    differed_s_ = now;
    ++reopened_;
    return Remedy::reopen_source;
}

}  // namespace reverie
