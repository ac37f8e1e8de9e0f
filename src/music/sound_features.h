// What is heard, a hundred times a second: how loud, in which part of the spectrum, and how much
// has just begun. Causal: the same samples give the same features live and of a file.
#pragma once

#include <array>
#include <deque>
#include <span>
#include <vector>

#include "src/media/sound.h"
#include "src/media/sounds/spectrum.h"

namespace reverie {

/// Features a second. Feature n is of the sound around n / kFeatureRate seconds.
inline constexpr int kFeatureRate = 100;
inline constexpr int kFeatureHop = kSoundRate / kFeatureRate;

/// All are 0 … 1. The gain is automatic: 1 is as loud as it was in the last seconds, and what is
/// below −40 dB of full scale stays as quiet as it is.
struct SoundFeatures {
    float level = 0;     ///< of all that is heard
    float low = 0;       ///< below 150 Hz: kick, bass
    float mid = 0;       ///< 150 to 2500 Hz: voices, snare
    float high = 0;      ///< above 2500 Hz: hats, cymbals
    float onset = 0;     ///< how firmly something begins; 0 except where it does
    float rise = 0;      ///< how much grows louder: what the beat is found in
    float low_rise = 0;  ///< likewise, below 150 Hz
    bool operator==(const SoundFeatures&) const = default;
};

/// A value beside the largest of the last seconds.
class AutomaticGain {
  public:
    /// `half_life_s`: of the largest value. `floor`: a value that counts as no more than silence.
    AutomaticGain(double half_life_s, float floor);
    /// 0 … 1.
    float operator()(float value);
    float largest() const { return largest_; }

  private:
    float decay_, floor_, largest_;
};

/// Where something begins in a stream of rises: the largest for a moment, and well above what is
/// usual there. After Böck, Krebs, Schedl: Evaluating the Online Capabilities of Onset Detection
/// Methods, ISMIR 2012 (equation 4, with one frame of delay).
class OnsetPicker {
  public:
    /// Takes the next rise. How firmly something begins in the frame before it, 0: not at all.
    float operator()(float rise);

  private:
    float mean_ = 0, before_ = 0, now_ = 0;
    int since_ = 1000;  ///< frames since the last onset
};

/// Thread-safety: belongs to one thread.
class SoundListener {
  public:
    /// How much of the sound after a feature's time is needed for it, seconds.
    static constexpr double kLookAheadS = 512.0 / kSoundRate + 1.0 / kFeatureRate;

    SoundListener();

    /// Mono samples at kSoundRate, −1 … 1, in pieces of any size; what is not a number is silence.
    /// Adds the features that are complete now to `features`.
    void hear(std::span<const float> samples, std::vector<SoundFeatures>& features);

  private:
    static constexpr int kWindow = 1024;
    static constexpr int kParts = 3;
    struct Band {
        int first, last;  ///< bins, both included
        int part;         ///< 0: low, 1: mid, 2: high
    };
    /// How much grows louder, beside what is usual and what was the most.
    struct Rise {
        Rise();
        float operator()(float sum);
        float usual = 0;
        AutomaticGain gain;
    };

    SoundFeatures look(std::span<const float> magnitudes);

    Spectrum spectrum_{kWindow};
    std::vector<Band> bands_;
    std::vector<float> waiting_;             ///< samples from the beginning of the next window on
    std::deque<std::vector<float>> before_;  ///< log magnitudes of the last frames, oldest first
    AutomaticGain loudest_, level_;
    std::array<AutomaticGain, kParts> parts_;
    Rise rise_, low_rise_;
    OnsetPicker pick_;
    SoundFeatures last_;  ///< of the frame before, whose onset is not known yet
    bool first_ = true;
};

}  // namespace reverie
