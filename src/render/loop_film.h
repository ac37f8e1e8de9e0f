// A clip as a loop: its last frame leads to its first one. What does not do so by itself is
// cross-faded: the end of the clip goes over into its beginning, and the loop is shorter by that.
// Gives the lead-in first; see LoopPart.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/media/source.h"
#include "src/render/render_job.h"

namespace reverie {

/// How alike frames are: mean |difference| of their samples.
double frame_distance(const VideoFrame& a, const VideoFrame& b);
/// a + share · (b − a), share 0 … 1, of two frames of one size and format, in a new one.
VideoFrame mixed_frame(const VideoFrame& a, const VideoFrame& b, double share);

/// Thread-safety: used by one thread at a time.
class LoopFilm : public Source {
  public:
    /// Reads the clip's beginning and end, to see whether it loops. `lead_s`: the lead-in, seconds;
    /// at most half of the loop. Throws Error where its length is not known, or it cannot be read
    /// twice.
    LoopFilm(const std::string& spec, const SourceOptions& options, double lead_s);

    const SourceInfo& info() const override { return info_; }
    std::optional<VideoFrame> next() override;
    /// Of the last next().
    LoopPart part() const { return part_; }
    SourceErrors errors() const override { return clip_->errors(); }
    std::shared_ptr<libav::Demuxer> streams_to_copy() override;
    bool is_faded() const { return fade_s_ > 0; }
    /// Of a faded loop: what is heard is faded as what is seen.
    std::vector<SoundPiece> sound() const;

  private:
    std::unique_ptr<Source> from(double time_s, double lasts_s) const;
    bool loops_by_itself() const;
    double seconds(const VideoFrame& frame) const;

    std::string spec_;
    SourceOptions options_;
    std::unique_ptr<Source> clip_, lead_, faded_;
    SourceInfo info_;
    double length_s_ = 0;  ///< of the loop
    double lead_s_ = 0, fade_s_ = 0;
    LoopPart part_ = LoopPart::inside;
};

}  // namespace reverie
