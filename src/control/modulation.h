// Modulation: parameters and weights of the objective that move by themselves, with the sound, with
// the beat, or in waves. What a number is = what it is set to + Σ amount × curve(source).
//
//     [[modulation]]
//     target = "strength"      # a number of `reverie list params`, or a layer or channel: "4c:17"
//     source = "beat"          # of kModulationSources
//     amount = 1.5             # of the target, where the source is 1; may be negative
//     curve = "square"         # linear (default), square, cube, root, smooth, step
//     attack = 0.02            # seconds until 63 % of a rise is followed; 0 (default): at once, and
//                              # a picture within a tenth of a second
//     release = 0.3            # likewise of a fall
//     low = 0.2                # what the target is at least …
//     high = 3                 # … and at most, besides its own range
//     hz = 0.25                # of a wave: its cycles a second, or instead:
//     beats = 8                # how many beats a cycle lasts
//     phase = 0.5              # of a wave: where in its cycle it begins, 0 … 1
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/dream/params.h"
#include "src/dream/seen.h"
#include "src/music/sound_features.h"

namespace reverie {

enum class ModulationCurve { linear, square, cube, root, smooth, step };

struct ModulationRoute {
    std::string target, source;
    double amount = 1;
    ModulationCurve curve = ModulationCurve::linear;
    double attack_s = 0, release_s = 0;
    std::optional<double> low, high;
    double hz = 0, beats = 0;  ///< of a wave, one of the two
    double phase = 0;
    std::string at;     ///< "file:line"; "": of no file
    Objective layers;   ///< what the target is in the network that dreams, of a weight of 1; of a
                        ///< parameter: nothing
    Objective watched;  ///< the layer or channel of an activation, likewise; nothing: there is none

    bool operator==(const ModulationRoute&) const = default;
};

/// What a source needs; a wave is −1 … 1, the others are 0 … 1.
enum class ModulationKind : uint8_t {
    sound,
    beat,
    wave,    ///< hz or beats
    picture  ///< one that moves
};

/// A row of the table of sources.
struct ModulationSource {
    std::string_view name;  ///< one that ends in '>' goes on with the name of a layer or channel
    ModulationKind kind = ModulationKind::sound;
    std::string_view help;
    bool wave() const { return kind == ModulationKind::wave; }
    bool is_named() const { return name.ends_with('>'); }
};

inline constexpr std::array kModulationSources = std::to_array<ModulationSource>({
    {"level", ModulationKind::sound, "how loud it is, beside the last seconds"},
    {"low", ModulationKind::sound, "likewise below 150 Hz: kick, bass"},
    {"mid", ModulationKind::sound, "likewise from 150 to 2500 Hz: voices, snare"},
    {"high", ModulationKind::sound, "likewise above 2500 Hz: hats, cymbals"},
    {"onset", ModulationKind::sound, "1 where something begins, for a moment"},
    {"beat", ModulationKind::beat, "1 on the beat, falling to 0 until the next"},
    {"bar", ModulationKind::beat, "1 where a bar begins, falling to 0 until the next"},
    {"sine", ModulationKind::wave, "a wave"},
    {"triangle", ModulationKind::wave, "a wave"},
    {"saw", ModulationKind::wave, "a wave that rises and drops"},
    {"square", ModulationKind::wave, "a wave: half of the time 1, then −1"},
    {"random", ModulationKind::wave, "a wave without order: to another value each cycle, smoothly"},
    {"motion", ModulationKind::picture, "how much moves in the picture, beside the last seconds"},
    {"presence", ModulationKind::picture, "1 while somebody is there"},
    {"activation:<layer>", ModulationKind::picture,
     "how strongly a layer (4c), or a channel (4c:17), answers to the picture, likewise"},
});

/// Null for one that this version does not have.
const ModulationSource* find_modulation_source(std::string_view name);
/// "4c:17" of "activation:4c:17"; "" for a source that goes on with no name.
std::string_view watched_name(std::string_view source);

struct Modulation {
    std::vector<ModulationRoute> routes;

    /// Whether a route needs sound.
    bool hears() const;
    /// Whether a route needs a beat.
    bool needs_beat() const;
    /// What has to be measured of the picture, for sources that are there.
    SightWish wish() const;
    /// One line on sources that this version or the network that dreams does not have: their routes
    /// are kept and do nothing; "" if there are none.
    std::string unknown_sources() const;
    /// Finds the layers that are targets in the network that dreams: `map` is of an objective in
    /// its portable form (see from_portable()). Throws Error "file:line: …" for one that it lacks.
    void find_layers(const std::function<Objective(const Objective&)>& map);
    /// Another network is about to dream: what was found becomes what `map` makes of it, and
    /// nothing where that throws Error.
    void map_layers(const std::function<Objective(const Objective&)>& map);

    bool operator==(const Modulation&) const = default;
};

/// (1 − t)·a + t·b, t in 0 … 1: routes that differ in their amount alone become one.
Modulation mix(const Modulation& a, const Modulation& b, double t);

/// What is heard at a moment.
struct Heard {
    SoundFeatures sound;
    std::optional<double> beat;  ///< a whole number on each, a multiple of kBeatsOfBar where a bar
                                 ///< begins; nothing: not known
};

/// What a route's source is at a moment, before its curve: 0 … 1, −1 … 1 of a wave; 0 where it is
/// not there.
double source_value(const ModulationRoute& route, double time_s, const Heard& heard,
                    const Seen& seen);

/// Plays a modulation. It moves a hundred times a second, however many pictures there are, so that
/// nothing between two of them is missed; the same times and sounds give the same values.
/// Thread-safety: belongs to one thread.
class Modulator {
  public:
    using Hear = std::function<Heard(double time_s)>;

    /// Routes that were there already, apart from their amounts, go on where they are.
    void set(Modulation modulation);
    const Modulation& modulation() const { return modulation_; }
    /// What is seen of the picture from now on.
    void see(Seen seen) { seen_ = std::move(seen); }

    /// `base` as it is at `time_s`. `hear` is asked of the times since the last call. Time that
    /// goes back, or on by more than kLongestStepS, begins again a little before.
    Params at(double time_s, const Params& base, const Hear& hear);
    /// Of each route, after its curve and its smoothing: −1 … 1.
    const std::vector<float>& values() const { return now_; }

    static constexpr double kLongestStepS = 5;
    /// All that at() remembers of what moves now: see StateArchive.
    template <class Archive>
    void keep(Archive& archive) {
        archive.values(values_);
        archive.values(now_);
        archive.value(ticks_);
    }

  private:
    void step(double time_s, double lasts_s, const Heard& heard, std::vector<float>& values) const;
    Params applied(const Params& base) const;

    Modulation modulation_;
    Seen seen_;
    std::vector<float> values_;     ///< of the last tick
    std::vector<float> now_;        ///< a little later: of the time that was asked for last
    std::optional<int64_t> ticks_;  ///< that have been played
};

}  // namespace reverie
