// Pictures: one, or a numbered sequence. Each is written to a temporary file and renamed when
// it is whole.
extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include "src/media/frames/frame_pool.h"
#include "src/media/frames/pixel_formats.h"
#include "src/media/libav.h"
#include "src/media/recipe_file.h"
#include "src/media/sink_kind.h"
#include "src/media/sources/picture_list.h"
#include "src/media/srgb_curve.h"
#include "src/util/error.h"
#include "src/util/output_file.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;
using namespace libav;  // NOLINT(google-build-using-namespace): this file wraps libav

/// How a kind of picture is written.
struct PictureKind {
    std::array<const char*, 2> endings;
    const char* encoder;
    const char* many;  ///< its name in messages
    /// Pixel formats of the frames: with 8 bits and with more, each without alpha and with it.
    std::array<AVPixelFormat, 2> shallow, deep;
    std::array<const char*, 2> option;  ///< an option of the encoder, and its value
};

constexpr std::array kPictureKinds{
    PictureKind{{".png", ".png"},
                "png",
                "PNG pictures",
                {AV_PIX_FMT_RGB24, AV_PIX_FMT_RGBA},
                {AV_PIX_FMT_RGB48LE, AV_PIX_FMT_RGBA64LE},
                {}},
    PictureKind{{".jpg", ".jpeg"},
                "mjpeg",
                "JPEG pictures",
                {AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_NONE},
                {AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_NONE},
                {}},
    PictureKind{{".webp", ".webp"},
                "libwebp",
                "WebP pictures",
                {AV_PIX_FMT_BGRA, AV_PIX_FMT_BGRA},
                {AV_PIX_FMT_BGRA, AV_PIX_FMT_BGRA},
                {}},
    PictureKind{{".tif", ".tiff"},
                "tiff",
                "TIFF pictures",
                {AV_PIX_FMT_RGB24, AV_PIX_FMT_RGBA},
                {AV_PIX_FMT_RGB48LE, AV_PIX_FMT_RGBA64LE},
                {"compression_algo", "lzw"}},
    PictureKind{{".exr", ".exr"},
                "exr",
                "EXR pictures",
                {AV_PIX_FMT_GBRP16LE, AV_PIX_FMT_GBRAP16LE},
                {AV_PIX_FMT_GBRP16LE, AV_PIX_FMT_GBRAP16LE},
                {"compression", "zip16"}},
};

/// Null if the ending belongs to none.
const PictureKind* picture_kind_of(const std::string& path) {
    std::string ending = fs::path(path).extension().string();
    for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto* found =
        std::find_if(kPictureKinds.begin(), kPictureKinds.end(), [&](const PictureKind& kind) {
            return ending == kind.endings[0] || ending == kind.endings[1];
        });
    return found != kPictureKinds.end() ? found : nullptr;
}

/// The format that libav's encoder needs for frames of `format`: PNG has the high byte first, EXR
/// linear floats.
AVPixelFormat encoded_format(const PictureKind& kind, AVPixelFormat format) {
    const std::string_view encoder = kind.encoder;
    if (format == AV_PIX_FMT_GBRP16LE) return AV_PIX_FMT_GBRPF32LE;
    if (format == AV_PIX_FMT_GBRAP16LE) return AV_PIX_FMT_GBRAPF32LE;
    const AVPixelFormat swapped = av_pix_fmt_swap_endianness(format);
    return encoder == "png" && swapped != AV_PIX_FMT_NONE ? swapped : format;
}

void copy_rows(const VideoFrame& frame, AVFrame& to, bool swap_bytes) {
    for (int p = 0; p < frame.format().planes; ++p) {
        const size_t row_bytes = frame.format().row_bytes(p, frame.width());
        for (int y = 0; y < frame.height(); ++y) {
            const uint8_t* from = frame.planes.data[p] + y * frame.planes.stride_bytes[p];
            uint8_t* row = to.data[p] + static_cast<ptrdiff_t>(y) * to.linesize[p];
            for (size_t i = 0; i < row_bytes; ++i) row[swap_bytes ? i ^ 1U : i] = from[i];
        }
    }
}

/// Linear light, 0 … 1, of each 16-bit sample.
const std::vector<float>& light_of_samples() {
    static const std::vector<float> kLight = [] {
        std::vector<float> light(65536);
        for (size_t i = 0; i < light.size(); ++i)
            light[i] = static_cast<float>(light_of_srgb(static_cast<double>(i) / 65535));
        return light;
    }();
    return kLight;
}

