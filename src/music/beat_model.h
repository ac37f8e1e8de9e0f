// Where the beat is: a hidden Markov model of a bar pointer, which moves from beat to beat at a
// tempo that changes little. After Whiteley, Cemgil, Godsill: Bayesian Modelling of Temporal
// Structure in Musical Audio (ISMIR 2006), with the states of Krebs, Böck, Widmer: An Efficient
// State-Space Model for Joint Tempo and Meter Tracking (ISMIR 2015): one for each feature frame of
// each tempo's beat, so that within a beat the pointer just moves on. What is observed is how much
// rises (SoundFeatures::rise). BeatFilter is told of it frame by frame and knows the past alone;
// find_beats() looks at the whole.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace reverie {

/// Beats a minute that the model knows.
inline constexpr double kSlowestBpm = 55, kFastestBpm = 215;

/// What both directions share. Frames are those of the features.
class BeatModel {
  public:
    BeatModel();

    int tempi() const { return static_cast<int>(lengths_.size()); }
    /// Frames of a beat at this tempo, rising.
    int length(int tempo) const { return lengths_[tempo]; }
    /// Frames at a beat's beginning in which something is to rise, and at its half, where something
    /// may.
    int beat_frames() const;
    int half_begin(int tempo) const;
    int half_end(int tempo) const;

    /// Tempi that one of these may come from: first … last.
    struct Reach {
        int first, last;
    };
    Reach reach(int tempo) const { return reach_[tempo]; }
    /// Probability of `to` after `from`, times how usual `to` is for so long.
    float change(int from, int to) const { return change_[from * tempi() + to]; }
    /// The share of that which is not shared with other tempi: probability that `tempo` stays. A
    /// way that is one of many must not lose to one that is alone, only because it has more
    /// neighbours.
    float stays(int tempo) const { return stays_[tempo]; }

    /// How likely `rise` is on the beat, and at its half, beside elsewhere.
    struct Likelihood {
        float beat, half;
    };
    /// `activity`: the most that rises around then, 0 … 1. Where nothing does, there is nothing to
    /// be learned, and the pointer goes on.
    static Likelihood likelihood(float rise, float activity);

  private:
    std::vector<int> lengths_;
    std::vector<Reach> reach_;
    std::vector<float> change_, stays_;
};

/// Thread-safety: belongs to one thread.
class BeatFilter {
  public:
    /// `model` outlives it.
    explicit BeatFilter(const BeatModel& model);

    /// The next frame.
    void step(float rise);

    struct Estimate {
        double length = 0;      ///< of the beat, frames
        double phase = 0;       ///< of it that has gone by, 0 … 1
        double confidence = 0;  ///< 0 … 1, that the tempo is near this one
    };
    Estimate estimate() const;

  private:
    float& state(int tempo, int position);

    const BeatModel& model_;
    float activity_ = 0, before_ = 0;
    std::vector<float> states_;      ///< all tempi, one behind the other: probabilities
    std::vector<int> begin_, head_;  ///< of each tempo in states_; of its position 0
    std::vector<float> mass_;        ///< of each tempo
    std::vector<float> ends_;        ///< scratch
};

/// The beats of a whole piece: frames (with fractions) at which they are, by the most likely way
/// through all of `rise` (Viterbi's). Empty where nothing rises.
std::vector<double> find_beats(const BeatModel& model, std::span<const float> rise);

}  // namespace reverie
