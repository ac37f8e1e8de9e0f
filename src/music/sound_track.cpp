#include "src/music/sound_track.h"

#include <algorithm>
#include <cmath>

#include "src/music/beat_follower.h"
#include "src/music/beat_model.h"

namespace reverie {
namespace {

constexpr double kFrameS = 1.0 / kFeatureRate;

/// Of a tempo that may change: the middle one of those over eight beats, or over all where there
/// are fewer.
double middle_bpm(const std::vector<double>& beats_s) {
    if (beats_s.size() < 2) return 0;
    const size_t over = std::min<size_t>(8, beats_s.size() - 1);
    std::vector<double> lengths_s;
    for (size_t i = over; i < beats_s.size(); ++i)
        lengths_s.push_back((beats_s[i] - beats_s[i - over]) / static_cast<double>(over));
    const auto middle = lengths_s.begin() + static_cast<ptrdiff_t>(lengths_s.size() / 2);
    std::nth_element(lengths_s.begin(), middle, lengths_s.end());
    return 60 / *middle;
}

std::vector<double> beats_of_whole(const std::vector<SoundFeatures>& features) {
    std::vector<float> rise;
    rise.reserve(features.size());
    for (const SoundFeatures& f : features) rise.push_back(f.rise);
    std::vector<double> beats_s = find_beats(BeatModel(), rise);
    for (double& beat : beats_s) beat *= kFrameS;
    return beats_s;
}

std::vector<double> beats_as_heard(const std::vector<SoundFeatures>& features) {
    std::vector<double> beats_s;
    BeatFollower follower;
    bool known = false;
    double before = 0;  // of the beat that had gone by; which one it is may be guessed anew
    for (size_t n = 0; n < features.size(); ++n) {
        follower.step(features[n]);
        const BeatFollower::Beat beat = follower.now();
        const double gone = beat.position - std::floor(beat.position);
        if (known && gone < before - 0.5)
            beats_s.push_back(static_cast<double>(n) * kFrameS - gone * 60 / beat.bpm);
        known = beat.known;
        before = gone;
    }
    return beats_s;
}

int guess_bar(const SoundTrack& track) {
    constexpr double kAroundS = 0.03;
    BarGuess guess;
    for (size_t i = 0; i < track.beats_s.size(); ++i) {
        float bass = 0;
        for (double t = track.beats_s[i] - kAroundS; t <= track.beats_s[i] + kAroundS; t += kFrameS)
            bass = std::max(bass, track.at(t).low_rise);
        guess.heard(static_cast<long>(i), bass);
    }
    return guess.first();
}

}  // namespace

SoundFeatures SoundTrack::at(double time_s) const {
    const auto n = static_cast<int64_t>(std::lround(time_s * kFeatureRate));
    if (n < 0 || n >= static_cast<int64_t>(features.size())) return {};
    return features[static_cast<size_t>(n)];
}

std::optional<double> SoundTrack::beat_at(double time_s) const {
    if (beats_s.size() < 2) return std::nullopt;
    const auto after = std::upper_bound(beats_s.begin() + 1, beats_s.end() - 1, time_s);
    const auto before = after - 1;
    const double share = (time_s - *before) / (*after - *before);
    return static_cast<double>(before - beats_s.begin()) + share - bar;
}

SoundTrack listen_to(SoundFile& file, Hearing hearing) {
    return listen_to([&](std::span<float> samples) { return file.read(samples); }, hearing);
}

SoundTrack listen_to(const std::function<size_t(std::span<float>)>& read, Hearing hearing) {
    SoundTrack track;
    SoundListener listener;
    std::vector<float> samples(kSoundRate / 10);
    bool more = true;
    size_t heard = 0;
    while (more) {
        const size_t count = read(samples);
        more = count == samples.size();
        heard += count;
        listener.hear({samples.data(), count}, track.features);
    }
    track.length_s = static_cast<double>(heard) / kSoundRate;
    // What is needed behind the last sample.
    std::fill(samples.begin(), samples.end(), 0.0F);
    listener.hear(samples, track.features);
    for (size_t n = 0; n < track.features.size(); ++n) {
        if (track.features[n].onset > 0) track.onsets_s.push_back(static_cast<double>(n) * kFrameS);
    }
    track.beats_s =
        hearing == Hearing::whole ? beats_of_whole(track.features) : beats_as_heard(track.features);
    track.bpm = middle_bpm(track.beats_s);
    track.bar = guess_bar(track);
    return track;
}

}  // namespace reverie
