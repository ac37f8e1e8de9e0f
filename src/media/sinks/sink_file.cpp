// Encodes by libav into a temporary file that is renamed at the end.
#include "src/media/sinks/sink_file.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <utility>

#include "src/media/libav.h"
#include "src/media/recipe_file.h"
#include "src/media/side_data_av.h"
#include "src/media/sinks/disk_sync.h"
#include "src/media/sinks/encoders.h"
#include "src/media/sinks/packet_log.h"
#include "src/media/sinks/remux.h"
#include "src/media/sinks/sound_encoder.h"
#include "src/media/sinks/stream_copy.h"
#include "src/media/sources/input.h"
#include "src/util/error.h"
#include "src/util/output_file.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;
using namespace libav;  // NOLINT(google-build-using-namespace): this file wraps libav

std::string ending_of(const std::string& path) {
    std::string ending = fs::path(path).extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ending;
}

/// Is a first picture in this file, whole? What a failed write left may be a header alone.
bool holds_picture(const std::string& path) {
    try {
        const Input input(path, Transport::file, nullptr);
        const PacketPtr packet = make_packet_ptr();
        while (av_read_frame(input.get(), packet.get()) >= 0) {
            const int of_a_whole_one = packet->flags & (AV_PKT_FLAG_KEY | AV_PKT_FLAG_CORRUPT);
            const bool found = packet->stream_index == 0 && of_a_whole_one == AV_PKT_FLAG_KEY;
            av_packet_unref(packet.get());
            if (found) return true;
        }
    } catch (const std::exception&) {
        return false;
    }
    return false;
}

class FileSink : public Sink {
  public:
    FileSink(const std::string& path, const SinkOptions& options);
    ~FileSink() override { FileSink::finish_partial(); }

    const PixelFormat& format() const override { return encoder_.format; }
    VideoFrame acquire() override { return pool_->acquire(); }
    void write(const VideoFrame& frame) override;
    void begin_segment() override;
    void write_again(int64_t pts, int64_t duration) override;
    int64_t commit() override { return log_ ? log_->commit() : 0; }
    void write_sound(std::span<const float> samples) override {
        if (sound_) sound_->write(samples);
    }
    void end_with_last_frame() override { cut_ = true; }
    void finish() override;
    bool finish_partial() noexcept override;
    std::string partial_path() const override { return exists_ ? partial_ : ""; }
    std::vector<std::string> notes() const override { return notes_; }
    std::string encoder() const override { return encoder_.context->codec->name; }

  private:
    void open_encoder_for(const SinkOptions& options);
    void open_file();
    bool is_mp4() const;
    void defragment();
    void move_into_place();
    bool take_place(int64_t pts, int64_t duration);
    void copy_streams();
    void encode(AVFrame* frame);
    void drain();
    void write_packet();
    void flush_pictures();
    void take_packets();
    void lengthen_last();
    int64_t on_grid(int64_t pts);
    void close_file();
    bool close_partial() noexcept;

    struct CloseOutput {
        void operator()(AVFormatContext* p) const {
            if (p->pb != nullptr) avio_closep(&p->pb);
            avformat_free_context(p);
        }
    };

    std::string path_, partial_;
    SinkOptions options_;
    EncoderRequest request_;
    OpenEncoder encoder_;
    bool holds_frames_ = false;  ///< the encoder does, of this segment
    bool has_picture_ = false;   ///< one was written that needs no other to be decoded
    bool drained_ = false;       ///< it takes no more: the next segment has another one
    std::unique_ptr<PacketLog> log_;
    int64_t step_ = 0;    ///< of the log: a frame, or the end of a segment
    bool again_ = false;  ///< this segment comes from the log
    int64_t last_dts_ = INT64_MIN;
    std::unique_ptr<AVFormatContext, CloseOutput> output_;
    std::unique_ptr<StreamCopy> stream_copy_;
    std::unique_ptr<SoundEncoder> sound_;
    bool cut_ = false;  ///< copied streams end with the last frame
    std::unique_ptr<FramePool> pool_;
    PacketPtr packet_ = make_packet_ptr();
    std::map<int64_t, int64_t> durations_;  ///< of the frames inside the encoder, by pts
    std::vector<std::string> notes_;
    AVRational time_base_{1, 25};
    int64_t last_pts_ = INT64_MIN, last_duration_ = 0;
    int64_t end_pts_ = 0;      ///< of the last frame
    VideoFrame last_;          ///< only if the rate is fixed
    bool fixed_rate_ = false;  ///< the container stores no timestamps: avi
    int64_t begins_at_ = -1;   ///< the byte behind which the muxer puts pictures; −1: it has none
    bool plays_ = false;       ///< the file does, as it is on disk
    std::unique_ptr<DiskSync> sync_;  ///< of a recording
    bool exists_ = false;
    bool open_ = false;
};

