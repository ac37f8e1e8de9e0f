#include "src/show/installation/attract.h"

#include "src/media/frames/frame_grid.h"
#include "src/media/pattern.h"

namespace reverie {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double kFramesPerS = 8;
constexpr size_t kFramesKept = static_cast<size_t>(60 * kFramesPerS);
constexpr int kRememberedWidth = 480;  // a minute is 95 MB
constexpr double kPatternS = 45;

}  // namespace

void Attract::remember(const VideoFrame& frame, Clock::time_point now) {
    const auto step = std::chrono::duration_cast<Clock::duration>(Seconds(1 / kFramesPerS));
    if (!frames_.empty() && now - remembered_ < step) return;
    // Steps of equal length, except after a pause.
    remembered_ = frames_.empty() || now - remembered_ > 2 * step ? now : remembered_ + step;
    VideoFrame small = shrink_frame(frame, kRememberedWidth);
    if (!frames_.empty() &&
        (frames_.back().width() != small.width() || frames_.back().height() != small.height()))
        frames_.clear();
    frames_.push_back(std::move(small));
    if (frames_.size() > kFramesKept) frames_.pop_front();
}

void Attract::begin(AttractMode mode, Size size) {
    end();
    if (mode == AttractMode::off) return;
    on_ = true;
    size_ = size;
    begun_ = turned_ = Clock::now();
    shown_ = -1;
    from_memory_ = mode == AttractMode::memory && !frames_.empty();
    if (from_memory_) {
        what_ = "the last minute";
    } else {
        open_pattern_of_turn();
    }
}

void Attract::open_pattern_of_turn() {
    const std::vector<std::string> names = pattern_names();
    what_ = pattern_spec(names[turn_++ % names.size()]);
    SourceOptions options;
    options.width = size_.width;
    options.height = size_.height;
    patterns_.open(what_, options);
}

void Attract::end() {
    if (on_ && !from_memory_) patterns_.close();
    on_ = false;
    what_.clear();
}

bool Attract::take(LiveFrame& out, Clock::time_point now) {
    if (!on_) return false;
    if (from_memory_) {
        const auto number = static_cast<int64_t>(Seconds(now - begun_).count() * kFramesPerS);
        if (number == shown_ || frames_.empty()) return false;
        shown_ = number;
        out.video = frames_[static_cast<size_t>(number) % frames_.size()];
        out.pts_s = Seconds(now - begun_).count();
        out.arrived = now;
        out.number = number;
        return true;
    }
    if (Seconds(now - turned_).count() > kPatternS) {
        turned_ = now;
        open_pattern_of_turn();
    }
    return patterns_.take(out);
}

}  // namespace reverie