/// Converts sRGB of 16 bits to linear light, premultiplied by alpha, as renderers store it.
void copy_linear(const VideoFrame& frame, AVFrame& to) {
    constexpr float kMost = 65535;
    const bool alpha = frame.format().has_alpha;
    const std::vector<float>& curve = light_of_samples();
    const auto samples = [&](int p, int y) {
        return reinterpret_cast<const uint16_t*>(frame.planes.data[p] +
                                                 y * frame.planes.stride_bytes[p]);
    };
    for (int p = 0; p < frame.format().planes; ++p) {
        for (int y = 0; y < frame.height(); ++y) {
            auto* row =
                reinterpret_cast<float*>(to.data[p] + static_cast<ptrdiff_t>(y) * to.linesize[p]);
            const uint16_t* from = samples(p, y);
            const uint16_t* shares = alpha ? samples(3, y) : nullptr;
            for (int x = 0; x < frame.width(); ++x) {
                const float share = alpha ? static_cast<float>(shares[x]) / kMost : 1.0F;
                row[x] = p == 3 ? share : share * curve[from[x]];
            }
        }
    }
}

class PictureSink : public Sink {
  public:
    PictureSink(const std::string& path, const SinkOptions& options);

    const PixelFormat& format() const override { return format_; }
    VideoFrame acquire() override { return pool_->acquire(); }
    void write(const VideoFrame& frame) override;
    void write_again(int64_t pts, int64_t duration) override;
    int64_t commit() override;
    void finish() override { require(written_ > 0, "no frame was written to '" + path_ + "'"); }
    std::vector<std::string> notes() const override {
        return left_out(options_.side_data, kind_.many);
    }
    std::string encoder() const override { return kind_.encoder; }

  private:
    std::string one_picture() const {
        return "'" + path_ + "' holds one picture; for many try a name like frames/%05d" +
               kind_.endings[0];
    }
    std::string next_file() const {
        return sequence_ ? numbered_file(path_, options_.first_number + written_) : path_;
    }
    PacketPtr encode(const VideoFrame& frame);
    void set_options(Options& options) const;
    void save(const std::string& path, const AVPacket& packet) const;

    std::string path_;
    SinkOptions options_;
    bool sequence_;
    const PictureKind& kind_;
    const AVCodec* codec_;
    AVPixelFormat av_format_ = AV_PIX_FMT_NONE;
    PixelFormat format_;
    std::unique_ptr<FramePool> pool_;
    int written_ = 0, committed_ = 0;
};

PictureSink::PictureSink(const std::string& path, const SinkOptions& options)
    : path_(path),
      options_(options),
      sequence_(is_numbered(path)),
      kind_(*picture_kind_of(path)),
      codec_(avcodec_find_encoder_by_name(kind_.encoder)) {
    silence();
    if (options.many && !sequence_) throw UsageError(one_picture());
    require(codec_ != nullptr,
            std::string("this build of libav cannot write ") + kind_.many + "; try .png");
    std::error_code ignored;
    require_writable(sequence_ ? numbered_file(path, options.first_number) : path);
    const bool there = sequence_ ? has_numbered_file(path) : fs::exists(path, ignored);
    require(options.overwrite || options.resumed_bytes || !there,
            sequence_ ? "pictures named like '" + path +
                            "' exist; choose another name or give --overwrite"
                      : "'" + path + "' exists; choose another name or give --overwrite");
    const int bits = options.bits > 0 ? options.bits : options.source_format.bits;
    const auto& formats = bits > 8 ? kind_.deep : kind_.shallow;
    const bool alpha = options.source_format.has_alpha && formats[1] != AV_PIX_FMT_NONE;
    av_format_ = formats[alpha ? 1 : 0];
    format_ = describe(av_format_, {}, options.width, options.height).value();
    if (!alpha) format_ = without_alpha(format_);
    // JPEG files always use BT.601, at any size.
    if (format_.matrix != ColorMatrix::rgb) format_.matrix = ColorMatrix::bt601;
    pool_ = std::make_unique<FramePool>(format_, options.width, options.height);
}