FileSink::FileSink(const std::string& path, const SinkOptions& options)
    : path_(path), partial_(partial_name(path)), options_(options) {
    silence();
    AVFormatContext* output = nullptr;
    const int status = avformat_alloc_output_context2(&output, nullptr, nullptr, partial_.c_str());
    if (status < 0) throw Error("cannot write '" + path + "': " + explain(status));
    output_.reset(output);
    output->flags |= AVFMT_FLAG_BITEXACT;
    // Nothing before time 0 is written unless an edit list can hide it, so libav has nothing to
    // shift.
    if (!is_mp4()) output->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
    open_encoder_for(options);
    if (options.streams != nullptr) {
        stream_copy_ =
            std::make_unique<StreamCopy>(std::exchange(options_.streams, nullptr), options.start_s,
                                         options.duration_s, output, notes_);
    }
    // In place of one that was copied: the source may be ours as well.
    if (!options.recipe.empty())
        av_dict_set(&output->metadata, recipe_tag(output->oformat->name), options.recipe.c_str(),
                    0);
    if (options.sound) sound_ = std::make_unique<SoundEncoder>(output, path);
    pool_ = std::make_unique<FramePool>(encoder_.format, options.width, options.height);
    if (!options.packet_log.empty())
        log_ = std::make_unique<PacketLog>(options.packet_log, options.resumed_bytes);
    if (options.realtime) sync_ = std::make_unique<DiskSync>();
    open_file();
}

void FileSink::open_encoder_for(const SinkOptions& options) {
    const std::string ending = ending_of(path_);
    EncoderRequest& request = request_;
    request.codec =
        options.codec.empty() ? codec_for_ending(ending, options.transparent) : options.codec;
    request.width = options.width;
    request.height = options.height;
    fixed_rate_ = ending == ".avi";
    const Rational rate = options.frame_rate.known() ? options.frame_rate : Rational{25, 1};
    request.frame_rate = to_av(rate);
    time_base_ = fixed_rate_ || !options.time_base.known() ? AVRational{rate.den, rate.num}
                                                           : to_av(options.time_base);
    request.time_base = time_base_;
    request.sample_aspect = to_av(options.sample_aspect);
    const bool alpha = options.source_format.has_alpha && keeps_alpha(ending, request.codec);
    request.source_format = alpha ? options.source_format : without_alpha(options.source_format);
    request.tags = options.tags;
    request.crf = options.crf;
    request.bits = options.bits;
    request.realtime = options.realtime;
    request.in_order = fixed_rate_;
    request.side_data = options.side_data;
    request.global_header = (output_->oformat->flags & AVFMT_GLOBALHEADER) != 0;
    // Subsampled chroma needs even sizes.
    const bool odd = options.width % 2 != 0 || options.height % 2 != 0;
    if (odd && request.source_format.matrix == ColorMatrix::rgb) {
        request.source_format =
            planar_yuv(request.source_format.bits, 0, 0, ColorMatrix::bt709, false);
        request.source_format.has_alpha = alpha;
    }
    if (odd) request.source_format.chroma_shift_x = request.source_format.chroma_shift_y = 0;
    encoder_ = open_encoder(request);
    if (options.codec.empty() && request.codec != codec_for_ending(ending)) {
        notes_.push_back(request.codec + " instead of " + codec_for_ending(ending) +
                         ", which cannot keep transparent parts; choose with --codec or "
                         "--background");
    }
    const AVCodecID codec = encoder_.context->codec_id;
    require(avformat_query_codec(output_->oformat, codec, FF_COMPLIANCE_EXPERIMENTAL) == 1,
            "cannot write " + std::string(avcodec_get_name(codec)) + " into '" + path_ +
                "': " + ending + " files cannot hold it; try .mkv");
    AVStream* stream = avformat_new_stream(output_.get(), nullptr);
    require(stream != nullptr &&
                avcodec_parameters_from_context(stream->codecpar, encoder_.context.get()) >= 0,
            "out of memory for a stream");
    stream->time_base = time_base_;
    stream->avg_frame_rate = request.frame_rate;
    stream->sample_aspect_ratio = request.sample_aspect;
    stream->disposition = AV_DISPOSITION_DEFAULT;
    set_side_data(options.side_data, *output_, *stream, notes_);
    if (codec == AV_CODEC_ID_HEVC && (ending == ".mp4" || ending == ".m4v" || ending == ".mov")) {
        stream->codecpar->codec_tag = MKTAG('h', 'v', 'c', '1');  // Apple's players accept no other
    }
}

