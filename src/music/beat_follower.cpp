#include "src/music/beat_follower.h"

#include <algorithm>
#include <cmath>

namespace reverie {
namespace {

constexpr double kSure = 0.4;         // confidence that is followed
constexpr double kPhaseShare = 0.03;  // of an error that is made good in a frame
constexpr double kTempoShare = 1e-4;  // likewise, by the tempo, in beats a frame
constexpr double kNearPhase = 0.12;   // of a beat: an error that is followed
constexpr double kNearLength = 0.08;  // of its length
constexpr int kOtherwiseFor = 250;    // frames of another belief until the pointer jumps
constexpr int kQuietFor = 2 * kFeatureRate;
constexpr double kQuietBeats = 1.5;  // without anything, until the pointer goes on by itself
constexpr float kSomething = 0.2F;
constexpr float kBassMemory = 0.8F;  // of a bar before
constexpr float kClearly = 1.2F;
constexpr double kBassUntil = 0.2;  // of a beat around it, in which its bass begins

}  // namespace

void BarGuess::heard(long beat, float low_rise) {
    float& bass = bass_[static_cast<size_t>((beat % kBeatsOfBar + kBeatsOfBar) % kBeatsOfBar)];
    bass = kBassMemory * bass + (1 - kBassMemory) * low_rise;
    const auto most = std::max_element(bass_.begin(), bass_.end());
    if (*most > kClearly * bass_[static_cast<size_t>(first_)])
        first_ = static_cast<int>(most - bass_.begin());
}

void BeatFollower::step(const SoundFeatures& features) {
    quiet_ = features.rise > kSomething ? 0 : quiet_ + 1;
    if (known_) position_ += 1 / length_;
    filter_.step(features.rise);
    if (quiet_ > (known_ ? kQuietBeats * length_ : kQuietFor))
        return;  // nothing to be learned from
    const BeatFilter::Estimate heard = filter_.estimate();
    confidence_ = heard.confidence;
    if (confidence_ > kSure) follow(heard);
    if (known_) listen_to_bass(features.low_rise);
}

void BeatFollower::follow(const BeatFilter::Estimate& heard) {
    const double error = std::remainder(heard.phase - position_, 1.0);
    const bool near = known_ && std::abs(error) < kNearPhase &&
                      std::abs(heard.length / length_ - 1) < kNearLength;
    otherwise_ = near ? std::max(0, otherwise_ - 1) : otherwise_ + 1;
    if (near) {
        // A phase-locked loop of the second order: the tempo is what the error adds up to, which is
        // finer than the whole frames of the model's beats.
        position_ += kPhaseShare * error;
        length_ = 1 / (1 / length_ + kTempoShare * error);
    } else if (!known_ || otherwise_ > kOtherwiseFor) {
        known_ = true;
        otherwise_ = 0;
        length_ = heard.length;
        position_ += error;
    }
}

/// From a little before a beat until a little after it.
void BeatFollower::listen_to_bass(float low_rise) {
    const long nearest = std::lround(position_);
    const bool at_beat = std::abs(position_ - static_cast<double>(nearest)) < kBassUntil;
    if (at_beat && nearest == beat_) {
        bass_ = std::max(bass_, low_rise);
    } else if (nearest != beat_) {
        bar_.heard(beat_, bass_);
        beat_ = nearest;
        bass_ = at_beat ? low_rise : 0;
    }
}

BeatFollower::Beat BeatFollower::now() const {
    Beat beat;
    beat.known = known_;
    if (!known_) return beat;
    beat.bpm = 60.0 * kFeatureRate / length_;
    beat.position = position_ - bar_.first();
    beat.confidence = confidence_;
    return beat;
}

}  // namespace reverie
