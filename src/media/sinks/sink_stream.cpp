// Live outputs that are no files: a stream to a URL (H.264 in FLV for RTMP, in MPEG-TS for all
// others), and a virtual camera that other programs see as a webcam.
extern "C" {
#include <libavutil/imgutils.h>
}

#include <chrono>
#include <cstring>
#include <utility>

#include "src/media/frames/pixel_formats.h"
#include "src/media/libav.h"
#include "src/media/sink_kind.h"
#include "src/media/sinks/encoders.h"
#include "src/media/sinks/sink_file.h"
#include "src/media/sinks/sound_encoder.h"
#include "src/media/sinks/stream_copy.h"
#include "src/media/sources/cameras.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using namespace libav;  // NOLINT(google-build-using-namespace): this file wraps libav
using Clock = std::chrono::steady_clock;

constexpr auto kLongestWrite = std::chrono::seconds(5);

AVRational time_base_of(const SinkOptions& options) {
    return options.time_base.known() ? to_av(options.time_base) : AVRational{1, 90000};
}

Rational rate_of(const SinkOptions& options) {
    return options.frame_rate.known() ? options.frame_rate : Rational{25, 1};
}

class StreamSink : public Sink {
  public:
    StreamSink(const std::string& url, const SinkOptions& options);
    ~StreamSink() override { StreamSink::finish_partial(); }

    const PixelFormat& format() const override { return encoder_.format; }
    VideoFrame acquire() override { return pool_->acquire(); }
    void write(const VideoFrame& frame) override;
    void write_sound(std::span<const float> samples) override {
        begin_waiting();
        if (sound_) sound_->write(samples);
    }
    void finish() override;
    bool finish_partial() noexcept override;
    std::string encoder() const override { return encoder_.context->codec->name; }

  private:
    void open_encoder_for(const SinkOptions& options);
    void connect();
    void encode(AVFrame* frame);
    void begin_waiting() { give_up_ = Clock::now() + kLongestWrite; }
    static int is_late(void* sink) {
        return Clock::now() > static_cast<StreamSink*>(sink)->give_up_ ? 1 : 0;
    }

    struct CloseOutput {
        void operator()(AVFormatContext* p) const {
            if (p->pb != nullptr) avio_closep(&p->pb);
            avformat_free_context(p);
        }
    };

    std::string url_;
    SinkOptions options_;
    OpenEncoder encoder_;
    std::unique_ptr<FramePool> pool_;
    std::unique_ptr<AVFormatContext, CloseOutput> output_;
    std::unique_ptr<SoundEncoder> sound_;
    PacketPtr packet_ = make_packet_ptr();
    AVRational time_base_;
    Clock::time_point give_up_;
    int64_t last_pts_ = INT64_MIN;
    bool open_ = false;
};

StreamSink::StreamSink(const std::string& url, const SinkOptions& options)
    : url_(url), options_(options), time_base_(time_base_of(options)) {
    silence();
    const char* container = url.rfind("rtmp", 0) == 0 ? "flv" : "mpegts";
    AVFormatContext* output = nullptr;
    const int status = avformat_alloc_output_context2(&output, nullptr, container, url.c_str());
    if (status < 0) throw Error("cannot stream to '" + url + "': " + explain(status));
    output_.reset(output);
    output->interrupt_callback = {is_late, this};
    open_encoder_for(options);
    if (options.sound) sound_ = std::make_unique<SoundEncoder>(output, url);
    pool_ = std::make_unique<FramePool>(encoder_.format, options.width, options.height);
    connect();
}

void StreamSink::open_encoder_for(const SinkOptions& options) {
    EncoderRequest request;
    request.codec = options.codec.empty() ? "h264" : options.codec;
    request.width = options.width;
    request.height = options.height;
    request.time_base = time_base_;
    request.frame_rate = to_av(rate_of(options));
    request.sample_aspect = to_av(options.sample_aspect);
    // The format that every player and service accepts.
    const bool even = options.width % 2 == 0 && options.height % 2 == 0;
    request.source_format = planar_yuv(8, even ? 1 : 0, even ? 1 : 0, ColorMatrix::bt709, false);
    request.tags = options.tags;
    request.crf = options.crf >= 0 ? options.crf : 23;
    request.bits = 8;
    request.global_header = (output_->oformat->flags & AVFMT_GLOBALHEADER) != 0;
    request.realtime = request.low_latency = true;
    encoder_ = open_encoder(request);
    AVStream* stream = avformat_new_stream(output_.get(), nullptr);
    require(stream != nullptr &&
                avcodec_parameters_from_context(stream->codecpar, encoder_.context.get()) >= 0,
            "out of memory for a stream");
    stream->time_base = time_base_;
    stream->avg_frame_rate = request.frame_rate;
}

