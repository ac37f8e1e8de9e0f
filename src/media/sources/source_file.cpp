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

#include "src/media/side_data_av.h"
#include "src/media/sources/deinterlace.h"
#include "src/media/sources/demuxer.h"
#include "src/media/sources/fit_frame.h"
#include "src/media/sources/foreign_formats.h"
#include "src/media/sources/frame_colors.h"
#include "src/media/sources/orient.h"
#include "src/media/sources/picture_facts.h"
#include "src/media/sources/stream_length.h"
#include "src/media/sources/stream_orientation.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using namespace libav;  // NOLINT(google-build-using-namespace): this file wraps libav

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
        first_ = deinterlaced(start_ticks_ > 0 ? seek() : decode());
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
    std::shared_ptr<Demuxer> streams_to_copy() override {
        return info_.has_streams_to_copy ? demuxer_ : nullptr;
    }

    std::optional<VideoFrame> next() override {
        if (held_) return std::exchange(held_, std::nullopt);
        if (finished_) return std::nullopt;
        if (demuxer_.use_count() == 1) demuxer_->drop_others();
        const FramePtr frame = deinterlaced(nullptr);
        if (!frame || frame->pts >= end_ticks_) {
            finished_ = true;
            return std::nullopt;
        }
        return convert(*frame);
    }

  private:
    void open();
    void choose_stream();
    void open_decoder();
    void begin_decoding();
    [[noreturn]] void fail_without_frames();
    FramePtr seek();
    bool can_seek() const;
    FramePtr decode();
    FramePtr deinterlaced(FramePtr frame);
    FramePtr decode_from(int64_t target_ticks);
    bool feed();
    void note(int64_t& counter, int status);
    void stamp(AVFrame& frame);
    void note_damage(const AVFrame& frame);
    int64_t promised_end() const;
    void note_truncation();
    void describe_stream();
    void describe_length();
    void find_colors(const AVFrame& frame);
    void note(const std::string& words) { info_.notes.push_back(path_ + ": " + words); }
    VideoFrame convert(AVFrame& frame);

    std::string path_;
    SourceOptions options_;
    FileReading reading_;
    SourceInfo info_;
    SourceErrors errors_;
    std::shared_ptr<Demuxer> demuxer_;  ///< shared with a sink that copies its sound
    AVStream* stream_ = nullptr;
    DecoderLog decoder_log_;
    CodecPtr decoder_;
    PacketPtr packet_ = make_packet_ptr();
    AVRational time_base_{1, 1};
    int64_t start_ticks_ = 0;  ///< where the wanted part starts
    int64_t end_ticks_ = INT64_MAX;
    int64_t last_pts_ = AV_NOPTS_VALUE;
    int64_t last_duration_ = 0;
    int64_t nominal_ticks_ = 1;        ///< one frame at the nominal rate
    int64_t newest_ = AV_NOPTS_VALUE;  ///< the latest pts that went into the decoder
    int64_t fed_ = 0;                  ///< packets, if from the file's beginning; else −1
    FramePtr first_;
    std::optional<VideoFrame> held_;
    bool draining_ = false;
    bool finished_ = false;
    int stored_width_ = 0, stored_height_ = 0;
    AVPixelFormat stored_format_ = AV_PIX_FMT_NONE;  ///< of the frames that are passed on
    Deinterlacer deinterlacer_;
    FrameFitter fitter_;
    Orientation orientation_;
    std::optional<FrameColors> colors_;  ///< set by the first frame
};

void FileSource::open() {
    demuxer_ = std::make_shared<Demuxer>(
        InputRequest{path_, reading_.transport, options_.stop, options_.silence_s});
    choose_stream();
    open_decoder();
}

