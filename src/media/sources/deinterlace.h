// Whole pictures of interlaced ones: each frame's first field is kept, and libavfilter's bwdif
// fills in the lines between from it and the fields around. As many frames come out as go in, with
// their times; those that are not interlaced come out as they went in.
#pragma once

#include <deque>
#include <memory>

#include "src/media/libav.h"

struct AVFilterContext;
struct AVFilterGraph;

namespace reverie::libav {

/// Thread-safety: used by one thread at a time.
class Deinterlacer {
  public:
    Deinterlacer();
    ~Deinterlacer();
    Deinterlacer(const Deinterlacer&) = delete;
    Deinterlacer& operator=(const Deinterlacer&) = delete;

    /// Of `stream`, whose declared field order counts where its decoder does not mark frames.
    void set_stream(const AVStream& stream) { stream_ = &stream; }
    /// In order of pts. From the first interlaced frame on, each waits for the one after it.
    void push(FramePtr frame);
    /// After the last push(): what waits comes out.
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
    void close();

    struct FreeGraph {
        void operator()(AVFilterGraph* graph) const;
    };

    const AVStream* stream_ = nullptr;
    std::unique_ptr<AVFilterGraph, FreeGraph> graph_;
    AVFilterContext* in_ = nullptr;
    AVFilterContext* out_ = nullptr;
    int width_ = 0, height_ = 0, format_ = -1;
    bool used_ = false;
    std::deque<FramePtr> ready_;
};

}  // namespace reverie::libav
