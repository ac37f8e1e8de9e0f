#include "src/media/sinks/encoders.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>

#include "src/media/frames/pixel_formats.h"
#include "src/media/side_data_av.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using namespace libav;  // NOLINT(google-build-using-namespace): this file wraps libav

struct Setting {
    const char* key;
    const char* value;
};

/// x264's code for AVX-512 (observed in its build 164) sometimes gives different bytes for the same
/// frames: the result depends on the previous contents of its working memory.
const char* x264_params() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") != 0) return "sync-lookahead=0:asm=avx2";
#endif
    return "sync-lookahead=0";
}

/// One encoder that this program knows. The number of threads is fixed, because the bytes of x264
/// and x265 depend on it.
struct Candidate {
    const char* name;
    const char* codec;
    const char* quality_key;  ///< nullptr: none
    int quality;
    int threads;
    bool lossless;
    std::vector<Setting> settings;
};

const std::vector<Candidate>& candidates() {
    static const std::vector<Candidate> all{
        {"libx264",
         "h264",
         "crf",
         17,
         4,
         false,
         {{"preset", "fast"}, {"x264-params", x264_params()}}},
        {"h264_nvenc", "h264", "cq", 19, 0, false, {{"preset", "p5"}, {"rc", "vbr"}}},
        {"h264_qsv", "h264", "global_quality", 20, 0, false, {}},
        {"h264_vaapi", "h264", "qp", 20, 0, false, {}},
        {"h264_v4l2m2m", "h264", nullptr, 0, 0, false, {}},
        {"libx265",
         "h265",
         "crf",
         20,
         0,
         false,
         {{"preset", "medium"}, {"x265-params", "log-level=none:pools=4:frame-threads=2"}}},
        {"hevc_nvenc", "h265", "cq", 22, 0, false, {{"preset", "p5"}, {"rc", "vbr"}}},
        {"hevc_qsv", "h265", "global_quality", 22, 0, false, {}},
        {"hevc_vaapi", "h265", "qp", 22, 0, false, {}},
        {"libsvtav1", "av1", "crf", 28, 0, false, {{"preset", "8"}}},
        {"libaom-av1", "av1", "crf", 26, 4, false, {{"cpu-used", "6"}, {"row-mt", "1"}}},
        {"av1_nvenc", "av1", "cq", 26, 0, false, {{"preset", "p5"}, {"rc", "vbr"}}},
        {"libvpx-vp9",
         "vp9",
         "crf",
         26,
         4,
         false,
         {{"deadline", "good"}, {"cpu-used", "4"}, {"row-mt", "1"}, {"b", "0"}}},
        {"prores_ks", "prores", nullptr, 0, 4, false, {{"vendor", "apl0"}}},
        {"ffv1", "ffv1", nullptr, 0, 4, true, {{"level", "3"}, {"slices", "4"}, {"slicecrc", "1"}}},
    };
    return all;
}

/// The settings that an encoder gets in addition, or instead, to keep up with a live show.
std::vector<Setting> realtime_settings(const std::string& encoder, bool low_latency) {
    if (encoder == "libx264" && low_latency) {
        return {{"preset", "veryfast"}, {"tune", "zerolatency"}};
    }
    if (encoder == "libx264") return {{"preset", "veryfast"}};
    if (encoder == "libx265") return {{"preset", "ultrafast"}};
    if (encoder == "libsvtav1") return {{"preset", "12"}};
    if (encoder == "libaom-av1") return {{"cpu-used", "8"}, {"usage", "realtime"}};
    if (encoder == "libvpx-vp9") return {{"deadline", "realtime"}, {"cpu-used", "8"}};
    const bool nvenc = encoder.find("_nvenc") != std::string::npos;
    if (nvenc && low_latency) return {{"preset", "p2"}, {"tune", "ull"}, {"zerolatency", "1"}};
    if (nvenc) return {{"preset", "p2"}};
    return {};
}

std::string canonical_codec(std::string name) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (name == "hevc" || name == "x265" || name == "h.265") return "h265";
    if (name == "avc" || name == "x264" || name == "h.264") return "h264";
    return name;
}

std::vector<AVPixelFormat> formats_of(const AVCodec& codec) {
    std::vector<AVPixelFormat> formats;
    for (const AVPixelFormat* f = codec.pix_fmts; f != nullptr && *f != AV_PIX_FMT_NONE; ++f) {
        formats.push_back(*f);
    }
    return formats;
}

