// What a live show hears: the samples that its recordings get, listened to as they come.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "src/media/sound.h"
#include "src/music/beat_follower.h"
#include "src/music/sound_features.h"

namespace reverie {

/// Thread-safety: belongs to the show's thread.
class ShowEar {
  public:
    /// From `time_s` of the show on; null: there is nothing to hear.
    void listen(std::shared_ptr<SoundFeed> feed, double time_s);
    bool listens() const { return feed_ != nullptr; }
    /// Hears all that has come until `time_s`. What is lost of an input that stalls is silence.
    void hear(double time_s);
    /// The features of that time; of the newest sound where it has not come yet; silence where
    /// there is none.
    SoundFeatures at(double time_s) const;
    /// The beat at beat_s(), the time of the newest sound.
    BeatFollower::Beat beat() const { return follower_ ? follower_->now() : BeatFollower::Beat(); }
    double beat_s() const;

  private:
    void begin(double time_s);

    std::shared_ptr<SoundFeed> feed_;
    std::optional<SoundListener> listener_;
    std::optional<BeatFollower> follower_;
    std::vector<float> stereo_, mono_;
    std::vector<SoundFeatures> new_,
        kept_;              ///< kept_: of the last seconds, feature n at n mod size
    int64_t first_ = 0;     ///< the feed's sample at which listening began
    int64_t next_ = 0;      ///< the feed's next sample
    int64_t features_ = 0;  ///< since first_
};

}  // namespace reverie
