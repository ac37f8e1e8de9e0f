#include "src/media/sources/deinterlace.h"

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

#include <cstdio>
#include <utility>

#include "src/util/error.h"

namespace reverie::libav {
namespace {

constexpr int kLeastWidth = 3, kLeastHeight = 4;  ///< that bwdif accepts

void check_bwdif(int status, const char* what) {
    if (status < 0)
        throw Error(std::string("cannot deinterlace: ") + what + ": " + explain(status));
}

/// Does the decoder of this codec mark each frame itself? Codecs of whole pictures (raw video,
/// FFV1, MJPEG, …) leave it to the file.
bool marks_frames(AVCodecID codec) {
    const AVCodecDescriptor* descriptor = avcodec_descriptor_get(codec);
    return descriptor == nullptr || (descriptor->props & AV_CODEC_PROP_INTRA_ONLY) == 0;
}

}  // namespace

void Deinterlacer::FreeGraph::operator()(AVFilterGraph* graph) const {
    avfilter_graph_free(&graph);
}

Deinterlacer::Deinterlacer() = default;
Deinterlacer::~Deinterlacer() = default;

/// True if the frame is interlaced; it says so itself then.
bool Deinterlacer::mark(AVFrame& frame) const {
    if (frame.interlaced_frame != 0) return true;
    const AVCodecParameters& declared = *stream_->codecpar;
    if (declared.field_order <= AV_FIELD_PROGRESSIVE || marks_frames(declared.codec_id))
        return false;
    frame.interlaced_frame = 1;
    frame.top_field_first =
        declared.field_order == AV_FIELD_TT || declared.field_order == AV_FIELD_TB ? 1 : 0;
    return true;
}

bool Deinterlacer::fits(const AVFrame& frame) const {
    return frame.width == width_ && frame.height == height_ && frame.format == format_;
}

void Deinterlacer::push(FramePtr frame) {
    const bool interlaced =
        frame->width >= kLeastWidth && frame->height >= kLeastHeight && mark(*frame);
    used_ = used_ || interlaced;
    if (graph_ && !fits(*frame)) finish();
    if (!graph_ && interlaced) open(*frame);
    if (!graph_) {
        ready_.push_back(std::move(frame));
        return;
    }
    check_bwdif(av_buffersrc_add_frame(in_, frame.get()), "a frame");
    receive();
}

void Deinterlacer::finish() {
    if (!graph_) return;
    check_bwdif(av_buffersrc_add_frame(in_, nullptr), "the last frame");
    receive();
    close();
}

FramePtr Deinterlacer::pop() {
    if (ready_.empty()) return nullptr;
    FramePtr frame = std::move(ready_.front());
    ready_.pop_front();
    return frame;
}

void Deinterlacer::open(const AVFrame& frame) {
    close();
    graph_.reset(avfilter_graph_alloc());
    require(graph_ != nullptr, "out of memory for a filter");
    graph_->nb_threads = 2;
    width_ = frame.width;
    height_ = frame.height;
    format_ = frame.format;
    char source[160];
    std::snprintf(source, sizeof source, "video_size=%dx%d:pix_fmt=%d:time_base=%d/%d:sar=%d/%d",
                  width_, height_, format_, stream_->time_base.num, stream_->time_base.den,
                  frame.sample_aspect_ratio.num, std::max(frame.sample_aspect_ratio.den, 1));
    AVFilterContext* filter = nullptr;
    check_bwdif(avfilter_graph_create_filter(&in_, avfilter_get_by_name("buffer"), "in", source,
                                             nullptr, graph_.get()),
                "its input");
    check_bwdif(avfilter_graph_create_filter(&filter, avfilter_get_by_name("bwdif"), "bwdif",
                                             "mode=send_frame:parity=auto:deint=interlaced",
                                             nullptr, graph_.get()),
                "bwdif");
    check_bwdif(avfilter_graph_create_filter(&out_, avfilter_get_by_name("buffersink"), "out",
                                             nullptr, nullptr, graph_.get()),
                "its output");
    check_bwdif(avfilter_link(in_, 0, filter, 0), "its input");
    check_bwdif(avfilter_link(filter, 0, out_, 0), "its output");
    check_bwdif(avfilter_graph_config(graph_.get(), nullptr), "bwdif");
}

void Deinterlacer::receive() {
    for (;;) {
        FramePtr frame = make_frame_ptr();
        const int status = av_buffersink_get_frame(out_, frame.get());
        if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return;
        check_bwdif(status, "a frame");
        // bwdif's time base counts fields.
        frame->pts =
            av_rescale_q(frame->pts, av_buffersink_get_time_base(out_), stream_->time_base);
        ready_.push_back(std::move(frame));
    }
}

void Deinterlacer::close() {
    graph_.reset();
    in_ = out_ = nullptr;
}

}  // namespace reverie::libav
