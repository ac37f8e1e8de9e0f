#include "src/media/sinks/sound_encoder.h"

extern "C" {
#include <libavutil/channel_layout.h>
}

#include <algorithm>
#include <utility>

#include "src/media/sinks/stream_copy.h"
#include "src/media/sound.h"
#include "src/util/error.h"

namespace reverie::libav {
namespace {

constexpr int64_t kBitRate = 192000;

AVCodecID codec_for(const AVOutputFormat& container) {
    const bool holds_aac =
        avformat_query_codec(&container, AV_CODEC_ID_AAC, FF_COMPLIANCE_NORMAL) == 1;
    return holds_aac ? AV_CODEC_ID_AAC : container.audio_codec;
}

bool has_format(const AVCodec& codec, AVSampleFormat format) {
    for (const AVSampleFormat* f = codec.sample_fmts; f != nullptr && *f != AV_SAMPLE_FMT_NONE; ++f)
        if (*f == format) return true;
    return false;
}

}  // namespace

SoundEncoder::SoundEncoder(AVFormatContext* output, std::string name)
    : output_(output), name_(std::move(name)) {
    const AVCodecID codec = codec_for(*output->oformat);
    require(codec != AV_CODEC_ID_NONE, "'" + name_ + "' cannot hold sound; try .mp4 or .mkv");
    open_encoder(codec);
    stream_ = avformat_new_stream(output, nullptr);
    require(stream_ != nullptr &&
                avcodec_parameters_from_context(stream_->codecpar, encoder_.get()) >= 0,
            "out of memory for a stream");
    stream_->time_base = encoder_->time_base;
    frame_->format = encoder_->sample_fmt;
    frame_->sample_rate = kSoundRate;
    require(av_channel_layout_copy(&frame_->ch_layout, &encoder_->ch_layout) >= 0,
            "out of memory for sound");
    frame_->nb_samples = encoder_->frame_size > 0 ? encoder_->frame_size : kFrameOfPcm;
    require(av_frame_get_buffer(frame_.get(), 0) >= 0, "out of memory for sound");
}

void SoundEncoder::open_encoder(AVCodecID id) {
    const AVCodec* codec = avcodec_find_encoder(id);
    require(codec != nullptr, "there is no encoder for sound in '" + name_ + "'; try .mp4 or .mkv");
    encoder_.reset(avcodec_alloc_context3(codec));
    require(encoder_ != nullptr, "out of memory for a sound encoder");
    const bool planar = has_format(*codec, AV_SAMPLE_FMT_FLTP);
    require(planar || has_format(*codec, AV_SAMPLE_FMT_FLT),
            std::string(codec->name) + " takes no floating-point sound; try .mp4 or .mkv");
    encoder_->sample_fmt = planar ? AV_SAMPLE_FMT_FLTP : AV_SAMPLE_FMT_FLT;
    encoder_->sample_rate = kSoundRate;
    encoder_->time_base = {1, kSoundRate};
    encoder_->bit_rate = kBitRate;
    encoder_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    av_channel_layout_default(&encoder_->ch_layout, kSoundChannels);
    if ((output_->oformat->flags & AVFMT_GLOBALHEADER) != 0)
        encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    encoder_->flags |= AV_CODEC_FLAG_BITEXACT;
    const int status = avcodec_open2(encoder_.get(), codec, nullptr);
    if (status < 0) {
        throw Error("cannot encode sound for '" + name_ + "' with " + codec->name + ": " +
                    explain(status));
    }
}

void SoundEncoder::write(std::span<const float> samples) {
    waiting_.insert(waiting_.end(), samples.begin(), samples.end());
    const auto whole = static_cast<size_t>(frame_->nb_samples);
    while (waiting_.size() >= whole * kSoundChannels) encode(whole);
}

void SoundEncoder::finish() {
    const size_t left = waiting_.size() / kSoundChannels;
    if (left > 0) {
        // Only some encoders accept a shorter last frame; for the others it is filled with silence.
        waiting_.resize(static_cast<size_t>(frame_->nb_samples) * kSoundChannels);
        encode(static_cast<size_t>(frame_->nb_samples));
    }
    write_packets(nullptr);
}

/// Encodes the first of the waiting samples.
void SoundEncoder::encode(size_t frames) {
    require(av_frame_make_writable(frame_.get()) >= 0, "out of memory for sound");
    const bool planar = encoder_->sample_fmt == AV_SAMPLE_FMT_FLTP;
    for (int c = 0; c < kSoundChannels; ++c) {
        auto* out = reinterpret_cast<float*>(frame_->data[planar ? c : 0]) + (planar ? 0 : c);
        const size_t stride = planar ? 1 : kSoundChannels;
        for (size_t i = 0; i < frames; ++i) out[i * stride] = waiting_[i * kSoundChannels + c];
    }
    frame_->pts = written_;
    written_ += static_cast<int64_t>(frames);
    const auto used = static_cast<ptrdiff_t>(frames * kSoundChannels);
    waiting_.erase(waiting_.begin(), waiting_.begin() + used);
    write_packets(frame_.get());
}

void SoundEncoder::write_packets(const AVFrame* frame) {
    int status = avcodec_send_frame(encoder_.get(), frame);
    if (status < 0 && status != AVERROR_EOF)
        throw Error("cannot encode the sound of '" + name_ + "': " + explain(status));
    for (;;) {
        status = avcodec_receive_packet(encoder_.get(), packet_.get());
        if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return;
        if (status < 0)
            throw Error("cannot encode the sound of '" + name_ + "': " + explain(status));
        packet_->stream_index = stream_->index;
        av_packet_rescale_ts(packet_.get(), encoder_->time_base, stream_->time_base);
        check_written(output_, av_interleaved_write_frame(output_, packet_.get()), name_);
    }
}

}  // namespace reverie::libav
