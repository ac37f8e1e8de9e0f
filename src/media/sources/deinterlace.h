// Makes whole pictures of interlaced ones: each frame's first field is kept, and libavfilter's
// bwdif interpolates the lines between from it and from the fields before and after. As many frames
// come out as go in, with the same times; frames that are not interlaced stay unchanged.
#pragma once

#include <deque>
#include <memory>

#include "src/media/frames/filter_chain.h"
#include "src/media/libav.h"

namespace reverie::libav {

/// Thread-safety: used by one thread at a time.
class Deinterlacer {
  public:
    /// Sets the stream; its declared field order counts if its decoder does not mark frames.
    void set_stream(const AVStream& stream) { stream_ = &stream; }
    /// Adds a frame, in order of pts. From the first interlaced frame on, each is held back until
    /// the next one comes.
    void push(FramePtr frame);
    /// After the last push(): releases the frame that is held back.
    void finish();
    /// The next frame, or null if push() or finish() must come first.
    FramePtr pop();
    /// Has any frame been interlaced?
    bool used() const { return used_; }

  private:
    bool mark(AVFrame& frame) const;
    bool fits(const AVFrame& frame) const;
    void open(const AVFrame& frame);
    void receive();

    const AVStream* stream_ = nullptr;
    std::unique_ptr<FilterChain> bwdif_;  ///< from the first interlaced frame on
    int width_ = 0, height_ = 0, format_ = -1;
    bool used_ = false;
    std::deque<FramePtr> ready_;
};

}  // namespace reverie::libav
