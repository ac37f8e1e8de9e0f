#include "src/media/sinks/sound_converter.h"

extern "C" {
#include <libavutil/audio_fifo.h>
#include <libavutil/avstring.h>
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "src/media/sinks/sound_encoder.h"
#include "src/media/sinks/stream_copy.h"
#include "src/util/error.h"

namespace reverie::libav {
namespace {

constexpr int64_t kBitRateOfChannel = 96000;
constexpr int kMostChannels = 8;
/// Timestamps may be imprecise; if they are off by more than this, samples are missing or
/// duplicated.
constexpr double kTolerance_s = 0.03;
/// Decoding begins at most this long before the first sample that is heard.
constexpr double kWarmUp_s = 0.1;

/// The usual sound codecs of a container, the best first.
std::vector<AVCodecID> usual_codecs(const AVOutputFormat& format) {
    if (av_match_name("avi", format.name) != 0)
        return {AV_CODEC_ID_MP3, AV_CODEC_ID_AC3, AV_CODEC_ID_PCM_S16LE};
    if (av_match_name("webm", format.name) != 0) return {AV_CODEC_ID_OPUS, AV_CODEC_ID_VORBIS};
    return {AV_CODEC_ID_AAC, format.audio_codec};
}

/// Prefers the libraries for Opus and Vorbis, for which libav's own encoders are experimental.
const AVCodec* find_encoder(AVCodecID id) {
    const char* better = id == AV_CODEC_ID_OPUS     ? "libopus"
                         : id == AV_CODEC_ID_VORBIS ? "libvorbis"
                                                    : nullptr;
    const AVCodec* codec = better != nullptr ? avcodec_find_encoder_by_name(better) : nullptr;
    return codec != nullptr ? codec : avcodec_find_encoder(id);
}

/// The encoder's nearest sample rate, preferably a higher one.
int nearest_rate(const AVCodec& codec, int rate) {
    if (codec.supported_samplerates == nullptr) return rate;
    int best = codec.supported_samplerates[0];
    for (const int* r = codec.supported_samplerates; *r != 0; ++r) {
        const bool nearer = best < rate ? *r > best : *r >= rate && *r < best;
        if (nearer) best = *r;
    }
    return best;
}

}  // namespace

bool has_edit_lists(const AVOutputFormat& format) {
    return av_match_name("mp4", format.name) + av_match_name("mov", format.name) +
               av_match_name("ipod", format.name) >
           0;
}

bool is_before_beginning(const AVFormatContext& output, const AVCodecParameters& codec,
                         double begin_s, double end_s) {
    if (has_edit_lists(*output.oformat)) return end_s < -kWarmUp_s;
    constexpr double kRounding_s = 1e-3;  // of Matroska's timestamps
    const double delay_s = untold_delay_s(output, codec);
    return begin_s < (delay_s > 0 ? -delay_s - kRounding_s : -1e-4);
}

double untold_delay_s(const AVFormatContext& output, const AVCodecParameters& codec) {
    const bool untold = codec.codec_id == AV_CODEC_ID_OPUS && codec.sample_rate > 0 &&
                        av_match_name(output.oformat->name, "matroska,webm") != 0;
    return untold ? static_cast<double>(codec.initial_padding) / codec.sample_rate : 0;
}

SoundConverter::SoundConverter(const AVStream& from, AVFormatContext* output, TimeSpan wanted)
    : output_(output), wanted_(wanted), ticks_(from.time_base) {
    open_decoder(from);
    open_encoder(output);
    stream_ = avformat_new_stream(output, nullptr);
    require(stream_ != nullptr &&
                avcodec_parameters_from_context(stream_->codecpar, encoder_.get()) >= 0,
            "out of memory for a stream");
    stream_->time_base = encoder_->time_base;
    waiting_ = av_audio_fifo_alloc(encoder_->sample_fmt, encoder_->ch_layout.nb_channels,
                                   encoder_->sample_rate);
    require(waiting_ != nullptr, "out of memory for sound");
}

SoundConverter::~SoundConverter() {
    if (waiting_ != nullptr) av_audio_fifo_free(waiting_);
}

const char* SoundConverter::codec() const { return avcodec_get_name(encoder_->codec_id); }

void SoundConverter::open_decoder(const AVStream& from) {
    const AVCodec* codec = avcodec_find_decoder(from.codecpar->codec_id);
    require(codec != nullptr, "libav has no decoder for it");
    decoder_.reset(avcodec_alloc_context3(codec));
    require(
        decoder_ != nullptr && avcodec_parameters_to_context(decoder_.get(), from.codecpar) >= 0,
        "out of memory for a sound decoder");
    decoder_->pkt_timebase = from.time_base;
    const int status = avcodec_open2(decoder_.get(), codec, nullptr);
    if (status < 0) throw Error("it cannot be decoded: " + explain(status));
    require(decoder_->sample_rate > 0, "its sample rate is not known");
}

void SoundConverter::open_encoder(AVFormatContext* output) {
    for (const AVCodecID id : usual_codecs(*output->oformat)) {
        for (const int layout : {0, 1, 2}) {
            if (try_encoder(id, layout)) return;
        }
    }
    throw Error("there is no encoder for the sound of such a file");
}

/// `layout_choice`: 0 the source's own, 1 the usual one for as many channels, 2 stereo.
bool SoundConverter::try_encoder(AVCodecID id, int layout_choice) {
    const AVCodec* codec = find_encoder(id);
    if (codec == nullptr) return false;
    encoder_.reset(avcodec_alloc_context3(codec));
    require(encoder_ != nullptr, "out of memory for a sound encoder");
    const AVChannelLayout& source = decoder_->ch_layout;
    const bool own = layout_choice == 0 && source.order == AV_CHANNEL_ORDER_NATIVE;
    if (own) {
        av_channel_layout_copy(&encoder_->ch_layout, &source);
    } else {
        const int channels = layout_choice < 2 ? std::min(source.nb_channels, kMostChannels) : 2;
        av_channel_layout_default(&encoder_->ch_layout, std::max(channels, 1));
    }
    encoder_->sample_fmt =
        codec->sample_fmts != nullptr ? codec->sample_fmts[0] : AV_SAMPLE_FMT_S16;
    encoder_->sample_rate = nearest_rate(*codec, decoder_->sample_rate);
    encoder_->time_base = {1, encoder_->sample_rate};
    encoder_->bit_rate = kBitRateOfChannel * encoder_->ch_layout.nb_channels;
    if ((output_->oformat->flags & AVFMT_GLOBALHEADER) != 0)
        encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    encoder_->flags |= AV_CODEC_FLAG_BITEXACT;
    return avcodec_open2(encoder_.get(), codec, nullptr) >= 0;
}

/// Makes it for frames like this one: a stream's channel layout may change midway.
void SoundConverter::open_resampler(const AVFrame& frame) {
    if (resampler_ != nullptr && shape_of(frame) == from_) return;
    resampler_ =
        make_resampler(frame, encoder_->ch_layout, encoder_->sample_fmt, encoder_->sample_rate);
    const int status = resampler_ == nullptr ? AVERROR(ENOMEM) : swr_init(resampler_.get());
    if (status < 0) throw Error("cannot convert sound: " + explain(status));
    from_ = shape_of(frame);
}

void SoundConverter::write(const AVPacket* packet) {
    // A damaged packet is missing, and so becomes silence.
    avcodec_send_packet(decoder_.get(), packet);
    decode();
}

void SoundConverter::decode() {
    while (avcodec_receive_frame(decoder_.get(), decoded_.get()) >= 0) {
        take(decoded_.get());
        av_frame_unref(decoded_.get());
    }
}

/// Converts a decoded frame, or, if it is null, the samples that the resampler still holds.
void SoundConverter::take(const AVFrame* frame) {
    if (frame != nullptr) open_resampler(*frame);
    if (resampler_ == nullptr) return;
    const int64_t late = swr_get_delay(resampler_.get(), encoder_->sample_rate);
    const int room =
        swr_get_out_samples(resampler_.get(), frame != nullptr ? frame->nb_samples : 0) + 32;
    const FramePtr out = make_frame_ptr();
    out->format = encoder_->sample_fmt;
    out->sample_rate = encoder_->sample_rate;
    out->nb_samples = room;
    require(av_channel_layout_copy(&out->ch_layout, &encoder_->ch_layout) >= 0 &&
                av_frame_get_buffer(out.get(), 0) >= 0,
            "out of memory for sound");
    const int got =
        swr_convert(resampler_.get(), out->extended_data, room,
                    frame != nullptr ? const_cast<const uint8_t**>(frame->extended_data) : nullptr,
                    frame != nullptr ? frame->nb_samples : 0);
    if (got <= 0) return;
    out->nb_samples = got;
    int64_t at = placed_;
    if (frame != nullptr && frame->best_effort_timestamp != AV_NOPTS_VALUE) {
        const double at_s = static_cast<double>(frame->best_effort_timestamp) * av_q2d(ticks_);
        at = std::llround((at_s - wanted_.start_s) * encoder_->sample_rate) - late;
    }
    place(*out, at);
    encode(false);
}

/// Places samples at `at` in the output: fills a gap with silence, leaves out a part that overlaps.
void SoundConverter::place(const AVFrame& frame, int64_t at) {
    const auto tolerance = static_cast<int64_t>(kTolerance_s * encoder_->sample_rate);
    int64_t skipped = 0;
    if (placed_ == 0 || std::abs(at - placed_) > tolerance) {
        if (at > placed_) append_silence(at - placed_);
        skipped = std::max<int64_t>(0, placed_ - at);
    }
    int64_t count = frame.nb_samples - skipped;
    if (std::isfinite(wanted_.end_s)) {
        const double most = (wanted_.end_s - wanted_.start_s) * encoder_->sample_rate;
        count = std::min<int64_t>(count, std::llround(most) - placed_);
    }
    if (count <= 0) return;
    const bool planar = av_sample_fmt_is_planar(encoder_->sample_fmt) != 0;
    const int channels = encoder_->ch_layout.nb_channels;
    const int bytes = av_get_bytes_per_sample(encoder_->sample_fmt) * (planar ? 1 : channels);
    std::vector<void*> from;
    for (int c = 0; c < (planar ? channels : 1); ++c) {
        from.push_back(frame.extended_data[c] + skipped * bytes);
    }
    require(av_audio_fifo_write(waiting_, from.data(), static_cast<int>(count)) >= 0,
            "out of memory for sound");
    placed_ += count;
}

void SoundConverter::append_silence(int64_t samples) {
    if (std::isfinite(wanted_.end_s)) {
        const double most = (wanted_.end_s - wanted_.start_s) * encoder_->sample_rate;
        samples = std::min<int64_t>(samples, std::llround(most) - placed_);
    }
    const FramePtr silence = make_frame_ptr();
    silence->format = encoder_->sample_fmt;
    silence->sample_rate = encoder_->sample_rate;
    silence->nb_samples = kFrameOfPcm;
    require(av_channel_layout_copy(&silence->ch_layout, &encoder_->ch_layout) >= 0 &&
                av_frame_get_buffer(silence.get(), 0) >= 0,
            "out of memory for sound");
    av_samples_set_silence(silence->extended_data, 0, kFrameOfPcm, encoder_->ch_layout.nb_channels,
                           encoder_->sample_fmt);
    while (samples > 0) {
        const int count = static_cast<int>(std::min<int64_t>(samples, kFrameOfPcm));
        require(av_audio_fifo_write(waiting_, reinterpret_cast<void**>(silence->extended_data),
                                    count) >= 0,
                "out of memory for sound");
        placed_ += count;
        samples -= count;
        encode(false);
    }
}

void SoundConverter::encode(bool to_the_end) {
    const int whole = encoder_->frame_size > 0 ? encoder_->frame_size : kFrameOfPcm;
    for (;;) {
        const int there = av_audio_fifo_size(waiting_);
        if (there == 0 || (there < whole && !to_the_end)) return;
        const FramePtr frame = make_frame_ptr();
        frame->format = encoder_->sample_fmt;
        frame->sample_rate = encoder_->sample_rate;
        frame->nb_samples = std::min(there, whole);
        require(av_channel_layout_copy(&frame->ch_layout, &encoder_->ch_layout) >= 0 &&
                    av_frame_get_buffer(frame.get(), 0) >= 0,
                "out of memory for sound");
        av_audio_fifo_read(waiting_, reinterpret_cast<void**>(frame->extended_data),
                           frame->nb_samples);
        frame->pts = encoded_;
        encoded_ += frame->nb_samples;
        write_packets(frame.get());
    }
}

void SoundConverter::finish() {
    avcodec_send_packet(decoder_.get(), nullptr);
    decode();
    take(nullptr);
    encode(true);
    write_packets(nullptr);
}

void SoundConverter::write_packets(const AVFrame* frame) {
    int status = avcodec_send_frame(encoder_.get(), frame);
    const std::string name = output_->url != nullptr ? output_->url : "";
    if (status < 0 && status != AVERROR_EOF)
        throw Error("cannot encode the sound of '" + name + "': " + explain(status));
    for (;;) {
        status = avcodec_receive_packet(encoder_.get(), packet_.get());
        if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return;
        if (status < 0)
            throw Error("cannot encode the sound of '" + name + "': " + explain(status));
        const double tick_s = av_q2d(encoder_->time_base);
        const double begin_s = static_cast<double>(packet_->pts) * tick_s;
        const double end_s = begin_s + static_cast<double>(packet_->duration) * tick_s;
        if (is_before_beginning(*output_, *stream_->codecpar, begin_s, end_s)) {
            av_packet_unref(packet_.get());
            continue;
        }
        const int64_t untold =
            to_ticks(untold_delay_s(*output_, *stream_->codecpar), encoder_->time_base);
        packet_->pts += untold;
        packet_->dts += untold;
        packet_->stream_index = stream_->index;
        av_packet_rescale_ts(packet_.get(), encoder_->time_base, stream_->time_base);
        check_written(output_, av_interleaved_write_frame(output_, packet_.get()), name);
    }
}

}  // namespace reverie::libav