/// The tags of the output: the source's, but with the matrix and range that its samples are really
/// made with.
void set_colors(AVCodecContext& context, const ColorTags& source, const PixelFormat& format) {
    context.color_primaries = static_cast<AVColorPrimaries>(source.primaries);
    context.color_trc = static_cast<AVColorTransferCharacteristic>(source.transfer);
    context.colorspace = static_cast<AVColorSpace>(tag_of(format.matrix));
    context.color_range = format.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    context.chroma_sample_location = static_cast<AVChromaLocation>(source.chroma_location);
}

/// The tags that frames of `chosen` get: YUV made of RGB is BT.709, limited.
ColorTags output_tags(const EncoderRequest& request, const Candidate& candidate, bool yuv) {
    ColorTags tags = request.tags;
    const PixelFormat& source = request.source_format;
    tags.range = source.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    tags.matrix = tag_of(source.matrix);
    if (yuv && (source.matrix == ColorMatrix::rgb || source.gray)) {
        tags.matrix = AVCOL_SPC_BT709;
        if (source.matrix == ColorMatrix::rgb) tags.range = AVCOL_RANGE_MPEG;
    }
    if (std::string(candidate.codec) == "prores") tags.range = AVCOL_RANGE_MPEG;
    return tags;
}

/// Opens one candidate, or throws Error with the reason.
OpenEncoder try_open(const Candidate& candidate, const EncoderRequest& request) {
    clear_message();
    const AVCodec* codec = avcodec_find_encoder_by_name(candidate.name);
    require(codec != nullptr, "this build of libav does not have it");
    const AVPixelFormat chosen =
        choose(formats_of(*codec), request.source_format, request.bits, candidate.lossless);
    require(chosen != AV_PIX_FMT_NONE, "it takes no frames from main memory");
    OpenEncoder open;
    open.context.reset(avcodec_alloc_context3(codec));
    require(open.context != nullptr, "out of memory");
    AVCodecContext& context = *open.context;
    const PixelFormat plain = describe(chosen, {}, request.width, request.height).value();
    const ColorTags tags = output_tags(request, candidate, plain.matrix != ColorMatrix::rgb);
    open.format = describe(chosen, tags, request.width, request.height).value();
    if (!request.source_format.has_alpha) open.format = without_alpha(open.format);
    context.width = request.width;
    context.height = request.height;
    context.pix_fmt = chosen;
    context.time_base = request.time_base;
    context.framerate = request.frame_rate;
    context.sample_aspect_ratio = request.sample_aspect;
    context.thread_count = candidate.threads;
    context.flags |= AV_CODEC_FLAG_BITEXACT;
    if (request.global_header) context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    set_colors(context, tags, open.format);
    Options options;
    for (const Setting& setting : candidate.settings) options.set(setting.key, setting.value);
    if (request.realtime || request.low_latency) {
        for (const Setting& s : realtime_settings(candidate.name, request.low_latency)) {
            options.set(s.key, s.value);
        }
    }
    if (request.in_order) context.max_b_frames = 0;
    if (const HdrSetting hdr = hdr_setting(candidate.name, request.side_data); hdr.key != nullptr)
        options.append(hdr.key, hdr.value);
    if (request.low_latency) {
        context.gop_size = std::max(1, static_cast<int>(2 * av_q2d(request.frame_rate)));
        context.max_b_frames = 0;
    }
    if (candidate.quality_key != nullptr) {
        options.set(candidate.quality_key,
                    std::to_string(request.crf >= 0 ? request.crf : candidate.quality));
    }
    const int status = avcodec_open2(open.context.get(), codec, options.get());
    if (status < 0) throw Error(explain(status));
    return open;
}

EncoderRequest probe_request() {
    EncoderRequest request;
    request.width = 640;
    request.height = 360;
    return request;
}

std::string names_that_work() {
    std::string names;
    for (const EncoderInfo& encoder : list_encoders()) {
        if (encoder.works) names += (names.empty() ? "" : ", ") + encoder.name;
    }
    return names;
}

}  // namespace