void StreamSink::connect() {
    begin_waiting();
    clear_message();
    int status = avio_open2(&output_->pb, url_.c_str(), AVIO_FLAG_WRITE,
                            &output_->interrupt_callback, nullptr);
    if (status >= 0) {
        output_->flags |= AVFMT_FLAG_FLUSH_PACKETS;
        status = avformat_write_header(output_.get(), nullptr);
    }
    if (status < 0) {
        throw Error("cannot stream to '" + url_ + "': " + explain(status) +
                    "; check the address, and that somebody listens there");
    }
    open_ = true;
}

void StreamSink::write(const VideoFrame& frame) {
    require(open_, "the stream to '" + url_ + "' is closed already");
    require(frame.width() == options_.width && frame.height() == options_.height &&
                frame.format() == encoder_.format,
            "a frame of another size or format was streamed to '" + url_ + "'");
    if (frame.pts <= last_pts_) return;
    last_pts_ = frame.pts;
    const FramePtr wrapped = wrap_frame(frame, encoder_);
    wrapped->pts = frame.pts;
    encode(wrapped.get());
}

void StreamSink::encode(AVFrame* frame) {
    int status = avcodec_send_frame(encoder_.context.get(), frame);
    if (status < 0 && status != AVERROR_EOF) {
        throw Error("cannot encode for '" + url_ + "': " + explain(status));
    }
    for (;;) {
        status = avcodec_receive_packet(encoder_.context.get(), packet_.get());
        if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return;
        if (status < 0) throw Error("cannot encode for '" + url_ + "': " + explain(status));
        packet_->stream_index = 0;
        av_packet_rescale_ts(packet_.get(), time_base_, output_->streams[0]->time_base);
        begin_waiting();
        // Without sound there is nothing to interleave, so no packet needs to be held back.
        const int written = sound_ ? av_interleaved_write_frame(output_.get(), packet_.get())
                                   : av_write_frame(output_.get(), packet_.get());
        check_written(output_.get(), written, url_);
        av_packet_unref(packet_.get());
    }
}

void StreamSink::finish() {
    require(open_, "the stream to '" + url_ + "' is closed already");
    encode(nullptr);
    if (sound_) sound_->finish();
    open_ = false;
    begin_waiting();
    check_written(output_.get(), av_write_trailer(output_.get()), url_);
}

bool StreamSink::finish_partial() noexcept {
    if (!std::exchange(open_, false)) return true;
    begin_waiting();
    return av_write_trailer(output_.get()) >= 0;
}

/// Raw pictures for a v4l2loopback device. It has no times: each picture is shown until the next.
class VirtualCameraSink : public Sink {
  public:
    VirtualCameraSink(const std::string& device, const SinkOptions& options);
    ~VirtualCameraSink() override { VirtualCameraSink::finish_partial(); }

    const PixelFormat& format() const override { return format_; }
    VideoFrame acquire() override { return pool_->acquire(); }
    void write(const VideoFrame& frame) override;
    void finish() override { finish_partial(); }
    bool finish_partial() noexcept override {
        return !std::exchange(open_, false) || av_write_trailer(output_.get()) >= 0;
    }

  private:
    struct FreeOutput {
        void operator()(AVFormatContext* p) const { avformat_free_context(p); }
    };

    std::string device_;
    SinkOptions options_;
    AVPixelFormat av_format_;
    PixelFormat format_;
    std::unique_ptr<FramePool> pool_;
    std::unique_ptr<AVFormatContext, FreeOutput> output_;
    PacketPtr packet_ = make_packet_ptr();
    bool open_ = false;
};