/// Opens a new encoder for each picture: pictures are few or large, and no state of one may reach
/// the next.
PacketPtr PictureSink::encode(const VideoFrame& frame) {
    const CodecPtr context(avcodec_alloc_context3(codec_));
    const FramePtr picture = make_frame_ptr();
    require(context != nullptr, "out of memory for a picture");
    const AVPixelFormat encoded = encoded_format(kind_, av_format_);
    const bool linear = (av_pix_fmt_desc_get(encoded)->flags & AV_PIX_FMT_FLAG_FLOAT) != 0;
    const bool jpeg = codec_->id == AV_CODEC_ID_MJPEG;
    context->width = picture->width = frame.width();
    context->height = picture->height = frame.height();
    context->pix_fmt = encoded;
    picture->format = encoded;
    context->time_base = {1, 25};
    context->sample_aspect_ratio = to_av(options_.sample_aspect);
    context->color_range = AVCOL_RANGE_JPEG;
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_BITEXACT | (jpeg ? AV_CODEC_FLAG_QSCALE : 0);
    context->global_quality = FF_QP2LAMBDA * (options_.crf > 0 ? options_.crf : 2);
    picture->quality = context->global_quality;
    Options options;
    set_options(options);
    int status = avcodec_open2(context.get(), codec_, options.get());
    if (status >= 0) status = av_frame_get_buffer(picture.get(), 0);
    if (status >= 0 && linear) copy_linear(frame, *picture);
    if (status >= 0 && !linear) copy_rows(frame, *picture, encoded != av_format_);
    PacketPtr packet = make_packet_ptr();
    if (status >= 0) status = avcodec_send_frame(context.get(), picture.get());
    if (status >= 0) status = avcodec_send_frame(context.get(), nullptr);
    if (status >= 0) status = avcodec_receive_packet(context.get(), packet.get());
    if (status < 0) throw Error("cannot encode '" + path_ + "': " + explain(status));
    return packet;
}

/// WebP is without loss, unless a quality was asked for: JPEG's 1 … 31 are WebP's 100 … 0.
void PictureSink::set_options(Options& options) const {
    if (kind_.option[0] != nullptr) options.set(kind_.option[0], kind_.option[1]);
    if (codec_->id != AV_CODEC_ID_WEBP) return;
    constexpr int kWorst = 31;
    const int crf = std::clamp(options_.crf, 1, kWorst);
    options.set("lossless", options_.crf > 0 ? "0" : "1");
    if (options_.crf > 0)
        options.set("quality", std::to_string(100 * (kWorst - crf) / (kWorst - 1)));
}

void PictureSink::save(const std::string& path, const AVPacket& packet) const {
    const std::vector<uint8_t> picture = with_recipe(
        {packet.data, static_cast<size_t>(packet.size)}, kind_.encoder, options_.recipe);
    const std::string partial = partial_name(path);
    std::ofstream file(partial, std::ios::binary | std::ios::trunc);
    require(file.is_open(), "cannot create '" + partial + "'; check the folder of the output");
    file.write(reinterpret_cast<const char*>(picture.data()),
               static_cast<std::streamsize>(picture.size()));
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
    require(sequence_ || written_ == 0, one_picture());
    const PacketPtr packet = encode(frame);
    save(next_file(), *packet);
    ++written_;
}

void PictureSink::write_again(int64_t /*pts*/, int64_t /*duration*/) {
    std::error_code failure;
    const std::string file = next_file();
    require(fs::file_size(file, failure) > 0 && !failure,
            "'" + file + "' is not there any more, and cannot be taken up");
    committed_ = ++written_;
}

int64_t PictureSink::commit() {
    while (committed_ < written_)
        sync_to_disk(numbered_file(path_, options_.first_number + committed_++));
    sync_to_disk(fs::path(next_file()).parent_path());
    return 0;
}

}  // namespace

extern const SinkKind kPictureSink{
    .name = "picture",
    .description = "a picture (.png, .jpg, .webp, .tif, .exr), many of them (frames/%05d.png)",
    .recognises = [](const std::string& spec) { return picture_kind_of(spec) != nullptr; },
    .open = [](const std::string& spec, const SinkOptions& options) -> std::unique_ptr<Sink> {
        return std::make_unique<PictureSink>(spec, options);
    },
    .on_disk = true,
    .resumes = true,
    .without_streams = "a picture sequence",
    .keeps_alpha =
        [](const std::string& spec, const std::string& /*codec*/) {
            const PictureKind* kind = picture_kind_of(spec);
            return kind != nullptr && kind->shallow[1] != AV_PIX_FMT_NONE;
        },
};

}  // namespace reverie
