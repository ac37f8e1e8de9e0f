#include "src/media/sounds/sound_resampler.h"

extern "C" {
#include <libavutil/channel_layout.h>
}

#include "src/media/sound.h"
#include "src/util/error.h"

namespace reverie::libav {
namespace {

constexpr int kMostStretched = 128;  // samples that a stretch may add to one frame

}  // namespace

SoundShape shape_of(const AVFrame& frame) {
    return {frame.sample_rate, frame.format, frame.ch_layout.nb_channels};
}

ResamplerPtr make_resampler(const AVFrame& frame, AVChannelLayout& to, AVSampleFormat format,
                            int rate) {
    AVChannelLayout from{};
    if (frame.ch_layout.order == AV_CHANNEL_ORDER_NATIVE)
        av_channel_layout_copy(&from, &frame.ch_layout);
    else
        av_channel_layout_default(&from, frame.ch_layout.nb_channels);
    SwrContext* made = nullptr;
    swr_alloc_set_opts2(&made, &to, format, rate, &from, static_cast<AVSampleFormat>(frame.format),
                        frame.sample_rate, 0, nullptr);
    av_channel_layout_uninit(&from);
    return ResamplerPtr(made);
}

void SoundResampler::open(const AVFrame& frame) {
    AVChannelLayout to{};
    av_channel_layout_default(&to, channels_);
    context_ = make_resampler(frame, to, AV_SAMPLE_FMT_FLT, kSoundRate);
    // Mono sound is played at full volume on both sides; by default its power would be halved.
    constexpr double kMonoOnBoth[] = {1, 1};
    const bool spread = frame.ch_layout.nb_channels == 1 && channels_ == 2;
    int status = context_ == nullptr ? AVERROR(ENOMEM) : 0;
    if (status >= 0 && spread) status = swr_set_matrix(context_.get(), kMonoOnBoth, 1);
    if (status >= 0) status = swr_init(context_.get());
    if (status < 0) throw Error("this sound cannot be resampled: " + explain(status));
    from_ = shape_of(frame);
}

int SoundResampler::convert(const AVFrame* frame, std::vector<float>& samples) {
    int made = 0;
    if (frame != nullptr && (context_ == nullptr || shape_of(*frame) != from_)) {
        if (context_ != nullptr) made = convert(nullptr, samples);
        open(*frame);
    }
    if (context_ == nullptr) return 0;
    const int count = frame != nullptr ? frame->nb_samples : 0;
    const int room = swr_get_out_samples(context_.get(), count) + kMostStretched;
    const size_t before = samples.size();
    samples.resize(before + static_cast<size_t>(room) * channels_);
    auto* out = reinterpret_cast<uint8_t*>(samples.data() + before);
    const int got = swr_convert(
        context_.get(), &out, room,
        frame != nullptr ? const_cast<const uint8_t**>(frame->extended_data) : nullptr, count);
    samples.resize(before + static_cast<size_t>(std::max(got, 0)) * channels_);
    return made + std::max(got, 0);
}

int64_t SoundResampler::delay() const {
    return context_ != nullptr ? swr_get_delay(context_.get(), kSoundRate) : 0;
}

void SoundResampler::stretch(int samples) {
    if (context_ != nullptr) swr_set_compensation(context_.get(), samples, kSoundRate);
}

}  // namespace reverie::libav
