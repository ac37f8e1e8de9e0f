// The frames of a take, one for each of its pictures, from the sources of the show or from the
// video that was kept beside the take.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/control/take_reader.h"
#include "src/media/source.h"
#include "src/render/job_sound.h"

namespace reverie {

struct TakeFilmOptions {
    std::string path;       ///< of the take: what lies beside it is looked for there
    std::string instead;    ///< read in place of the take's source, at the same times; "": that
    double duration_s = 0;  ///< 0: to the end
    Size drawn;             ///< of patterns; 0x0: as in the show
    const std::atomic<bool>* stop = nullptr;
};

/// Thread-safety: used by one thread at a time.
class TakeFilm : public Source {
  public:
    /// `take` outlives the film. Throws Error where a source is not there any more, or was not to
    /// be read twice (a camera without its video beside the take).
    TakeFilm(const Take& take, const TakeFilmOptions& options);
    ~TakeFilm() override;

    const SourceInfo& info() const override { return info_; }
    /// The frame of the next picture, at the picture's time.
    std::optional<VideoFrame> next() override;
    SourceErrors errors() const override;
    /// That the last next() was of.
    const TakenPicture& picture() const { return take_.pictures[pictures_ - 1]; }
    /// What is heard beside the pictures: as the source, or the video beside the take, has it.
    std::vector<SoundPiece> sound() const;

  private:
    class Reel;
    std::string spec_of(const TakeFrame& frame) const;
    void find_dry();
    SourceOptions options_for(const TakeSource& source, const TakeFrame& frame) const;
    std::vector<SoundPiece> sound_of_frames() const;
    void read_on(const TakeFrame& frame);

    const Take& take_;
    TakeFilmOptions options_;
    std::string dry_;  ///< the video beside the take; "": there is none
    SourceInfo info_;
    std::unique_ptr<Reel> reel_;
    std::optional<VideoFrame> frame_;
    size_t pictures_ = 0;  ///< that were given
    int64_t missing_ = 0;  ///< frames that their source does not have any more
};

}  // namespace reverie