void FileSource::choose_stream() {
    Input& input = demuxer_->input();
    const AVCodec* codec = nullptr;
    const int index = av_find_best_stream(input.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    const bool cover =
        index >= 0 && (input->streams[index]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (index == AVERROR_DECODER_NOT_FOUND) {
        throw Error("cannot read '" + path_ + "': libav has no decoder for its video");
    }
    require(index >= 0 && !cover, "cannot read '" + path_ + "': there is no video in it" +
                                      (input->nb_streams > 0 ? " (only sound or data)" : ""));
    demuxer_->choose(index);
    info_.has_streams_to_copy =
        demuxer_->has_others() && reading_.streams_to_copy && !input.is_picture();
    stream_ = input->streams[index];
    time_base_ = stream_->time_base;
    const AVRational rate = av_guess_frame_rate(input.get(), stream_, nullptr);
    if (rate.num > 0 && rate.den > 0) {
        nominal_ticks_ = std::max<int64_t>(1, av_rescale_q(1, av_inv_q(rate), time_base_));
    }
    info_.codec = codec->name;
}

void FileSource::open_decoder() {
    const AVCodec* codec = avcodec_find_decoder(stream_->codecpar->codec_id);
    // libav's own decoder of VP9 and VP8 does not support alpha.
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
    decoder_->thread_count = demuxer_->input().is_picture() ? 1 : 2;
    if (status >= 0) status = avcodec_open2(decoder_.get(), codec, nullptr);
    if (status < 0) throw Error("cannot decode '" + path_ + "': " + explain(status));
    begin_decoding();
}

void FileSource::begin_decoding() {
    draining_ = false;
    last_pts_ = newest_ = AV_NOPTS_VALUE;
    fed_ = 0;
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
    throw Error("cannot decode '" + path_ + "': it holds no intact frame" +
                (errors_.first.empty() ? "" : " (" + errors_.first + ")"));
}

void FileSource::note(int64_t& counter, int status) {
    ++counter;
    if (options_.damaged != nullptr) ++*options_.damaged;
    const std::string words = explain(status);
    decoder_log_.take();
    if (errors_.first.empty()) errors_.first = words;
}

/// Gives the decoder one more packet. False at the end of the input.
bool FileSource::feed() {
    int failures = 0;
    for (;;) {
        const int status = demuxer_->read(packet_.get());
        const Input& input = demuxer_->input();
        if (input.stopped()) throw Interrupted("interrupted while '" + path_ + "' was read");
        if (status < 0 && input.silent()) throw Error("'" + path_ + "' sends no more data");
        if (status == AVERROR_EOF) return false;
        if (status == AVERROR_INVALIDDATA && ++failures < 1000) {
            note(errors_.corrupted_packets, status);
            continue;
        }
        if (status == AVERROR_INVALIDDATA) return false;
        if (status < 0) {
            throw Error("'" + path_ + "' vanished while it was read: " + error_text(status));
        }
        const bool marked = (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
        if (packet_->pts != AV_NOPTS_VALUE) newest_ = std::max(newest_, packet_->pts);
        if (fed_ >= 0) ++fed_;
        const int sent = avcodec_send_packet(decoder_.get(), packet_.get());
        av_packet_unref(packet_.get());
        if (marked || (sent < 0 && sent != AVERROR(EAGAIN))) {
            note(errors_.corrupted_packets, sent < 0 ? sent : AVERROR_INVALIDDATA);
        }
        return true;
    }
}

/// The next frame with its pts and duration set, or none at the end.
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

/// Some decoders mark a frame that they had to patch, others only log it.
void FileSource::note_damage(const AVFrame& frame) {
    const bool marked = frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0;
    const std::string said = decoder_log_.take();
    if (!marked && said.empty()) return;
    ++errors_.damaged_frames;
    if (options_.damaged != nullptr) ++*options_.damaged;
    if (errors_.first.empty()) errors_.first = said.empty() ? "a damaged frame" : said;
}

/// Where the stream ends according to the file's index or Matroska's tag: on the container's clock,
/// in the stream's ticks; AV_NOPTS_VALUE: not known.
int64_t end_of(const AVStream& stream) {
    const int64_t start = stream.start_time == AV_NOPTS_VALUE ? 0 : stream.start_time;
    if (stream.nb_frames > 0 && stream.duration > 0) return start + stream.duration;
    const AVDictionaryEntry* tag = av_dict_get(stream.metadata, "DURATION", nullptr, 0);
    int64_t us = 0;
    if (tag == nullptr || av_parse_time(&us, tag->value, 1) < 0) return AV_NOPTS_VALUE;
    return av_rescale_q(us, AV_TIME_BASE_Q, stream.time_base);
}

int64_t FileSource::promised_end() const {
    const int64_t end = end_of(*stream_);
    return end == AV_NOPTS_VALUE ? end : end - demuxer_->clock().origin_ticks(time_base_);
}

/// Notes if the file promises more than came, by over two frames: clips may be cut within a frame.
void FileSource::note_truncation() {
    const int64_t promised = promised_end();
    const bool all_there = stream_->nb_frames > 0 && fed_ >= stream_->nb_frames;
    if (promised == AV_NOPTS_VALUE || last_pts_ == AV_NOPTS_VALUE || all_there) return;
    errors_.truncated = last_pts_ + last_duration_ + 2 * nominal_ticks_ < promised;
}

/// Gives every frame a pts after the last one's and a duration.
void FileSource::stamp(AVFrame& frame) {
    int64_t pts = frame.best_effort_timestamp;
    const int64_t next = last_pts_ == AV_NOPTS_VALUE ? 0 : last_pts_ + nominal_ticks_;
    // A frame with only a decoding time directly follows the last one, if the two nearly agree.
    const bool told = frame.pts != AV_NOPTS_VALUE || last_pts_ == AV_NOPTS_VALUE;
    if (pts == AV_NOPTS_VALUE || (!told && std::abs(pts - next) <= 2 * nominal_ticks_)) pts = next;
    if (last_pts_ != AV_NOPTS_VALUE && pts <= last_pts_) pts = last_pts_ + 1;
    frame.pts = last_pts_ = pts;
    if (frame.pkt_duration <= 0) frame.pkt_duration = nominal_ticks_;
    // Decoding order hides how long the very last frame is shown: until the end of the index.
    const bool last = draining_ && pts == newest_ && fed_ == stream_->nb_frames && fed_ > 0;
    if (last && promised_end() != AV_NOPTS_VALUE) {
        frame.pkt_duration = std::max(frame.pkt_duration, promised_end() - pts);
    }
    last_duration_ = frame.pkt_duration;
}

/// The next deinterlaced picture, or null at the end. `frame`: decoded already, or null. Still
/// pictures have no fields.
FramePtr FileSource::deinterlaced(FramePtr frame) {
    if (options_.keep_interlaced || demuxer_->input().is_picture())
        return frame ? std::move(frame) : decode();
    deinterlacer_.set_stream(*stream_);
    for (;;) {
        if (FramePtr ready = deinterlacer_.pop()) return ready;
        if (!frame) frame = decode();
        if (!frame) {
            deinterlacer_.finish();
            return deinterlacer_.pop();
        }
        deinterlacer_.push(std::move(frame));
    }
}

FramePtr FileSource::decode_from(int64_t target_ticks) {
    for (FramePtr frame = decode(); frame != nullptr; frame = decode()) {
        if (frame->pts >= target_ticks) return frame;
    }
    return nullptr;
}

/// The first frame at or after the start. With an index, seeks to a key frame before it (farther
/// back if a format lands too late) and decodes from there. Else, or at last, reads from the start:
/// counts frames without times; with times, skips those before the last key frame.
FramePtr FileSource::seek() {
    Input& input = demuxer_->input();
    if (is_raw_stream(*input->iformat)) return decode_from(start_ticks_);
    const bool again = reading_.transport != Transport::pipe;
    if (!again || !can_seek()) {
        demuxer_->skip_to(start_ticks_);
        fed_ = -1;
        FramePtr frame = decode_from(start_ticks_);
        if (frame != nullptr || !again) return frame;
    }
    for (const double back_s : {0.0, 5.0, 30.0}) {
        // Some formats store sound after its picture, others before it.
        const double sound_s = info_.has_streams_to_copy ? 1.0 : 0.0;
        const int64_t target = start_ticks_ - to_ticks(back_s + sound_s, time_base_);
        if (!can_seek() || target <= 0 || !demuxer_->seek(target)) break;
        avcodec_flush_buffers(decoder_.get());
        begin_decoding();
        fed_ = -1;
        FramePtr frame = decode();
        if (frame != nullptr && frame->pts <= start_ticks_) {
            return frame->pts == start_ticks_ ? std::move(frame) : decode_from(start_ticks_);
        }
    }
    if (last_pts_ != AV_NOPTS_VALUE || fed_ != 0) {
        demuxer_->restart();
        choose_stream();
        open_decoder();
    }
    errors_ = {};
    return decode_from(start_ticks_);
}

/// With a clock that goes back or jumps, a time does not determine a position in the file: then the
/// file is read from its beginning, if that is quick.
bool FileSource::can_seek() const {
    constexpr int64_t kReadThroughBytes = int64_t{4} << 30;
    Input& input = demuxer_->input();
    if (!has_restless_clock(*input->iformat)) return true;
    return reading_.transport == Transport::url || avio_size(input->pb) > kReadThroughBytes;
}

void FileSource::find_colors(const AVFrame& frame) {
    info_.tags = tags_of(frame);
    try {
        colors_.emplace(frame, info_.tags,
                        TransparentParts{options_.background, options_.keep_alpha,
                                         !info_.still && means_its_alpha(decoder_->codec_id)});
    } catch (const UsageError&) {
        throw;
    } catch (const Error& error) {
        throw Error("cannot read '" + path_ + "': " + error.what());
    }
    for (const std::string& words : colors_->notes()) note(words);
    stored_format_ = colors_->stored();
    info_.transparent = colors_->transparent();
}

void FileSource::describe_stream() {
    const AVFrame& frame = *first_;
    info_.still = demuxer_->input().is_picture();
    stored_width_ = frame.width;
    stored_height_ = frame.height;
    find_colors(frame);
    const StreamOrientation found =
        orientation_of(*stream_, frame, demuxer_->input().is_picture() ? path_ : "");
    orientation_ = found.turn;
    info_.rotation_deg = found.rotation_deg;
    info_.name = path_;
    info_.pixel_format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
    info_.format = oriented_format(colors_->format(), frame.width, frame.height, orientation_);
    info_.width = orientation_.transpose ? frame.height : frame.width;
    info_.height = orientation_.transpose ? frame.width : frame.height;
    const AVRational aspect =
        av_guess_sample_aspect_ratio(demuxer_->input().get(), stream_, first_.get());
    if (aspect.num > 0 && aspect.den > 0) {
        info_.sample_aspect = libav::from_av(orientation_.transpose ? av_inv_q(aspect) : aspect);
    }
    fitter_.set_form({stored_width_, stored_height_, stored_format_, frame.sample_aspect_ratio});
    if (deinterlacer_.used()) {
        info_.notes.push_back(path_ + " is interlaced, and is deinterlaced; " +
                              "--keep-interlaced leaves it as it is");
    }
    info_.side_data = side_data_of(*stream_, frame);
    for (const std::string& lost : side_data_that_is_lost(*stream_, frame))
        info_.notes.push_back(path_ + ": " + lost);
    info_.time_base = libav::from_av(time_base_);
    const int pages = info_.still ? read_picture_facts(path_).pages : 1;
    if (pages > 1) note(std::to_string(pages) + " pages; only the first one is read");
    describe_length();
}

void FileSource::describe_length() {
    if (info_.still) {
        info_.frame_count = 1;
        return;
    }
    const AVFormatContext& input = *demuxer_->input().get();
    info_.frame_rate =
        libav::from_av(av_guess_frame_rate(demuxer_->input().get(), stream_, nullptr));
    double whole_s = 0;
    if (options_.exact_length && reading_.transport == Transport::file) {
        const InputRequest request{path_, reading_.transport, options_.stop};
        whole_s = measure_guessed_length_s(
            request, *demuxer_, static_cast<double>(nominal_ticks_) * av_q2d(time_base_));
    }
    if (whole_s > 0) {
        info_.duration_s = whole_s;
    } else if (stream_->duration > 0) {
        whole_s = static_cast<double>(stream_->duration) * av_q2d(time_base_);
    } else if (input.duration > 0) {
        whole_s = static_cast<double>(input.duration) / AV_TIME_BASE;
        // The length of a Matroska or FLV file is a time on its clock, wherever that begins.
        const double origin_s = demuxer_->clock().origin_s();
        if (input.duration_estimation_method == AVFMT_DURATION_FROM_STREAM && whole_s > origin_s)
            whole_s -= origin_s;
    }
    if (whole_s <= 0) return;
    info_.duration_s = std::max(0.0, whole_s - options_.start_s);
    if (options_.duration_s > 0) info_.duration_s = std::min(info_.duration_s, options_.duration_s);
    double rate = info_.frame_rate.value();
    if (stream_->nb_frames > 0) rate = static_cast<double>(stream_->nb_frames) / whole_s;
    info_.frame_count = static_cast<int64_t>(std::ceil(info_.duration_s * rate - 0.01));
}

VideoFrame FileSource::convert(AVFrame& decoded) {
    if (fitter_.differs(decoded)) ++errors_.resized_frames;
    colors_->begin(decoded);
    const AVFrame& frame = fitter_.fit(decoded);
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
