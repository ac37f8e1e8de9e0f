// The sound of a job from file to file: what its modulation listens to, before the first picture,
// and what is put beside its pictures.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/control/modulation.h"
#include "src/media/sink.h"
#include "src/media/sounds/sound_file.h"
#include "src/music/sound_track.h"

namespace reverie {

/// What is said of sound on the command line, and where the job begins in its input.
struct JobSoundOptions {
    std::string sound;  ///< --sound; "": the input's own
    std::string input;
    double start_s = 0;  ///< of the input
};

class JobSound {
  public:
    JobSound() = default;
    /// Listens to the whole of what `modulation` moves with, and to a sound that was asked for.
    /// Where the input has none, notes() says what that means. Throws Error for a sound that was
    /// asked for and cannot be read, Interrupted.
    JobSound(const JobSoundOptions& options, const Modulation& modulation);

    /// Seconds of the sound that was asked for; 0: there is none.
    double length_s() const { return written_ != nullptr ? track_->length_s : 0; }
    /// At `time_s` of the job.
    Heard at(double time_s) const;
    /// Whether `to` gets this sound in place of what it would copy.
    bool is_written() const { return written_ != nullptr; }
    /// Writes what comes before `until_s` of the job.
    void write_until(double until_s, Sink& to);
    const std::vector<std::string>& notes() const { return notes_; }

  private:
    std::shared_ptr<const SoundTrack> track_;
    std::unique_ptr<SoundFile> written_;
    double start_s_ = 0;   ///< of the job in the track
    int64_t samples_ = 0;  ///< that are written
    std::vector<std::string> notes_;
};

}  // namespace reverie
