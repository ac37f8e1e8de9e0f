// The sound of a whole file, listened to before its pictures: every feature, onset and beat of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/media/sounds/sound_file.h"
#include "src/music/sound_features.h"

namespace reverie {

struct SoundTrack {
    std::vector<SoundFeatures> features;  ///< kFeatureRate a second, the first one at time 0
    std::vector<double> beats_s;          ///< rising
    std::vector<double> onsets_s;         ///< rising
    double length_s = 0;
    double bpm = 0;  ///< the middle one; 0: there is no beat
    int bar = 0;     ///< number of the first beat that begins a bar, 0 … 3

    /// At `time_s`; silence outside of the file.
    SoundFeatures at(double time_s) const;
    /// The place between the beats: a whole number on each, a multiple of kBeatsOfBar where a bar
    /// begins. Goes on at the tempo of the ends before the first beat and after the last one.
    /// Nothing: fewer than two beats.
    std::optional<double> beat_at(double time_s) const;
};

enum class Hearing {
    whole,  ///< beats of the whole piece: with what comes later in mind
    live    ///< as a show hears them, which knows the past alone
};

/// Listens to `file` from here to its end. Throws Interrupted, see SoundFile.
SoundTrack listen_to(SoundFile& file, Hearing hearing = Hearing::whole);
/// The same, of samples as SoundFile gives them: returns how many, fewer at the end.
SoundTrack listen_to(const std::function<size_t(std::span<float>)>& read,
                     Hearing hearing = Hearing::whole);

}  // namespace reverie
