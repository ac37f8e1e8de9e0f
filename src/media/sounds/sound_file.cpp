#include "src/media/sounds/sound_file.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "src/media/libav.h"
#include "src/media/sound.h"
#include "src/media/sounds/sound_resampler.h"
#include "src/media/sources/input.h"
#include "src/media/sources/input_clock.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// Timestamps may be imprecise; if they are off by more than this, samples are missing or
/// duplicated.
constexpr int64_t kRough = kSoundRate * 3 / 100;
/// A longer gap means that the clock is wrong.
constexpr int64_t kLongestGap = int64_t{kSoundRate} * 600;
constexpr int kMostBroken = 1000;

libav::Transport transport_of(const std::string& path) {
    return path.find("://") != std::string::npos ? libav::Transport::url : libav::Transport::file;
}

/// The video stream whose time counts; a cover picture does not.
int moving_picture(const AVFormatContext& input) {
    for (unsigned i = 0; i < input.nb_streams; ++i) {
        const AVStream& stream = *input.streams[i];
        const bool cover = (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
        if (stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !cover) return static_cast<int>(i);
    }
    return -1;
}

}  // namespace

class SoundFile::Decoder {
  public:
    Decoder(const std::string& path, int channels, const std::atomic<bool>* stop)
        : channels_(channels),
          input_(path, transport_of(path), stop),
          clock_(*input_.get(), moving_picture(*input_.get())),
          resampler_(channels) {
        const AVCodec* codec = nullptr;
        stream_ = av_find_best_stream(input_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
        require(stream_ >= 0 && codec != nullptr, "'" + path + "' holds no sound");
        for (unsigned i = 0; i < input_->nb_streams; ++i) {
            if (static_cast<int>(i) != stream_) input_->streams[i]->discard = AVDISCARD_ALL;
        }
        const AVStream& stream = *input_->streams[stream_];
        decoder_.reset(avcodec_alloc_context3(codec));
        require(decoder_ != nullptr &&
                    avcodec_parameters_to_context(decoder_.get(), stream.codecpar) >= 0,
                "out of memory for a sound decoder");
        decoder_->pkt_timebase = stream.time_base;
        const int status = avcodec_open2(decoder_.get(), codec, nullptr);
        if (status < 0)
            throw Error("cannot decode the sound of '" + path + "': " + libav::explain(status));
    }

    size_t read(std::span<float> samples) {
        size_t count = 0;
        while (count < samples.size()) {
            if (taken_ == ready_.size()) {
                ready_.clear();
                taken_ = 0;
                if (!decode_on()) break;
                continue;
            }
            const size_t some = std::min(samples.size() - count, ready_.size() - taken_);
            std::copy_n(ready_.begin() + static_cast<ptrdiff_t>(taken_), some,
                        samples.begin() + static_cast<ptrdiff_t>(count));
            taken_ += some;
            count += some;
        }
        return count;
    }

  private:
    /// False at the end.
    bool decode_on() {
        while (!ended_ && ready_.empty()) read_packet();
        return !ready_.empty();
    }

    void read_packet() {
        if (input_.stopped()) throw Interrupted("stopped");
        const int status = av_read_frame(input_.get(), packet_.get());
        if (input_.stopped()) throw Interrupted("stopped");
        if (status == AVERROR_INVALIDDATA && ++damage_ < kMostBroken) return;
        if (status < 0) {
            ended_ = true;
            avcodec_send_packet(decoder_.get(), nullptr);
            receive();
            place(nullptr);
            return;
        }
        const bool ours = packet_->stream_index == stream_;
        if (ours && clock_.correct(*packet_, true) != libav::InputClock::Verdict::drop &&
            avcodec_send_packet(decoder_.get(), packet_.get()) >= 0)
            receive();
        av_packet_unref(packet_.get());
    }

    void receive() {
        while (avcodec_receive_frame(decoder_.get(), frame_.get()) >= 0) place(frame_.get());
    }

    /// Appends the samples, unless the frame's time says that some are missing or duplicated.
    void place(const AVFrame* frame) {
        std::vector<float> samples;
        const int64_t late = resampler_.delay();
        resampler_.convert(frame, samples);
        if (samples.empty()) return;
        int64_t off = 0;
        if (frame != nullptr && frame->pts != AV_NOPTS_VALUE) {
            const int64_t at = av_rescale_q(frame->pts, input_->streams[stream_]->time_base,
                                            AVRational{1, kSoundRate});
            off = at - late - placed_;
        }
        if (off < -kRough || (placed_ == 0 && off < 0)) {
            const auto twice = static_cast<size_t>(-off) * channels_;
            samples.erase(samples.begin(), samples.begin() + static_cast<ptrdiff_t>(
                                                                 std::min(twice, samples.size())));
        } else if ((off > kRough || placed_ == 0) && off < kLongestGap) {
            samples.insert(samples.begin(), static_cast<size_t>(off) * channels_, 0.0F);
        }
        placed_ += static_cast<int64_t>(samples.size()) / channels_;
        ready_.insert(ready_.end(), samples.begin(), samples.end());
    }

    int channels_;
    libav::Input input_;
    libav::InputClock clock_;
    libav::CodecPtr decoder_;
    libav::SoundResampler resampler_;
    libav::PacketPtr packet_ = libav::make_packet_ptr();
    libav::FramePtr frame_ = libav::make_frame_ptr();
    int stream_ = -1, damage_ = 0;
    bool ended_ = false;
    std::vector<float> ready_;
    size_t taken_ = 0;    ///< of ready_
    int64_t placed_ = 0;  ///< samples of each channel before the next one
};

SoundFile::SoundFile(const std::string& path, int channels, const std::atomic<bool>* stop)
    : decoder_(std::make_unique<Decoder>(path, channels, stop)) {}

SoundFile::~SoundFile() = default;

size_t SoundFile::read(std::span<float> samples) { return decoder_->read(samples); }

}  // namespace reverie