AVPixelFormat camera_format(const std::string& device, const SinkOptions& options) {
    if (options.codec.empty() || options.codec == "yuyv422") return AV_PIX_FMT_YUYV422;
    if (options.codec == "yuv420p") return AV_PIX_FMT_YUV420P;
    throw UsageError("a virtual camera takes yuyv422 or yuv420p, not '" + options.codec + "' ('" +
                     device + "')");
}

VirtualCameraSink::VirtualCameraSink(const std::string& device, const SinkOptions& options)
    : device_(device), options_(options), av_format_(camera_format(device, options)) {
    silence();
    register_devices();
    require(options.width % 2 == 0 && options.height % 2 == 0,
            "a virtual camera needs an even width and height");
    // As cameras do: BT.601, limited.
    const ColorTags tags{2, 2, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG, 0};
    format_ = describe(av_format_, tags, options.width, options.height).value();
    pool_ = std::make_unique<FramePool>(format_, options.width, options.height);
    AVFormatContext* output = nullptr;
    int status = avformat_alloc_output_context2(&output, nullptr, "v4l2", device.c_str());
    if (status < 0) throw Error("cannot open the virtual camera: " + explain(status));
    output_.reset(output);
    AVStream* stream = avformat_new_stream(output, nullptr);
    require(stream != nullptr, "out of memory for a stream");
    stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    stream->codecpar->codec_id = AV_CODEC_ID_RAWVIDEO;
    stream->codecpar->format = av_format_;
    stream->codecpar->width = options.width;
    stream->codecpar->height = options.height;
    stream->avg_frame_rate = to_av(rate_of(options));
    clear_message();
    status = avformat_write_header(output, nullptr);
    if (status < 0) {
        constexpr const char* kMakeOne =
            "; make one: sudo apt-get install v4l2loopback-dkms && sudo modprobe v4l2loopback "
            "video_nr=10 exclusive_caps=1 card_label=Reverie, then it is /dev/video10";
        const bool missing = status == AVERROR(ENOENT) || status == AVERROR(ENODEV);
        if (missing) throw Error("there is no virtual camera '" + device + "'" + kMakeOne);
        if (status == AVERROR(EACCES) || status == AVERROR(EBUSY)) {
            CameraInfo camera;
            camera.device = device;
            throw Error(camera_open_error(camera, AVUNERROR(status)));
        }
        throw Error("'" + device + "' is no virtual camera: " + explain(status) + kMakeOne);
    }
    open_ = true;
}

void VirtualCameraSink::write(const VideoFrame& frame) {
    require(open_, "the virtual camera '" + device_ + "' is closed already");
    require(frame.format() == format_ && frame.width() == options_.width &&
                frame.height() == options_.height,
            "a frame of another size or format was written to '" + device_ + "'");
    const int bytes = av_image_get_buffer_size(av_format_, options_.width, options_.height, 1);
    av_packet_unref(packet_.get());
    require(av_new_packet(packet_.get(), bytes) >= 0, "out of memory for a video packet");
    uint8_t* at = packet_->data;
    for (int p = 0; p < format_.planes; ++p) {
        const size_t row = format_.row_bytes(p, frame.width());
        for (int y = 0; y < format_.plane_height(p, frame.height()); ++y, at += row) {
            std::memcpy(at, frame.planes.data[p] + y * frame.planes.stride_bytes[p], row);
        }
    }
    check_written(output_.get(), av_write_frame(output_.get(), packet_.get()), device_);
}

}  // namespace

std::unique_ptr<Sink> open_stream_sink(const std::string& url, const SinkOptions& options) {
    return std::make_unique<StreamSink>(url, options);
}

std::unique_ptr<Sink> open_virtual_camera(const std::string& device, const SinkOptions& options) {
    return std::make_unique<VirtualCameraSink>(device, options);
}

extern const SinkKind kStreamSink{
    .name = "stream",
    .description = "a stream (rtmp://, srt://, udp://)",
    .recognises = [](const std::string& spec) { return spec.find("://") != std::string::npos; },
    .open = open_stream_sink,
    .reconnects = true,
    .sound = true,
    .without_streams = "a stream of a render",
};

extern const SinkKind kVirtualCameraSink{
    .name = "virtual camera",
    .description = "a virtual camera (/dev/video10)",
    .recognises = [](const std::string& spec) { return spec.starts_with("/dev/video"); },
    .open = open_virtual_camera,
    .without_streams = "a virtual camera",
};

}  // namespace reverie
