#include "src/control/midi/midi_clock.h"

namespace reverie {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr int kTicksOfBeat = 24;
constexpr size_t kFewest = kTicksOfBeat / 2, kMost = 2 * kTicksOfBeat + 1;
constexpr Seconds kSilent{1};
constexpr Seconds kPause{60 / TempoClock::kLeastBpm /
                         kTicksOfBeat};  // longer: no tempo that counts

}  // namespace

void MidiClock::take(const MidiClockEvent& event) {
    using Kind = MidiClockEvent::Kind;
    const std::lock_guard lock(mutex_);
    if (event.device != device_) {
        if (!ticks_.empty() && event.at - ticks_.back().at < kSilent) return;
        device_ = event.device;
        count_ = 0;
        ticks_.clear();
    }
    if (event.kind == Kind::start) {
        count_ = 0;
        ticks_.clear();
    }
    if (event.kind != Kind::tick) return;
    if (!ticks_.empty() && event.at - ticks_.back().at > kPause) ticks_.clear();
    ticks_.push_back({count_++, event.at});
    if (ticks_.size() > kMost) ticks_.pop_front();
    new_ = true;
}

void MidiClock::tell(TempoClock& tempo, double now_s, std::chrono::steady_clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (!new_ || ticks_.size() < kFewest) return;
    new_ = false;
    // Counts and times from the last tick's, so that nothing large is squared.
    const Tick last = ticks_.back();
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (const Tick& tick : ticks_) {
        const auto count = static_cast<double>(tick.count - last.count);
        const double at_s = Seconds(tick.at - last.at).count();
        n += 1;
        x += count;
        y += at_s;
        xx += count * count;
        xy += count * at_s;
    }
    const double tick_s = (n * xy - x * y) / (n * xx - x * x);
    if (!(tick_s > 0)) return;
    const double last_s = now_s + Seconds(last.at - now).count() + (y - tick_s * x) / n;
    tempo.follow(TempoSource::midi_clock, 60 / (kTicksOfBeat * tick_s),
                 static_cast<double>(last.count) / kTicksOfBeat, last_s);
}

}  // namespace reverie