void FileSink::open_file() {
    int status = avio_open(&output_->pb, file_url(partial_).c_str(), AVIO_FLAG_WRITE);
    if (status < 0) {
        throw Error("cannot create '" + partial_ + "': " + error_text(status) +
                    "; check the folder of the output");
    }
    exists_ = true;
    Options options;
    if (is_mp4()) {
        // Fragments of a second or more, so that the file plays even after a crash or a full disk;
        // finish() makes a plain file of it. Where there may be subtitles, they begin with a key
        // frame: libav writes wrong times of sound where the end of a subtitle begins one.
        options.set("movflags", options_.realtime ? "+delay_moov" : "+frag_keyframe+delay_moov");
        options.set(options_.realtime ? "frag_duration" : "min_frag_duration", "1000000");
    }
    if (options_.realtime) options.set("cluster_time_limit", "1000");  // Matroska alone has it
    status = avformat_write_header(output_.get(), options.get());
    if (status < 0) {
        const std::string why = explain(status);
        std::remove(partial_.c_str());
        exists_ = false;
        throw Error("cannot write '" + path_ + "': " + why);
    }
    open_ = true;
}

/// pts in the encoder's time base.
int64_t FileSink::on_grid(int64_t pts) {
    if (!fixed_rate_ || !options_.time_base.known()) return pts;
    // Rounds to nearest, and halves down: a clip cut half a frame early begins at 0.
    const AVRational half{time_base_.num, 2 * time_base_.den};
    return av_rescale_q_rnd(pts, to_av(options_.time_base), half, AV_ROUND_UP) / 2;
}

/// Of the next frame in the output. False: two frames of a variable rate fall on one place of the
/// grid.
bool FileSink::take_place(int64_t pts, int64_t duration) {
    require(open_, "'" + path_ + "' is closed already");
    ++step_;
    const int64_t place = on_grid(pts);
    end_pts_ = place + std::max<int64_t>(1, on_grid(duration));
    if (place <= last_pts_) {
        require(fixed_rate_, "frames were written to '" + path_ + "' out of order");
        return false;
    }
    last_pts_ = place;
    last_duration_ = fixed_rate_ ? 1 : duration;
    return true;
}

void FileSink::copy_streams() {
    if (stream_copy_)
        stream_copy_->copy_until(static_cast<double>(last_pts_ + last_duration_) *
                                 av_q2d(time_base_));
}

void FileSink::write(const VideoFrame& frame) {
    require(frame.width() == options_.width && frame.height() == options_.height &&
                frame.format() == encoder_.format,
            "a frame of another size or format was written to '" + path_ + "'");
    again_ = false;
    if (!take_place(frame.pts, frame.duration)) return;
    const FramePtr wrapped = wrap_frame(frame, encoder_);
    wrapped->pts = last_pts_;
    wrapped->pkt_duration = last_duration_;
    durations_[last_pts_] = last_duration_;
    if (fixed_rate_) last_ = frame;
    encode(wrapped.get());
    copy_streams();
}

void FileSink::write_again(int64_t pts, int64_t duration) {
    again_ = true;
    if (!take_place(pts, duration)) return;
    take_packets();
    copy_streams();
}

void FileSink::begin_segment() {
    ++step_;
    if (again_)
        take_packets();
    else
        drain();
}

void FileSink::take_packets() {
    require(log_ != nullptr, "there is no log of '" + path_ + "'");
    while (log_->take(step_, *packet_)) write_packet();
}

/// What it still holds. An encoder that has had no frame is not asked: some wait for one then.
void FileSink::drain() {
    if (!holds_frames_) return;
    encode(nullptr);
    holds_frames_ = false;
    drained_ = true;
}

/// Gives the encoder a frame, or nullptr to drain it, and writes all packets that are ready.
void FileSink::encode(AVFrame* frame) {
    if (frame != nullptr && std::exchange(drained_, false)) {
        request_.codec = encoder_.context->codec->name;
        encoder_ = open_encoder(request_);
    }
    if (frame != nullptr) holds_frames_ = true;
    int status = avcodec_send_frame(encoder_.context.get(), frame);
    if (status < 0 && status != AVERROR_EOF) {
        throw Error("cannot encode '" + path_ + "': " + explain(status));
    }
    for (;;) {
        status = avcodec_receive_packet(encoder_.context.get(), packet_.get());
        if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return;
        if (status < 0) throw Error("cannot encode '" + path_ + "': " + explain(status));
        const auto duration = durations_.find(packet_->pts);
        if (duration != durations_.end()) {
            packet_->duration = duration->second;
            durations_.erase(duration);
        }
        if (log_) log_->append(step_, *packet_);
        write_packet();
    }
}

