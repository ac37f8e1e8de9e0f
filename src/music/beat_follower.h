// The beat of a show: a steady pointer that follows what is heard, frame by frame, and goes on at
// its tempo where nothing is. What the model believes at a moment jumps; the pointer does so only
// where the model has been sure of something else for a while.
#pragma once

#include <array>

#include "src/music/beat_model.h"
#include "src/music/sound_features.h"

namespace reverie {

inline constexpr int kBeatsOfBar = 4;

/// Which of four beats begins a bar: the one on which the most begins in the bass. A guess; where
/// all are alike, it stays what it was.
class BarGuess {
  public:
    /// The beat of that number had so much rise in the bass.
    void heard(long beat, float low_rise);
    /// The remainder by kBeatsOfBar of the beats that begin a bar.
    int first() const { return first_; }

  private:
    std::array<float, kBeatsOfBar> bass_{};
    int first_ = 0;
};

/// Thread-safety: belongs to one thread.
class BeatFollower {
  public:
    BeatFollower() = default;
    BeatFollower(const BeatFollower&) = delete;
    BeatFollower& operator=(const BeatFollower&) = delete;

    /// The next feature frame.
    void step(const SoundFeatures& features);

    struct Beat {
        bool known = false;     ///< there has been a beat
        double bpm = 0;         ///< 0: not known
        double position = 0;    ///< beats; a whole number is on the beat, a multiple of kBeatsOfBar
                                ///< begins a bar
        double confidence = 0;  ///< 0 … 1
    };
    /// At the time of the last frame.
    Beat now() const;

  private:
    void follow(const BeatFilter::Estimate& heard);
    void listen_to_bass(float low_rise);

    BeatModel model_;
    BeatFilter filter_{model_};
    BarGuess bar_;
    bool known_ = false;
    double length_ = 0;    ///< frames of a beat
    double position_ = 0;  ///< beats since the first one
    double confidence_ = 0;
    int otherwise_ = 0;  ///< frames since which the model believes something else
    long beat_ = 0;      ///< whose bass is listened to,
    float bass_ = 0;     ///< and what has been heard of it
    int quiet_ = 0;      ///< frames without anything that rises
};

}  // namespace reverie
