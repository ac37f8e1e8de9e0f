#include "src/control/tempo.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "src/util/error.h"

namespace reverie {
namespace {

constexpr size_t kTapsKept = 8;
constexpr double kClockLostS = 2;    // another machine's clock that is silent for so long is gone
constexpr double kSameTempo = 0.06;  // of a tempo: the ear hears what was tapped
constexpr double kSamePlace = 0.2;   // of a beat, likewise
constexpr double kPlaceShare = 0.1;  // of what the ear hears it off, made good each time
constexpr double kTempoShare = 0.05;

}  // namespace

const char* name_of(TempoSource source) {
    constexpr std::array kNames{"none", "ear", "tap", "MIDI clock", "Link"};
    return kNames[static_cast<size_t>(source)];
}

int beats_of(Quantise quantise) {
    constexpr std::array kBeats{0, 1, 4, 16};
    return kBeats[static_cast<size_t>(quantise)];
}

void TempoClock::set(TempoSource source, double bpm, double position, double time_s) {
    source_ = source;
    bpm_ = bpm;
    position_ = position;
    at_s_ = told_s_ = time_s;
}

void TempoClock::tap(double time_s) {
    const bool machine = source_ == TempoSource::midi_clock || source_ == TempoSource::link;
    if (!std::isfinite(time_s) || (machine && time_s - told_s_ < kClockLostS)) return;
    if (!taps_s_.empty()) {
        const double since_s = time_s - taps_s_.back();
        if (since_s < 60 / kMostBpm) return;
        if (since_s > 60 / kLeastBpm) taps_s_.clear();
    }
    // A tap that falls between those before begins another row.
    if (taps_s_.size() >= 2) {
        const double usual_s =
            (taps_s_.back() - taps_s_.front()) / static_cast<double>(taps_s_.size() - 1);
        const double since = (time_s - taps_s_.back()) / usual_s;
        if (since < 0.6 || since > 1.6) taps_s_.clear();
    }
    taps_s_.push_back(time_s);
    const size_t count = taps_s_.size();
    if (count == 1) {
        if (bpm_ > 0) set(TempoSource::tap, bpm_, 0, time_s);
        return;
    }
    // The line through the taps (least squares): its slope is a beat, its end where the beat is
    // now.
    const size_t first = count - std::min(count, kTapsKept);
    const auto n = static_cast<double>(count - first);
    double sum_s = 0, moment = 0, square = 0;
    const double middle = (n - 1) / 2;
    for (size_t i = first; i < count; ++i) {
        const double x = static_cast<double>(i - first) - middle;
        sum_s += taps_s_[i];
        moment += x * taps_s_[i];
        square += x * x;
    }
    const double beat_s = moment / square;
    const double last_s = sum_s / n + middle * beat_s;
    set(TempoSource::tap, 60 / beat_s, static_cast<double>(count - 1), last_s);
    told_s_ = time_s;
}

void TempoClock::set_bpm(double bpm, double time_s) {
    if (!(bpm >= kLeastBpm && bpm <= kMostBpm))
        throw Error(fmt::format("{:g} is no tempo; it goes from {:g} to {:g} beats a minute", bpm,
                                kLeastBpm, kMostBpm));
    const double position = beat_at(time_s).value_or(0);
    set(TempoSource::tap, bpm, position, time_s);
    taps_s_.clear();
}

void TempoClock::forget_taps() {
    taps_s_.clear();
    if (source_ == TempoSource::tap) source_ = TempoSource::ear;
}

bool TempoClock::follow(TempoSource source, double bpm, double position, double time_s) {
    const bool tempo = bpm >= kLeastBpm && bpm <= kMostBpm && std::isfinite(position);
    if (!tempo || !std::isfinite(time_s)) return false;
    const bool lost = source_ > TempoSource::tap && time_s - told_s_ > kClockLostS;
    if (source == TempoSource::ear && source_ == TempoSource::tap)
        return keep_from_drifting(bpm, position, time_s);
    if (source < source_ && !lost) return false;
    set(source, bpm, position, time_s);
    return true;
}

bool TempoClock::keep_from_drifting(double bpm, double position, double time_s) {
    const double here = *beat_at(time_s);
    for (const double times : {1.0, 0.5, 2.0}) {
        if (std::abs(bpm * times / bpm_ - 1) > kSameTempo) continue;
        const double off = std::remainder(position * times - here, std::min(times, 1.0));
        if (std::abs(off) > kSamePlace) continue;
        set(TempoSource::tap, bpm_ + kTempoShare * (bpm * times - bpm_), here + kPlaceShare * off,
            time_s);
        return true;
    }
    return false;
}

std::optional<double> TempoClock::beat_at(double time_s) const {
    if (bpm_ <= 0) return std::nullopt;
    return position_ + (time_s - at_s_) * bpm_ / 60;
}

double TempoClock::seconds_to(Quantise quantise, double time_s, double least_s) const {
    const int beats = beats_of(quantise);
    const std::optional<double> earliest = beat_at(time_s + least_s);
    if (beats == 0 || !earliest) return 0;
    // Rounding must not make a change wait for the next one.
    const double next = std::ceil(*earliest / beats - 1e-6) * beats;
    return least_s + (next - *earliest) * 60 / bpm_;
}

}  // namespace reverie
