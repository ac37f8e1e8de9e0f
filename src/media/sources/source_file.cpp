// Decoding by libav: exact timestamps, accurate seeking, upright frames, corrupted packets skipped.
#include "src/media/sources/source_file.h"

extern "C" {
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/parseutils.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "src/media/sources/foreign_formats.h"
#include "src/media/sources/frame_colors.h"
#include "src/media/sources/input.h"
#include "src/media/sources/orient.h"
#include "src/media/sources/picture_facts.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using namespace libav;  // NOLINT(google-build-using-namespace): this file is their seam

ColorTags tags_of(const AVFrame& frame) {
    return {frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range,
            frame.chroma_location};
}

class FileSource : public Source {
  public:
    FileSource(const std::string& path, const SourceOptions& options, const FileReading& reading)
        : path_(path), options_(options), reading_(reading) {
        open();
        start_ticks_ = to_ticks(options.start_s, time_base_);
        end_ticks_ = options.duration_s > 0
                         ? to_ticks(options.start_s + options.duration_s, time_base_)
                         : INT64_MAX;
        first_ = start_ticks_ > 0 ? seek() : decode();
        if (!first_) fail_without_frames();
        describe_stream();
        held_ = convert(*first_);
        first_.reset();
    }

    const SourceInfo& info() const override { return info_; }
    SourceErrors errors() const override {
        SourceErrors errors = errors_;
        errors.transparent_frames = colors_->unannounced_transparent();
        return errors;
    }

    std::optional<VideoFrame> next() override {
        if (held_) return std::exchange(held_, std::nullopt);
        if (finished_) return std::nullopt;
        const FramePtr frame = decode();
        if (!frame || frame->pts >= end_ticks_) {
            finished_ = true;
            return std::nullopt;
        }
        return convert(*frame);
    }

  private:
    void open();
    void open_decoder();
    [[noreturn]] void fail_without_frames();
    FramePtr seek();
    FramePtr decode();
    FramePtr decode_from(int64_t target_ticks);
    bool feed();
    void note(int64_t& counter, int status);
    void stamp(AVFrame& frame);
    void note_damage(const AVFrame& frame);
    void note_truncation();
    void describe_stream();
    void describe_length();
    void find_orientation(const AVFrame& frame);
    void find_colors(const AVFrame& frame);
    void note(const std::string& words) { info_.notes.push_back(path_ + ": " + words); }
    VideoFrame convert(AVFrame& frame);
    const AVFrame& known_format(AVFrame& frame);

    std::string path_;
    SourceOptions options_;
    FileReading reading_;
    SourceInfo info_;
    SourceErrors errors_;
    std::unique_ptr<Input> input_;
    AVStream* stream_ = nullptr;
    DecoderLog decoder_log_;
    CodecPtr decoder_;
    PacketPtr packet_ = make_packet_ptr();
    AVRational time_base_{1, 1};
    int64_t origin_ticks_ = 0;  ///< of the file's clock
    int64_t start_ticks_ = 0;   ///< of what is wanted, after the origin
    int64_t end_ticks_ = INT64_MAX;
    int64_t last_pts_ = AV_NOPTS_VALUE;
    int64_t nominal_ticks_ = 1;  ///< one frame at the nominal rate
    FramePtr first_;
    std::optional<VideoFrame> held_;
    bool draining_ = false;
    bool finished_ = false;
    int stored_width_ = 0, stored_height_ = 0;
    AVPixelFormat stored_format_ = AV_PIX_FMT_NONE;  ///< of frames as they are given on
    ScalerPtr scaler_;
    FramePtr scaled_;
    Orientation orientation_;
    std::optional<FrameColors> colors_;  ///< there from the first frame on
};

void FileSource::open() {
    input_ = std::make_unique<Input>(path_, reading_.transport, options_.stop, options_.silence_s);
    const AVCodec* codec = nullptr;
    const int index = av_find_best_stream(input_->get(), AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    const bool cover =
        index >= 0 && ((*input_)->streams[index]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (index == AVERROR_DECODER_NOT_FOUND) {
        throw Error("cannot read '" + path_ + "': libav has no decoder for its video");
    }
    require(index >= 0 && !cover, "cannot read '" + path_ + "': there is no video in it" +
                                      ((*input_)->nb_streams > 0 ? " (only sound or data)" : ""));
    for (unsigned i = 0; i < (*input_)->nb_streams; ++i) {
        AVStream* stream = (*input_)->streams[i];
        if (static_cast<int>(i) == index) continue;
        stream->discard = AVDISCARD_ALL;
        const AVMediaType type = stream->codecpar->codec_type;
        info_.has_streams_to_copy |= type == AVMEDIA_TYPE_AUDIO || type == AVMEDIA_TYPE_SUBTITLE;
    }
    info_.has_streams_to_copy |= (*input_)->nb_chapters > 0;
    info_.has_streams_to_copy &= reading_.streams_to_copy && !input_->is_picture();
    stream_ = (*input_)->streams[index];
    time_base_ = stream_->time_base;
    origin_ticks_ = to_ticks(input_->origin_s(), time_base_);
    const AVRational rate = av_guess_frame_rate(input_->get(), stream_, nullptr);
    if (rate.num > 0 && rate.den > 0) {
        nominal_ticks_ = std::max<int64_t>(1, av_rescale_q(1, av_inv_q(rate), time_base_));
    }
    info_.codec = codec->name;
    open_decoder();
}

void FileSource::open_decoder() {
    const AVCodec* codec = avcodec_find_decoder(stream_->codecpar->codec_id);
    // libav's own decoder of VP9 and VP8 knows no alpha.
    const AVDictionaryEntry* alpha = av_dict_get(stream_->metadata, "alpha_mode", nullptr, 0);
    if (alpha != nullptr && std::strcmp(alpha->value, "1") == 0) {
        const bool vp9 = stream_->codecpar->codec_id == AV_CODEC_ID_VP9;
        const AVCodec* knowing = avcodec_find_decoder_by_name(vp9 ? "libvpx-vp9" : "libvpx");
        if (knowing != nullptr && knowing->id == stream_->codecpar->codec_id) codec = knowing;
    }
    decoder_.reset(avcodec_alloc_context3(codec));
    require(decoder_ != nullptr, "out of memory for a decoder");
    int status = avcodec_parameters_to_context(decoder_.get(), stream_->codecpar);
    decoder_->pkt_timebase = time_base_;
    decoder_log_.listen_to(*decoder_);
    decoder_->thread_count = input_->is_picture() ? 1 : 2;
    if (status >= 0) status = avcodec_open2(decoder_.get(), codec, nullptr);
    if (status < 0) throw Error("cannot decode '" + path_ + "': " + explain(status));
    draining_ = false;
    last_pts_ = AV_NOPTS_VALUE;
}

void FileSource::fail_without_frames() {
    const bool late = options_.start_s > 0 && errors_.corrupted_packets == 0;
    if (late) {
        char start_s[32];
        std::snprintf(start_s, sizeof start_s, "%g", options_.start_s);
        throw Error("'" + path_ + "' ends before " + start_s + " s; try an earlier --start");
    }
    const bool file = reading_.transport == Transport::file;
    if (const std::string foreign = file ? foreign_format(path_) : ""; !foreign.empty())
        throw Error("cannot read '" + path_ + "': " + foreign);
    throw Error("cannot decode '" + path_ + "': not one frame is whole" +
                (errors_.first.empty() ? "" : " (" + errors_.first + ")"));
}

void FileSource::note(int64_t& counter, int status) {
    ++counter;
    const std::string words = explain(status);
    decoder_log_.take();
    if (errors_.first.empty()) errors_.first = words;
}

/// Gives the decoder one more packet. False at the end of the input.
bool FileSource::feed() {
    int failures = 0;
    for (;;) {
        input_->heard();
        const int status = av_read_frame(input_->get(), packet_.get());
        if (input_->stopped()) throw Interrupted("interrupted while '" + path_ + "' was read");
        if (status < 0 && input_->silent()) throw Error("nothing comes from '" + path_ + "'");
        if (status == AVERROR_EOF) return false;
        if (status == AVERROR_INVALIDDATA && ++failures < 1000) {
            note(errors_.corrupted_packets, status);
            continue;
        }
        if (status == AVERROR_INVALIDDATA) return false;
        if (status < 0) {
            throw Error("'" + path_ + "' vanished while it was read: " + error_text(status));
        }
        const bool ours = packet_->stream_index == stream_->index;
        const bool marked = ours && (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
        int sent = 0;
        if (ours) sent = avcodec_send_packet(decoder_.get(), packet_.get());
        av_packet_unref(packet_.get());
        if (marked || (sent < 0 && sent != AVERROR(EAGAIN))) {
            note(errors_.corrupted_packets, sent < 0 ? sent : AVERROR_INVALIDDATA);
        }
        if (ours) return true;
    }
}

/// The next frame with its pts and duration set (pts after the origin), or none at the end.
FramePtr FileSource::decode() {
    FramePtr frame = make_frame_ptr();
    for (;;) {
        const int status = avcodec_receive_frame(decoder_.get(), frame.get());
        if (status >= 0) {
            stamp(*frame);
            note_damage(*frame);
            return frame;
        }
        if (status == AVERROR_EOF) {
            note_truncation();
            return nullptr;
        }
        if (status != AVERROR(EAGAIN)) {
            note(errors_.corrupted_packets, status);
            if (draining_) return nullptr;
            continue;
        }
        if (draining_) return nullptr;
        if (!feed()) {
            draining_ = true;
            avcodec_send_packet(decoder_.get(), nullptr);
        }
    }
}

/// Some decoders mark a frame that they had to patch, others only speak of it.
void FileSource::note_damage(const AVFrame& frame) {
    const bool marked = frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0;
    const std::string said = decoder_log_.take();
    if (!marked && said.empty()) return;
    ++errors_.damaged_frames;
    if (errors_.first.empty()) errors_.first = said.empty() ? "a damaged frame" : said;
}

/// The stream's length in its own ticks as the file's index or Matroska's tag has it; 0: unknown.
int64_t promised_length(const AVStream& stream) {
    if (stream.nb_frames > 0 && stream.duration > 0) return stream.duration;
    const AVDictionaryEntry* tag = av_dict_get(stream.metadata, "DURATION", nullptr, 0);
    int64_t us = 0;
    if (tag == nullptr || av_parse_time(&us, tag->value, 1) < 0) return 0;
    return av_rescale_q(us, AV_TIME_BASE_Q, stream.time_base);
}

/// A file that promises more than came. Two frames are allowed for: clips are cut within them.
void FileSource::note_truncation() {
    const int64_t length = promised_length(*stream_);
    if (length <= 0 || last_pts_ == AV_NOPTS_VALUE) return;
    const int64_t start = stream_->start_time == AV_NOPTS_VALUE ? 0 : stream_->start_time;
    const int64_t promised = start - origin_ticks_ + length;
    errors_.truncated = last_pts_ + 3 * nominal_ticks_ < promised;
}

/// Gives every frame a pts after the last one's and a duration.
void FileSource::stamp(AVFrame& frame) {
    int64_t pts = frame.best_effort_timestamp;
    const bool known = pts != AV_NOPTS_VALUE;
    if (known) pts -= origin_ticks_;
    if (!known) pts = last_pts_ == AV_NOPTS_VALUE ? 0 : last_pts_ + nominal_ticks_;
    if (last_pts_ != AV_NOPTS_VALUE && pts <= last_pts_) pts = last_pts_ + 1;
    frame.pts = last_pts_ = pts;
    if (frame.pkt_duration <= 0) frame.pkt_duration = nominal_ticks_;
}

FramePtr FileSource::decode_from(int64_t target_ticks) {
    for (FramePtr frame = decode(); frame != nullptr; frame = decode()) {
        if (frame->pts >= target_ticks) return frame;
    }
    return nullptr;
}

/// The first frame at or after the start: to a key frame before it, then decoding. Where a format
/// lands too late, farther back and at last from the beginning.
FramePtr FileSource::seek() {
    if (reading_.transport == Transport::pipe) return decode_from(start_ticks_);
    for (const double back_s : {0.0, 5.0, 30.0}) {
        const int64_t target = start_ticks_ + origin_ticks_ - to_ticks(back_s, time_base_);
        if (target <= origin_ticks_ ||
            avformat_seek_file(input_->get(), stream_->index, INT64_MIN, target, target, 0) < 0) {
            break;
        }
        avcodec_flush_buffers(decoder_.get());
        draining_ = false;
        last_pts_ = AV_NOPTS_VALUE;
        FramePtr frame = decode();
        if (frame != nullptr && frame->pts <= start_ticks_) {
            return frame->pts == start_ticks_ ? std::move(frame) : decode_from(start_ticks_);
        }
    }
    if (last_pts_ != AV_NOPTS_VALUE) open();
    errors_ = {};
    return decode_from(start_ticks_);
}

void FileSource::find_orientation(const AVFrame& frame) {
    const uint8_t* matrix = av_stream_get_side_data(stream_, AV_PKT_DATA_DISPLAYMATRIX, nullptr);
    if (const AVFrameSideData* data = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX)) {
        matrix = data->data;
    }
    if (matrix != nullptr) {
        int32_t numbers[9];
        std::memcpy(numbers, matrix, sizeof numbers);
        orientation_ = orientation_of(numbers);
        info_.rotation_deg = rotation_of(numbers);
    } else if (const AVDictionaryEntry* exif =
                   av_dict_get(frame.metadata, "Orientation", nullptr, 0)) {
        orientation_ = orientation_of_exif(std::atoi(exif->value));
    } else if (input_->is_picture()) {
        orientation_ = orientation_of_exif(read_picture_facts(path_).exif_orientation);
    }
}

void FileSource::find_colors(const AVFrame& frame) {
    info_.tags = tags_of(frame);
    try {
        colors_.emplace(frame, info_.tags, options_.background);
    } catch (const UsageError&) {
        throw;
    } catch (const Error& error) {
        throw Error("cannot read '" + path_ + "': " + error.what());
    }
    for (const std::string& words : colors_->notes()) note(words);
    stored_format_ = colors_->stored();
}

void FileSource::describe_stream() {
    const AVFrame& frame = *first_;
    stored_width_ = frame.width;
    stored_height_ = frame.height;
    find_colors(frame);
    find_orientation(frame);
    info_.name = path_;
    info_.pixel_format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
    info_.format = oriented_format(colors_->format(), frame.width, frame.height, orientation_);
    info_.width = orientation_.transpose ? frame.height : frame.width;
    info_.height = orientation_.transpose ? frame.width : frame.height;
    const AVRational aspect = av_guess_sample_aspect_ratio(input_->get(), stream_, first_.get());
    if (aspect.num > 0 && aspect.den > 0) {
        info_.sample_aspect = libav::from_av(orientation_.transpose ? av_inv_q(aspect) : aspect);
    }
    info_.time_base = libav::from_av(time_base_);
    info_.still = input_->is_picture();
    const int pages = info_.still ? read_picture_facts(path_).pages : 1;
    if (pages > 1) note(std::to_string(pages) + " pages; only the first one is read");
    describe_length();
}

void FileSource::describe_length() {
    if (info_.still) {
        info_.frame_count = 1;
        return;
    }
    info_.frame_rate = libav::from_av(av_guess_frame_rate(input_->get(), stream_, nullptr));
    double whole_s = 0;
    if (stream_->duration > 0) {
        whole_s = static_cast<double>(stream_->duration) * av_q2d(time_base_);
    } else if ((*input_)->duration > 0) {
        whole_s = static_cast<double>((*input_)->duration) / AV_TIME_BASE;
    }
    if (whole_s <= 0) return;
    info_.duration_s = std::max(0.0, whole_s - options_.start_s);
    if (options_.duration_s > 0) info_.duration_s = std::min(info_.duration_s, options_.duration_s);
    double rate = info_.frame_rate.value();
    if (stream_->nb_frames > 0) rate = static_cast<double>(stream_->nb_frames) / whole_s;
    info_.frame_count = static_cast<int64_t>(std::ceil(info_.duration_s * rate - 0.01));
}

/// The frame itself, or where its format or size is another than the first one's, a conversion by
/// swscale. Palettes, other byte orders and the like are converted without loss.
const AVFrame& FileSource::known_format(AVFrame& frame) {
    if (frame.format == stored_format_ && frame.width == stored_width_ &&
        frame.height == stored_height_) {
        return frame;
    }
    const auto from = static_cast<AVPixelFormat>(frame.format);
    scaler_.reset(sws_getCachedContext(scaler_.release(), frame.width, frame.height, from,
                                       stored_width_, stored_height_, stored_format_,
                                       SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nullptr,
                                       nullptr, nullptr));
    scaled_ = make_frame_ptr();
    scaled_->format = stored_format_;
    scaled_->width = stored_width_;
    scaled_->height = stored_height_;
    int status = scaler_ != nullptr ? av_frame_get_buffer(scaled_.get(), 0) : AVERROR(ENOSYS);
    if (status >= 0) {
        status = sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height,
                           scaled_->data, scaled_->linesize);
    }
    if (status < 0) {
        throw Error("cannot convert a frame of '" + path_ + "' from " + av_get_pix_fmt_name(from) +
                    ": " + explain(status));
    }
    return *scaled_;
}

VideoFrame FileSource::convert(AVFrame& decoded) {
    colors_->begin(decoded);
    const AVFrame& frame = known_format(decoded);
    AVFrame* kept = av_frame_clone(&frame);
    require(kept != nullptr, "out of memory for a video frame");
    colors_->lay_over(*kept);
    VideoFrame out;
    out.owner = std::shared_ptr<void>(kept, [](void* p) { Free()(static_cast<AVFrame*>(p)); });
    out.planes.format = colors_->stored_pixels();
    out.planes.width = stored_width_;
    out.planes.height = stored_height_;
    for (int p = 0; p < out.planes.format.planes; ++p) {
        out.planes.data[p] = kept->data[p];
        out.planes.stride_bytes[p] = kept->linesize[p];
    }
    out = colors_->finish(std::move(out));
    if (!orientation_.upright()) {
        VideoFrame upright = make_frame(info_.format, info_.width, info_.height);
        orient(out.planes, orientation_, upright.planes);
        out = std::move(upright);
    }
    out.pts = decoded.pts - start_ticks_;
    out.duration = decoded.pkt_duration;
    return out;
}

}  // namespace

std::unique_ptr<Source> open_file_source(const std::string& path, const SourceOptions& options,
                                         const FileReading& reading) {
    return resample_rate(std::make_unique<FileSource>(path, options, reading), options.fps);
}

}  // namespace reverie
