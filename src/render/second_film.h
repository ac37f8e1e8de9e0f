// A second source that runs along with a job's input, for masks of its brightness: what it shows at
// any time. It begins again when it ends; one that cannot be read again stays at its last frame.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "src/media/source.h"
#include "src/util/size.h"

namespace reverie {

struct SecondFilmOptions {
    std::string spec;                         ///< see open_source()
    double start_s = 0;                       ///< it shows this at the job's time 0
    Size drawn;                               ///< of patterns
    const std::atomic<bool>* stop = nullptr;  ///< see SourceOptions
};

/// Thread-safety: used by one thread at a time.
class SecondFilm {
  public:
    /// A frame counts as begun so much before its time: containers round times to milliseconds.
    static constexpr double kRounding_s = 0.001;

    /// Throws Error: see open_source(); there is no picture in it.
    explicit SecondFilm(SecondFilmOptions options);

    const SourceInfo& info() const { return info_; }
    /// The frame that is seen at `time_s` of the job, the same whatever was asked before: a time
    /// before the last one has the source read from its beginning. Valid until the next call. Throws
    /// Error: the source is gone; Interrupted.
    const VideoFrame& at(double time_s);
    /// Of all that was read so far.
    SourceErrors errors() const;

  private:
    void open();
    void read_on();
    double begin_s(const VideoFrame& frame) const;
    double end_s(const VideoFrame& frame) const;

    SecondFilmOptions options_;
    std::unique_ptr<Source> source_;
    SourceInfo info_;
    std::optional<VideoFrame> now_, next_;
    int64_t frames_ = 0;   ///< that were read since it was opened
    double length_s_ = 0;  ///< of one run; 0: not known yet
    bool holds_ = false;   ///< its last frame is seen for ever
};

}  // namespace reverie
