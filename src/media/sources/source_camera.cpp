// Frames are copied out of the driver's buffers at once: those are few, and vanish with the camera.
// The device is read without blocking, so that a dead camera does not hang the thread.
#include "src/media/sources/source_camera.h"

extern "C" {
#include <libavutil/imgutils.h>
}

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "src/media/frames/frame_pool.h"
#include "src/media/frames/pixel_formats.h"
#include "src/media/libav.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using namespace libav;  // NOLINT(google-build-using-namespace): this file wraps libav
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto kLongestSilence = milliseconds(3000), kLongestDamage = milliseconds(10'000);
constexpr auto kShortestPause = milliseconds(1), kLongestPause = milliseconds(10);
constexpr int kBrokenInARow = 15;

class CameraSource : public Source {
  public:
    CameraSource(const std::string& spec, CameraInfo camera, const SourceOptions& options)
        : camera_(std::move(camera)), options_(options) {
        info_.name = spec;
        open();
        held_ = wait_for_frame();
    }

    const SourceInfo& info() const override { return info_; }
    SourceErrors errors() const override { return errors_; }
    std::optional<VideoFrame> next() override {
        VideoFrame frame =
            held_ ? std::move(*std::exchange(held_, std::nullopt)) : wait_for_frame();
        const double time_s = static_cast<double>(frame.pts) * info_.time_base.value();
        if (options_.duration_s > 0 && time_s >= options_.duration_s) return std::nullopt;
        return frame;
    }

  private:
    void open();
    void describe_stream();
    void open_decoder();
    VideoFrame wait_for_frame();
    void pause(Clock::time_point heard) const;
    void note_damage(bool wrong, Clock::duration lasts);
    bool is_other_format() const;
    bool read_newest();
    std::optional<VideoFrame> convert();
    std::optional<VideoFrame> decode();
    VideoFrame copy_raw();
    void stamp(VideoFrame& frame);
    std::string named() const {
        return "the camera '" + camera_.name + "' (" + camera_.device + ")";
    }

    CameraInfo camera_;
    SourceOptions options_;
    SourceInfo info_;
    SourceErrors errors_;
    InputPtr input_;
    AVStream* stream_ = nullptr;
    CodecPtr decoder_;  ///< none for raw pictures
    PacketPtr packet_ = make_packet_ptr(), spare_ = make_packet_ptr();
    AVPixelFormat raw_format_ = AV_PIX_FMT_NONE;
    std::unique_ptr<FramePool> pool_;
    std::optional<VideoFrame> held_;
    Clock::time_point last_arrival_ = Clock::now();
    Clock::duration interval_ = milliseconds(33);
    int64_t first_pts_ = AV_NOPTS_VALUE;
    int64_t last_pts_ = -1;
    int broken_in_a_row_ = 0;
};

void CameraSource::open() {
    silence();
    register_devices();
    const CameraMode mode = choose_camera_mode(
        camera_, {options_.width, options_.height, options_.fps, options_.camera_format});
    const AVInputFormat* v4l2 = av_find_input_format("v4l2");
    require(v4l2 != nullptr, "cannot read cameras: libavdevice has no v4l2 here");
    AVFormatContext* context = avformat_alloc_context();
    require(context != nullptr, "out of memory for a camera");
    context->flags |= AVFMT_FLAG_NONBLOCK;
    Options settings;
    settings.set("input_format", mode.format);
    settings.set("video_size", std::to_string(mode.width) + "x" + std::to_string(mode.height));
    if (mode.fps.known()) {
        settings.set("framerate",
                     std::to_string(mode.fps.num) + "/" + std::to_string(mode.fps.den));
        interval_ = std::chrono::duration_cast<Clock::duration>(
            std::chrono::duration<double>(1 / mode.fps.value()));
    }
    clear_message();
    const int status = avformat_open_input(&context, camera_.device.c_str(), v4l2, settings.get());
    if (status < 0) {
        const int error = AVUNERROR(status);
        const bool plain = error == EBUSY || error == EACCES || error == EPERM || error == ENOENT ||
                           error == ENODEV || error == ENXIO;
        throw Error(plain ? camera_open_error(camera_, error)
                          : "cannot open " + named() + ": " + explain(status));
    }
    input_.reset(context);
    info_.pixel_format = mode.format;
    describe_stream();
}

void CameraSource::describe_stream() {
    stream_ = input_->streams[0];
    const AVCodecParameters& parameters = *stream_->codecpar;
    info_.time_base = libav::from_av(stream_->time_base);
    info_.frame_rate = libav::from_av(stream_->avg_frame_rate);
    info_.width = parameters.width;
    info_.height = parameters.height;
    info_.codec = avcodec_get_name(parameters.codec_id);
    // UVC cameras send BT.601 whatever the size, and V4L2 says so of its default colour space.
    info_.tags.matrix = AVCOL_SPC_SMPTE170M;
    if (parameters.codec_id != AV_CODEC_ID_RAWVIDEO) {
        open_decoder();
        return;
    }
    raw_format_ = static_cast<AVPixelFormat>(parameters.format);
    const std::optional<PixelFormat> format =
        describe(raw_format_, info_.tags, info_.width, info_.height);
    require(format.has_value(), "cannot use " + named() + ": its pixel format is not supported");
    info_.format = without_alpha(*format);  // a camera's fourth byte is unused
    pool_ = std::make_unique<FramePool>(info_.format, info_.width, info_.height);
}

void CameraSource::open_decoder() {
    const AVCodec* codec = avcodec_find_decoder(stream_->codecpar->codec_id);
    require(codec != nullptr, "cannot use " + named() + ": libav has no decoder for its pictures");
    decoder_.reset(avcodec_alloc_context3(codec));
    require(decoder_ != nullptr, "out of memory for a decoder");
    int status = avcodec_parameters_to_context(decoder_.get(), stream_->codecpar);
    decoder_->pkt_timebase = stream_->time_base;
    decoder_->thread_count = 1;  // frame threads would delay pictures
    // Otherwise half a picture counts as a whole one, with the rest green or from the picture
    // before.
    decoder_->err_recognition |= AV_EF_EXPLODE;
    if (status >= 0) status = avcodec_open2(decoder_.get(), codec, nullptr);
    if (status < 0)
        throw Error("cannot decode the pictures of " + named() + ": " + explain(status));
}

/// Sleeps for shorter and shorter times until a picture is due, then for the shortest.
void CameraSource::pause(Clock::time_point heard) const {
    const Clock::time_point now = Clock::now();
    if (now - heard > kLongestSilence) {
        throw Error(named() + " gives no picture; unplug it and plug it in again if that lasts");
    }
    const Clock::duration due = last_arrival_ + interval_ - now;
    std::this_thread::sleep_for(
        std::clamp<Clock::duration>(due / 2, kShortestPause, kLongestPause));
}

VideoFrame CameraSource::wait_for_frame() {
    const Clock::time_point begun = Clock::now();
    Clock::time_point heard = begun;
    for (;;) {
        if (options_.stop != nullptr && *options_.stop)
            throw Interrupted("interrupted while '" + info_.name + "' was read");
        if (!read_newest()) {
            pause(heard);
            continue;
        }
        heard = last_arrival_ = Clock::now();
        const bool wrong = is_other_format();
        std::optional<VideoFrame> frame = convert();
        av_packet_unref(packet_.get());
        if (frame) {
            broken_in_a_row_ = 0;
            return std::move(*frame);
        }
        note_damage(wrong, heard - begun);
    }
}

/// May a picture that cannot be shown have another size or format than the camera announced?
/// libavdevice empties raw pictures of the wrong size.
bool CameraSource::is_other_format() const {
    if (!decoder_) return true;
    return packet_->size >= 2 && (packet_->data[0] != 0xFF || packet_->data[1] != 0xD8);
}

/// Against another format (`wrong`), only reopening helps. After pictures that a cable or a full
/// bus has cut, the next one may be whole.
void CameraSource::note_damage(bool wrong, Clock::duration lasts) {
    ++errors_.corrupted_packets;
    if (options_.damaged != nullptr) ++*options_.damaged;
    if (errors_.first.empty()) errors_.first = "a broken picture of " + named();
    broken_in_a_row_ = wrong ? broken_in_a_row_ + 1 : 0;
    require(broken_in_a_row_ < kBrokenInARow,
            named() + " sends pictures of another size or format than it announced");
    require(
        lasts < kLongestDamage,
        named() + " sends damaged pictures only; try another cable or port, or a smaller --size");
}

/// Takes all pictures that wait in the driver, and keeps the last. False if there is none.
bool CameraSource::read_newest() {
    bool any = false;
    for (;;) {
        const int status = av_read_frame(input_.get(), spare_.get());
        if (status == AVERROR(EAGAIN)) return any;
        if (status < 0) {
            const int error = AVUNERROR(status);
            const bool gone = error == ENODEV || error == ENOENT || error == ENXIO || error == EIO;
            throw Error(gone ? named() + " was unplugged"
                             : "cannot read " + named() + ": " + explain(status));
        }
        any = true;
        av_packet_unref(packet_.get());
        av_packet_move_ref(packet_.get(), spare_.get());
    }
}

/// None for a broken picture: libavdevice empties those of the wrong size.
std::optional<VideoFrame> CameraSource::convert() {
    if (packet_->size <= 0) return std::nullopt;
    if (decoder_) return decode();
    const int needed = av_image_get_buffer_size(raw_format_, info_.width, info_.height, 1);
    if (packet_->size < needed) return std::nullopt;
    return copy_raw();
}

VideoFrame CameraSource::copy_raw() {
    uint8_t* data[4] = {};
    int strides[4] = {};
    av_image_fill_arrays(data, strides, packet_->data, raw_format_, info_.width, info_.height, 1);
    VideoFrame frame = pool_->acquire();
    for (int p = 0; p < info_.format.planes; ++p) {
        const size_t bytes = info_.format.row_bytes(p, info_.width);
        for (int y = 0; y < info_.format.plane_height(p, info_.height); ++y) {
            std::memcpy(frame.planes.data[p] + y * frame.planes.stride_bytes[p],
                        data[p] + static_cast<ptrdiff_t>(y) * strides[p], bytes);
        }
    }
    stamp(frame);
    return frame;
}

std::optional<VideoFrame> CameraSource::decode() {
    FramePtr decoded = make_frame_ptr();
    if (avcodec_send_packet(decoder_.get(), packet_.get()) < 0 ||
        avcodec_receive_frame(decoder_.get(), decoded.get()) < 0) {
        return std::nullopt;
    }
    if (decoded->decode_error_flags != 0 || (decoded->flags & AV_FRAME_FLAG_CORRUPT) != 0)
        return std::nullopt;
    ColorTags tags = info_.tags;
    tags.range = decoded->color_range;
    const std::optional<PixelFormat> format = describe(static_cast<AVPixelFormat>(decoded->format),
                                                       tags, decoded->width, decoded->height);
    if (!format) return std::nullopt;
    VideoFrame frame;
    frame.planes.format = without_alpha(*format);
    frame.planes.width = decoded->width;
    frame.planes.height = decoded->height;
    for (int p = 0; p < frame.format().planes; ++p) {
        frame.planes.data[p] = decoded->data[p];
        frame.planes.stride_bytes[p] = decoded->linesize[p];
    }
    frame.owner =
        std::shared_ptr<void>(decoded.release(), [](void* f) { Free()(static_cast<AVFrame*>(f)); });
    info_.format = frame.format();
    info_.width = frame.width();
    info_.height = frame.height();
    stamp(frame);
    return frame;
}

/// Sets the driver's time, counted from the first picture and never going back.
void CameraSource::stamp(VideoFrame& frame) {
    int64_t pts = packet_->pts;
    if (pts == AV_NOPTS_VALUE) {
        const auto now = std::chrono::duration<double>(Clock::now().time_since_epoch());
        pts = to_ticks(now.count(), stream_->time_base);
    }
    if (first_pts_ == AV_NOPTS_VALUE) first_pts_ = pts;
    frame.pts = last_pts_ = std::max(pts - first_pts_, last_pts_ + 1);
    frame.duration = 0;
}

}  // namespace

std::unique_ptr<Source> open_camera(const std::string& spec, const SourceOptions& options,
                                    CameraMemory* memory) {
    const std::vector<CameraInfo> cameras =
        list_cameras({options.width, options.height, options.fps, options.camera_format});
    const CameraInfo camera =
        find_camera(spec, cameras, memory != nullptr ? *memory : CameraMemory());
    auto source = std::make_unique<CameraSource>(spec, camera, options);
    if (memory != nullptr) {
        memory->self = camera;
        memory->others.clear();
        for (const CameraInfo& other : cameras) {
            if (other.device != camera.device) memory->others.push_back(other);
        }
    }
    return source;
}

}  // namespace reverie
