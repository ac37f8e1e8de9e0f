// Where a film is cut: between two frames that have little in common, while both have much in common
// with their neighbours. libavfilter's scene score (scdet) finds the candidates; flashes, after which
// the picture is what it was before, are taken out. Fades are no cuts.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "src/media/frames/frame.h"

namespace reverie {

namespace libav {
class FilterChain;
}

struct Shot {
    int64_t first = 0;  ///< the number of its first frame
    double at_s = 0;    ///< the time of that
    double score = 0;   ///< of the cut before it, 0 … 100; 0: it is the first shot
};

/// Thread-safety: used by one thread.
class ShotFinder {
  public:
    ShotFinder();
    ~ShotFinder();
    ShotFinder(const ShotFinder&) = delete;
    ShotFinder& operator=(const ShotFinder&) = delete;

    /// Frames of one size and format, in order. Throws Error.
    void see(const VideoFrame& frame, double time_s);
    /// After the last frame: the shots, of which the first begins at the first frame; none if there
    /// was no frame.
    std::vector<Shot> finish();

  private:
    struct Glance {
        int64_t number;
        double at_s, score;
        std::vector<float> grid;
    };
    double score_of(const VideoFrame& frame);
    void judge(size_t candidate);
    bool is_flash(size_t candidate) const;

    std::unique_ptr<libav::FilterChain> scores_;
    std::deque<Glance> glances_;  ///< the last ones
    size_t judged_ = 0;           ///< of those
    int64_t seen_ = 0;
    std::vector<Shot> shots_;
};

}  // namespace reverie