/// `packet_`, in the encoder's time base.
void FileSink::write_packet() {
    // A segment whose frames come faster than those before begins decoding earlier than they end.
    if (packet_->dts != AV_NOPTS_VALUE && packet_->dts <= last_dts_) packet_->dts = last_dts_ + 1;
    last_dts_ = packet_->dts;
    packet_->stream_index = 0;
    av_packet_rescale_ts(packet_.get(), time_base_, output_->streams[0]->time_base);
    const bool key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
    const int status = av_interleaved_write_frame(output_.get(), packet_.get());
    check_written(output_.get(), status, path_);
    has_picture_ = has_picture_ || key;
    flush_pictures();
    if (sync_ && plays_)
        sync_->wrote(partial_, static_cast<double>(last_pts_) * av_q2d(time_base_));
}

/// libav keeps 256 KB, half a minute of a quiet picture. It keeps nothing any more as soon as the
/// file gets a picture with what came before that: a header alone would not play.
void FileSink::flush_pictures() {
    // The first one may wait for sound that comes before it.
    if (plays_ || output_->streams[0]->nb_frames == 0) return;
    const int64_t written = avio_tell(output_->pb);
    if (begins_at_ < 0) begins_at_ = written;
    // Matroska and MP4 collect pictures before they write them.
    if (written == begins_at_) return;
    avio_flush(output_->pb);
    check_written(output_.get(), 0, path_);
    output_->flags |= AVFMT_FLAG_FLUSH_PACKETS;
    plays_ = true;
}

void FileSink::close_file() {
    const int status = av_write_trailer(output_.get());
    const int error = output_->pb->error;
    const int closed = avio_closep(&output_->pb);
    open_ = false;
    check_written(output_.get(), status < 0 ? status : (error < 0 ? error : closed), path_);
    plays_ = has_picture_;
}

/// A container without timestamps shows the last frame longer only if it is written again at its
/// end.
void FileSink::lengthen_last() {
    if (!fixed_rate_ || last_.owner == nullptr || end_pts_ <= last_pts_ + 1) return;
    const FramePtr again = wrap_frame(last_, encoder_);
    again->pts = last_pts_ = end_pts_ - 1;
    again->pkt_duration = 1;
    encode(again.get());
}

void FileSink::finish() {
    require(open_, "'" + path_ + "' is closed already");
    lengthen_last();
    drain();
    if (sound_) sound_->finish();
    if (stream_copy_ && cut_) stream_copy_->end_sound();
    if (stream_copy_ && !cut_) stream_copy_->finish();
    close_file();
    if (is_mp4()) defragment();
    if (sync_) sync_->finish(partial_);
    move_into_place();
    if (sync_ && !sync_->problem().empty())
        notes_.push_back("'" + path_ + "' may not be on the disk as a whole: " + sync_->problem());
}

/// If that fails (for example, without room for a second copy), the fragmented file is the output:
/// it plays too.
void FileSink::defragment() {
    const std::string plain = partial_name(partial_);
    try {
        remux(partial_, {plain, static_cast<double>(end_pts_) * av_q2d(time_base_)},
              stream_copy_ ? stream_copy_->attachments() : Attachments());
        if (sync_) sync_->finish(plain);  // before it takes the other one's place
    } catch (const Error& error) {
        notes_.push_back("'" + path_ + "' stays a fragmented MP4: " + error.what());
        return;
    }
    std::error_code failure;
    fs::rename(plain, partial_, failure);
    require(!failure, "cannot rename '" + plain + "' to '" + partial_ + "': " + failure.message());
}

void FileSink::move_into_place() {
    std::error_code failure;
    require(options_.overwrite || !fs::exists(path_, failure),
            "'" + path_ + "' has appeared meanwhile; the new file is '" + partial_ + "'");
    reverie::move_into_place(partial_, path_);
    exists_ = false;
}

bool FileSink::is_mp4() const {
    const std::string name = output_->oformat->name;
    return name == "mp4" || name == "mov" || name == "ipod";
}

bool FileSink::finish_partial() noexcept {
    const bool whole = !open_ || close_partial();
    plays_ = has_picture_ && (plays_ || holds_picture(partial_));
    if (exists_ && !plays_) {
        std::error_code failure;
        fs::remove(partial_, failure);
        exists_ = static_cast<bool>(failure);
    }
    return whole;
}

bool FileSink::close_partial() noexcept {
    log_.reset();  // it may be what has filled the disk
    bool whole = true;
    // Each step on its own: if one fails on a full disk, the others may still make the file
    // playable.
    try {
        drain();
        if (sound_) sound_->finish();
        if (stream_copy_) stream_copy_->end_sound();
    } catch (...) {
        whole = false;
    }
    try {
        close_file();
    } catch (...) {
        whole = false;
    }
    open_ = false;
    return whole;
}

}  // namespace

std::unique_ptr<Sink> open_file_sink(const std::string& path, const SinkOptions& options) {
    return std::make_unique<FileSink>(path, options);
}

}  // namespace reverie
