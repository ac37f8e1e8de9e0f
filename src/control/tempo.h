// The tempo of a show, and where in the bar it is: tapped by a hand, heard by the ear, or given by
// another machine's clock. One clock for all that goes with the beat.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace reverie {

/// In the order in which they count: a later one is followed in place of an earlier one.
enum class TempoSource : uint8_t { none, ear, tap, midi_clock, link };
const char* name_of(TempoSource source);

/// What a change waits for.
enum class Quantise : uint8_t { off, beat, bar, four_bars };
/// As files and messages name them.
inline constexpr std::array kQuantises = std::to_array<std::pair<std::string_view, Quantise>>({
    {"off", Quantise::off},
    {"beat", Quantise::beat},
    {"bar", Quantise::bar},
    {"four_bars", Quantise::four_bars},
});
/// Beats from one to the next; 0: off.
int beats_of(Quantise quantise);

/// Thread-safety: belongs to one thread. All times are seconds on one steady clock.
class TempoClock {
  public:
    static constexpr double kLeastBpm = 20, kMostBpm = 400;

    /// A hand taps. One tap alone says where the bar begins; more of them, how long a beat lasts,
    /// too. Taps that are further apart than a beat of kLeastBpm are not of one row; one that
    /// follows too soon is a bounce and is ignored.
    void tap(double time_s);
    /// By hand; the beat goes on where it is. Throws Error out of range.
    void set_bpm(double bpm, double time_s);
    /// `source` knows its tempo and its place (a whole number on each beat, a multiple of 4 where a
    /// bar begins) at `time_s`. False, and nothing is changed, for what is no tempo, and while a
    /// source counts that is more than this one. After taps, the ear only keeps the beat that was
    /// tapped from drifting: it must be near it, at that tempo, its half or its double.
    bool follow(TempoSource source, double bpm, double position, double time_s);
    /// Whatever was tapped: the ear counts again.
    void forget_taps();

    TempoSource source() const { return source_; }
    double bpm() const { return bpm_; }
    /// The place at a time; nothing: there is no tempo yet.
    std::optional<double> beat_at(double time_s) const;
    /// Seconds until the next place that a change may wait for, at least `least_s` of them; 0: off,
    /// or there is no tempo.
    double seconds_to(Quantise quantise, double time_s, double least_s = 0) const;

  private:
    void set(TempoSource source, double bpm, double position, double time_s);
    bool keep_from_drifting(double bpm, double position, double time_s);

    TempoSource source_ = TempoSource::none;
    double bpm_ = 0, position_ = 0, at_s_ = 0;
    double told_s_ = 0;  ///< when the source was heard of last
    std::vector<double> taps_s_;
};

}  // namespace reverie
