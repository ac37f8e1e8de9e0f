// The sound of a job from file to file: what its modulation listens to, before the first picture,
// and what is put beside its pictures.
#pragma once

#include <memory>
#include <span>
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

/// A part of what is heard beside the pictures: what `path` holds from `from_s` on. What is heard
/// at one time is summed.
struct SoundPiece {
    double at_s = 0, until_s = 0;  ///< of the job
    std::string path;
    double from_s = 0;
    bool loops = false;                    ///< the file begins again at its end
    double fade_in_s = 0, fade_out_s = 0;  ///< at its beginning, and before until_s
};

class JobSound {
  public:
    JobSound() = default;
    /// Listens to the whole of what `modulation` moves with, and to a sound that was asked for.
    /// Where the input has none, notes() says what that means. Throws Error for a sound that was
    /// asked for and cannot be read, Interrupted.
    JobSound(const JobSoundOptions& options, const Modulation& modulation);

    /// Of pieces, in order; those of files without sound are left out.
    explicit JobSound(std::vector<SoundPiece> pieces);

    /// Seconds of the sound that was asked for; 0: there is none.
    double length_s() const { return track_ != nullptr && is_written() ? track_->length_s : 0; }
    /// At `time_s` of the job.
    Heard at(double time_s) const;
    /// Whether `to` gets this sound in place of what it would copy.
    bool is_written() const { return !playing_.empty(); }
    /// Writes what comes before `until_s` of the job.
    void write_until(double until_s, Sink& to);
    const std::vector<std::string>& notes() const { return notes_; }

  private:
    /// A piece, and its file from when it is heard on.
    struct Playing {
        SoundPiece piece;
        std::unique_ptr<SoundFile> file = nullptr;
    };
    void open(Playing& playing) const;
    void add(Playing& playing, std::span<float> sum);
    int64_t next_change(int64_t until) const;

    std::shared_ptr<const SoundTrack> track_;
    double start_s_ = 0;            ///< of the job in the track
    std::vector<Playing> playing_;  ///< what is written
    int64_t samples_ = 0;           ///< that are written
    std::vector<float> added_;
    std::vector<std::string> notes_;
};

}  // namespace reverie