namespace libav {

void DrainAndFree::operator()(AVCodecContext* context) const {
    if (context->codec != nullptr && std::string(context->codec->name) == "libsvtav1" &&
        avcodec_is_open(context) != 0) {
        const FramePtr blank(av_frame_alloc());
        const PacketPtr packet(av_packet_alloc());
        if (blank != nullptr && context->frame_number == 0) {
            blank->format = context->pix_fmt;
            blank->width = context->width;
            blank->height = context->height;
            if (av_frame_get_buffer(blank.get(), 0) >= 0) avcodec_send_frame(context, blank.get());
        }
        avcodec_send_frame(context, nullptr);
        while (packet != nullptr && avcodec_receive_packet(context, packet.get()) >= 0)
            av_packet_unref(packet.get());
    }
    avcodec_free_context(&context);
}

namespace {

void release_frame(void* opaque, uint8_t* /*data*/) { delete static_cast<VideoFrame*>(opaque); }

}  // namespace

FramePtr wrap_frame(const VideoFrame& frame, const OpenEncoder& encoder) {
    FramePtr out = make_frame_ptr();
    const AVCodecContext& context = *encoder.context;
    out->format = context.pix_fmt;
    out->width = frame.width();
    out->height = frame.height();
    for (int p = 0; p < encoder.format.planes; ++p) {
        out->data[p] = frame.planes.data[p];
        out->linesize[p] = static_cast<int>(frame.planes.stride_bytes[p]);
    }
    auto* owner = new VideoFrame(frame);
    const size_t bytes = static_cast<size_t>(out->linesize[0]) * frame.height();
    out->buf[0] = av_buffer_create(frame.planes.data[0], bytes, release_frame, owner,
                                   AV_BUFFER_FLAG_READONLY);
    if (out->buf[0] == nullptr) {
        delete owner;
        throw Error("out of memory for a video frame");
    }
    out->color_range = context.color_range;
    out->colorspace = context.colorspace;
    out->color_primaries = context.color_primaries;
    out->color_trc = context.color_trc;
    out->chroma_location = context.chroma_sample_location;
    out->sample_aspect_ratio = context.sample_aspect_ratio;
    return out;
}

std::string codec_for_ending(const std::string& ending, bool alpha) {
    if (alpha && (ending == ".mkv" || ending == ".webm")) return "vp9";
    if (ending == ".mp4" || ending == ".m4v" || ending == ".mkv" || ending == ".avi") return "h264";
    if (ending == ".mov") return "prores";
    if (ending == ".webm") return "av1";
    return "";
}

bool keeps_alpha(const std::string& ending, const std::string& codec) {
    const std::string chosen =
        canonical_codec(codec.empty() ? codec_for_ending(ending, true) : codec);
    // VP9's alpha is a second stream, which only Matroska and WebM can hold.
    if (chosen == "vp9" || chosen == "libvpx-vp9") return ending == ".mkv" || ending == ".webm";
    return chosen == "prores" || chosen == "prores_ks" || chosen == "ffv1";
}

OpenEncoder open_encoder(const EncoderRequest& request) {
    silence();
    const std::string wanted = canonical_codec(request.codec);
    bool known = false;
    std::string why;
    for (const Candidate& candidate : candidates()) {
        if (wanted != candidate.codec && wanted != candidate.name) continue;
        known = true;
        try {
            return try_open(candidate, request);
        } catch (const Error& error) {
            why += (why.empty() ? "" : "; ") + std::string(candidate.name) + ": " + error.what();
        }
    }
    if (!known) {
        throw UsageError("there is no codec '" + request.codec +
                         "'; try h264, h265, av1, vp9, prores, ffv1 or one of " +
                         names_that_work());
    }
    throw Error("cannot encode " + request.codec + " at " + std::to_string(request.width) + "x" +
                std::to_string(request.height) + " (" + why +
                "); these work here: " + names_that_work());
}

}  // namespace libav

std::vector<EncoderInfo> list_encoders() {
    silence();
    std::vector<EncoderInfo> encoders;
    for (const Candidate& candidate : candidates()) {
        EncoderInfo info{candidate.name, candidate.codec, true, ""};
        try {
            try_open(candidate, probe_request());
        } catch (const Error& error) {
            info.works = false;
            info.why = error.what();
        }
        encoders.push_back(info);
    }
    return encoders;
}

}  // namespace reverie
