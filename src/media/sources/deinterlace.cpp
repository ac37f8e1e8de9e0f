#include "src/media/sources/deinterlace.h"

#include <utility>

namespace reverie::libav {
namespace {

constexpr int kLeastWidth = 3, kLeastHeight = 4;  ///< that bwdif accepts

/// Does the decoder of this codec mark each frame itself? Codecs of whole pictures (raw video,
/// FFV1, MJPEG, …) leave it to the file.
bool marks_frames(AVCodecID codec) {
    const AVCodecDescriptor* descriptor = avcodec_descriptor_get(codec);
    return descriptor == nullptr || (descriptor->props & AV_CODEC_PROP_INTRA_ONLY) == 0;
}

}  // namespace

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
    if (bwdif_ && !fits(*frame)) finish();
    if (!bwdif_ && interlaced) open(*frame);
    if (!bwdif_) {
        ready_.push_back(std::move(frame));
        return;
    }
    bwdif_->push(frame.get());
    receive();
}

void Deinterlacer::finish() {
    if (!bwdif_) return;
    bwdif_->push(nullptr);
    receive();
    bwdif_.reset();
}

FramePtr Deinterlacer::pop() {
    if (ready_.empty()) return nullptr;
    FramePtr frame = std::move(ready_.front());
    ready_.pop_front();
    return frame;
}

void Deinterlacer::open(const AVFrame& frame) {
    width_ = frame.width;
    height_ = frame.height;
    format_ = frame.format;
    const FilterChain::FilterOptions options{
        {"mode", "send_frame"}, {"parity", "auto"}, {"deint", "interlaced"}};
    bwdif_ = std::make_unique<FilterChain>(frame, stream_->time_base,
                                           std::vector<FilterChain::Filter>{{"bwdif", options}});
}

void Deinterlacer::receive() {
    while (FramePtr frame = bwdif_->pop()) {
        // bwdif's time base counts fields.
        frame->pts = av_rescale_q(frame->pts, bwdif_->time_base(), stream_->time_base);
        ready_.push_back(std::move(frame));
    }
}

}  // namespace reverie::libav
