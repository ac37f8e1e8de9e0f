// Pictures: one, or a numbered sequence. Each is written to a temporary file and renamed when
// it is whole.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "src/media/libav.h"
#include "src/media/pixel_formats.h"
#include "src/media/sinks/sink_file.h"
#include "src/media/sources/picture_list.h"
#include "src/util/error.h"
#include "src/util/output_file.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;
using namespace libav;  // NOLINT(google-build-using-namespace): this file is their seam

bool is_jpeg(const std::string& path) {
    const std::string ending = fs::path(path).extension().string();
    return !ending.empty() && (ending[1] == 'j' || ending[1] == 'J');
}

class PictureSink : public Sink {
  public:
    PictureSink(const std::string& path, const SinkOptions& options);

    const PixelFormat& format() const override { return format_; }
    VideoFrame acquire() override { return pool_->acquire(); }
    void write(const VideoFrame& frame) override;
    void finish() override { require(written_ > 0, "no frame was written to '" + path_ + "'"); }
    std::vector<std::string> notes() const override {
        return left_out(options_.side_data, jpeg_ ? "JPEG pictures" : "PNG pictures");
    }
    std::string encoder() const override { return jpeg_ ? "mjpeg" : "png"; }

  private:
    PacketPtr encode(const VideoFrame& frame);
    void save(const std::string& path, const AVPacket& packet) const;

    std::string path_;
    SinkOptions options_;
    bool sequence_, jpeg_;
    AVPixelFormat av_format_ = AV_PIX_FMT_RGB24;
    PixelFormat format_;
    std::unique_ptr<FramePool> pool_;
    int written_ = 0;
};

PictureSink::PictureSink(const std::string& path, const SinkOptions& options)
    : path_(path), options_(options), sequence_(is_numbered(path)), jpeg_(is_jpeg(path)) {
    silence();
    std::error_code ignored;
    require_writable(sequence_ ? numbered_file(path, options.first_number) : path);
    const bool there = sequence_ ? has_numbered_file(path) : fs::exists(path, ignored);
    require(options.overwrite || !there,
            sequence_ ? "pictures named like '" + path +
                            "' exist; choose another name or give --overwrite"
                      : "'" + path + "' exists; choose another name or give --overwrite");
    const int bits = options.bits > 0 ? options.bits : options.source_format.bits;
    if (jpeg_) {
        // Full range BT.601 is what a JPEG file means.
        av_format_ = AV_PIX_FMT_YUVJ444P;
        format_ = planar_yuv(8, 0, 0, ColorMatrix::bt601, true);
    } else {
        // PNG stores 16 bits with the high byte first; libav's encoder takes them so, which save()
        // sees to.
        av_format_ = bits > 8 ? AV_PIX_FMT_RGB48BE : AV_PIX_FMT_RGB24;
        format_ = packed_rgb(bits > 8 ? 16 : 8, 3);
    }
    pool_ = std::make_unique<FramePool>(format_, options.width, options.height);
}

/// A new encoder for each picture: pictures are few or large, and nothing of one may be in the
/// next.
PacketPtr PictureSink::encode(const VideoFrame& frame) {
    const AVCodec* codec = avcodec_find_encoder(jpeg_ ? AV_CODEC_ID_MJPEG : AV_CODEC_ID_PNG);
    require(codec != nullptr, "this build of libav cannot write pictures");
    const CodecPtr context(avcodec_alloc_context3(codec));
    const FramePtr picture = make_frame_ptr();
    require(context != nullptr, "out of memory for a picture");
    context->width = picture->width = frame.width();
    context->height = picture->height = frame.height();
    context->pix_fmt = av_format_;
    picture->format = av_format_;
    context->time_base = {1, 25};
    context->sample_aspect_ratio = to_av(options_.sample_aspect);
    context->color_range = AVCOL_RANGE_JPEG;
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_BITEXACT | (jpeg_ ? AV_CODEC_FLAG_QSCALE : 0);
    context->global_quality = FF_QP2LAMBDA * (options_.crf > 0 ? options_.crf : 2);
    picture->quality = context->global_quality;
    int status = avcodec_open2(context.get(), codec, nullptr);
    if (status >= 0) status = av_frame_get_buffer(picture.get(), 0);
    for (int p = 0; status >= 0 && p < format_.planes; ++p) {
        const size_t row_bytes = format_.row_bytes(p, frame.width());
        for (int y = 0; y < frame.height(); ++y) {
            const uint8_t* from = frame.planes.data[p] + y * frame.planes.stride_bytes[p];
            uint8_t* to = picture->data[p] + static_cast<ptrdiff_t>(y) * picture->linesize[p];
            for (size_t i = 0; i < row_bytes; ++i) to[format_.bits > 8 ? i ^ 1U : i] = from[i];
        }
    }
    PacketPtr packet = make_packet_ptr();
    if (status >= 0) status = avcodec_send_frame(context.get(), picture.get());
    if (status >= 0) status = avcodec_send_frame(context.get(), nullptr);
    if (status >= 0) status = avcodec_receive_packet(context.get(), packet.get());
    if (status < 0) throw Error("cannot encode '" + path_ + "': " + explain(status));
    return packet;
}

void PictureSink::save(const std::string& path, const AVPacket& packet) const {
    const std::string partial = partial_name(path);
    std::ofstream file(partial, std::ios::binary | std::ios::trunc);
    require(file.is_open(), "cannot create '" + partial + "'; check the folder of the output");
    file.write(reinterpret_cast<const char*>(packet.data), packet.size);
    file.close();
    if (!file) {
        std::remove(partial.c_str());
        throw Error("cannot write '" + path + "': the disk is full, or the file too large");
    }
    move_into_place(partial, path);
}

void PictureSink::write(const VideoFrame& frame) {
    require(frame.format() == format_ && frame.width() == options_.width &&
                frame.height() == options_.height,
            "a frame of another size or format was written to '" + path_ + "'");
    require(sequence_ || written_ == 0,
            "'" + path_ + "' holds one picture; for many try a name like frames/%05d.png");
    const PacketPtr packet = encode(frame);
    save(sequence_ ? numbered_file(path_, options_.first_number + written_) : path_, *packet);
    ++written_;
}

}  // namespace

std::unique_ptr<Sink> open_picture_sink(const std::string& path, const SinkOptions& options) {
    return std::make_unique<PictureSink>(path, options);
}

}  // namespace reverie
