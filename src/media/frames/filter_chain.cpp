#include "src/media/frames/filter_chain.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cstdio>

#include "src/media/frames/pixel_formats.h"
#include "src/media/late/late_libav.h"
#include "src/util/error.h"

namespace reverie::libav {
namespace {

void check_filter(int status, const char* filter) {
    if (status < 0)
        throw Error(std::string("cannot use the filter ") + filter + ": " + explain(status));
}

AVFilterContext* add(AVFilterGraph& graph, const FilterChain::Filter& filter) {
    const LateLibav& av = late_libav();
    const AVFilter* kind = av.avfilter_get_by_name(filter.name);
    require(kind != nullptr, std::string("this build of libav has no filter ") + filter.name);
    AVFilterContext* made = av.avfilter_graph_alloc_filter(&graph, kind, filter.name);
    require(made != nullptr, "out of memory for a filter");
    for (const auto& [name, value] : filter.options)
        check_filter(av_opt_set(made, name, value.c_str(), AV_OPT_SEARCH_CHILDREN), filter.name);
    check_filter(av.avfilter_init_str(made, nullptr), filter.name);
    return made;
}

}  // namespace

void FilterChain::FreeGraph::operator()(AVFilterGraph* graph) const {
    late_libav().avfilter_graph_free(&graph);
}

FilterChain::~FilterChain() = default;

FilterChain::FilterChain(const AVFrame& first, AVRational time_base,
                         const std::vector<Filter>& filters)
    : graph_(late_libav().avfilter_graph_alloc()) {
    silence();
    const LateLibav& av = late_libav();
    require(graph_ != nullptr, "out of memory for a filter");
    graph_->nb_threads = 2;
    const auto ratio = [](AVRational r) {
        return std::to_string(r.num) + "/" + std::to_string(std::max(r.den, 1));
    };
    in_ = add(*graph_,
              {"buffer",
               {{"video_size", std::to_string(first.width) + "x" + std::to_string(first.height)},
                {"pix_fmt", std::to_string(first.format)},
                {"time_base", ratio(time_base)},
                {"sar", ratio(first.sample_aspect_ratio)}}});
    AVFilterContext* last = in_;
    for (const Filter& filter : filters) {
        AVFilterContext* next = add(*graph_, filter);
        check_filter(av.avfilter_link(last, 0, next, 0), filter.name);
        last = next;
    }
    out_ = add(*graph_, {"buffersink", {}});
    check_filter(av.avfilter_link(last, 0, out_, 0), "buffersink");
    check_filter(av.avfilter_graph_config(graph_.get(), nullptr),
                 filters.empty() ? "buffersink" : filters.front().name);
}

void FilterChain::push(AVFrame* frame) {
    check_filter(late_libav().av_buffersrc_add_frame(in_, frame), "buffer");
}

FramePtr FilterChain::pop() {
    FramePtr frame = make_frame_ptr();
    const int status = late_libav().av_buffersink_get_frame(out_, frame.get());
    if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return nullptr;
    check_filter(status, "buffersink");
    return frame;
}

AVRational FilterChain::time_base() const { return late_libav().av_buffersink_get_time_base(out_); }

FramePtr borrow_frame(const VideoFrame& frame) {
    FramePtr out = make_frame_ptr();
    const AVPixelFormat format = format_for(frame.format());
    require(format != AV_PIX_FMT_NONE, "libav has no such pixel format");
    out->format = format;
    out->width = frame.width();
    out->height = frame.height();
    out->pts = frame.pts;
    for (int p = 0; p < frame.format().planes; ++p) {
        out->data[p] = frame.planes.data[p];
        out->linesize[p] = static_cast<int>(frame.planes.stride_bytes[p]);
    }
    return out;
}

}  // namespace reverie::libav
