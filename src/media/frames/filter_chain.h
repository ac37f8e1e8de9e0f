// Filters of libavfilter, one after the other, for frames of one size and format. Internal: what
// each is for is in the files that use it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/media/libav.h"

struct AVFilterContext;
struct AVFilterGraph;

namespace reverie::libav {

/// Thread-safety: used by one thread at a time.
class FilterChain {
  public:
    /// Names and values of a filter's options, as its documentation has them; nothing is escaped.
    using FilterOptions = std::vector<std::pair<const char*, std::string>>;
    struct Filter {
        const char* name;
        FilterOptions options;
    };

    /// For frames like `first`, whose pts are in `time_base`. Throws Error with what libav says of a
    /// filter that it lacks, or that refuses its options.
    FilterChain(const AVFrame& first, AVRational time_base, const std::vector<Filter>& filters);
    ~FilterChain();
    FilterChain(const FilterChain&) = delete;
    FilterChain& operator=(const FilterChain&) = delete;

    /// Takes the frame, or keeps a reference to it. Null: the end. Throws Error.
    void push(AVFrame* frame);
    /// The next frame, in time_base(), or null where push() must come first. Throws Error.
    FramePtr pop();
    AVRational time_base() const;

  private:
    struct FreeGraph {
        void operator()(AVFilterGraph* graph) const;
    };

    std::unique_ptr<AVFilterGraph, FreeGraph> graph_;
    AVFilterContext* in_ = nullptr;
    AVFilterContext* out_ = nullptr;
};

/// A frame for libav that refers to the planes of `frame`, which must outlive it. Throws Error for a
/// format that libav does not have.
FramePtr borrow_frame(const VideoFrame& frame);

}  // namespace reverie::libav
