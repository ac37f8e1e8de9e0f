#include "src/media/sound.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <utility>

#include "src/media/late/late_libav.h"
#include "src/media/libav.h"
#include "src/media/sounds/sound_resampler.h"
#include "src/media/sources/reach.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using namespace libav;  // NOLINT(google-build-using-namespace): this file wraps libav
using Clock = SoundInput::Clock;

constexpr int kKeptS = 20;          // of sound, for recorders that are behind
constexpr double kPatienceS = 0.5;  // sound that is later than this is silence
constexpr double kSeamS = 0.25;     // later than this, a loop does not follow on its own end
constexpr double kJumpS = 0.1;      // further off than this, the clock is reset
constexpr double kFollows = 0.02;   // weight of each block's offset in the smoothed one
constexpr int kStretch = 96;        // most samples by which a second is stretched
constexpr auto kTryAgain = std::chrono::seconds(1);
constexpr auto kLongestRead = std::chrono::seconds(3);
constexpr const char* kPulsePiece = "1920";  // bytes: 10 ms of stereo in 16 bits, to be heard early
constexpr const char* kDevices[] = {"pulse", "alsa", "jack", "lavfi"};

/// "pulse" and what comes after the colon; no device: a file or a URL.
std::pair<std::string, std::string> split(const std::string& spec) {
    for (const char* device : kDevices) {
        const std::string prefix = std::string(device) + ":";
        if (spec.rfind(prefix, 0) == 0) return {device, spec.substr(prefix.size())};
    }
    return {"", spec};
}

}  // namespace

/// One opened input, decoded and brought to the format of the feed.
class SoundInput::Reader {
  public:
    Reader(SoundInput& owner, const std::string& spec) : owner_(owner) {
        silence();
        const auto [device, address] = split(spec);
        const bool file = device.empty();
        if (!file) register_devices();
        paced_ = file || device == "lavfi";
        const AVInputFormat* format = file ? nullptr : av_find_input_format(device.c_str());
        require(file || format != nullptr, "this build of FFmpeg cannot record from " + device);
        AVFormatContext* input = avformat_alloc_context();
        require(input != nullptr, "out of memory for a sound input");
        input->interrupt_callback = {is_late, this};
        begin_waiting();
        clear_message();
        Options options;
        if (device == "pulse") options.set("fragment_size", kPulsePiece);
        if (file) options.set("protocol_whitelist", protocols_within(Transport::url, address));
        int status = avformat_open_input(&input, address.c_str(), format, options.get());
        if (status < 0) throw Error("there is no sound from '" + spec + "': " + explain(status));
        input_.reset(input);
        status = avformat_find_stream_info(input, nullptr);
        const AVCodec* codec = nullptr;
        stream_ = av_find_best_stream(input, AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
        require(status >= 0 && stream_ >= 0 && codec != nullptr, "'" + spec + "' holds no sound");
        decoder_.reset(avcodec_alloc_context3(codec));
        require(decoder_ != nullptr && avcodec_parameters_to_context(
                                           decoder_.get(), input->streams[stream_]->codecpar) >= 0,
                "out of memory for a sound decoder");
        status = avcodec_open2(decoder_.get(), codec, nullptr);
        if (status < 0)
            throw Error("cannot decode the sound of '" + spec + "': " + explain(status));
        next_ = owner.index_now();
        if (file && next_ - owner.end_ < std::llround(kSeamS * kSoundRate)) next_ = owner.end_;
        begun_ = owner.time_of(next_);
    }

    /// Reads the next block into the owner's ring buffer. False at the end, or if nothing came.
    bool read() {
        begin_waiting();
        const int status = av_read_frame(input_.get(), packet_.get());
        if (status == AVERROR(EAGAIN)) return !owner_.stopping_;
        if (status < 0) {
            finish();
            return false;
        }
        if (packet_->stream_index == stream_) decode(packet_.get());
        av_packet_unref(packet_.get());
        return !owner_.stopping_;
    }

    bool has_read() const { return heard_ > 0; }

  private:
    void begin_waiting() { give_up_ = Clock::now() + kLongestRead; }

    void decode(const AVPacket* packet) {
        if (avcodec_send_packet(decoder_.get(), packet) < 0) return;
        while (avcodec_receive_frame(decoder_.get(), frame_.get()) >= 0) take(frame_.get());
    }

    /// What decoder and resampler hold back belongs to the sound, too.
    void finish() {
        decode(nullptr);
        take(nullptr);
    }

    static int is_late(void* reader) {
        const auto* self = static_cast<Reader*>(reader);
        return self->owner_.stopping_ || Clock::now() > self->give_up_ ? 1 : 0;
    }

    void take(const AVFrame* frame) {
        if (paced_) wait_for_its_time();
        block_.clear();
        const int made = resampler_.convert(frame, block_);
        if (frame != nullptr) heard_ += static_cast<double>(frame->nb_samples) / frame->sample_rate;
        if (made == 0) return;
        follow_clock(made);
        owner_.take(next_, {block_.data(), static_cast<size_t>(made) * kSoundChannels});
        next_ += made;
    }

    /// Reads a file at the pace at which it would be played.
    void wait_for_its_time() {
        const auto due = begun_ + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(heard_));
        while (Clock::now() < due && !owner_.stopping_)
            std::this_thread::sleep_for(
                std::min<Clock::duration>(due - Clock::now(), std::chrono::milliseconds(50)));
    }

    /// The sound card's clock is not the show's: stretching removes a small difference, a jump a
    /// large one. A block's last sample counts as heard just now.
    void follow_clock(int made) {
        const auto off = static_cast<double>(owner_.index_now() - (next_ + made));
        if (std::abs(off) > kJumpS * kSoundRate && !paced_) {
            next_ += std::llround(off);
            offset_ = 0;
            return;
        }
        offset_ += kFollows * (off - offset_);
        const int stretch = std::clamp(static_cast<int>(offset_), -kStretch, kStretch);
        if (!paced_ && std::abs(stretch) >= kStretch / 2) resampler_.stretch(stretch);
    }

    SoundInput& owner_;
    InputPtr input_;
    CodecPtr decoder_;
    SoundResampler resampler_{kSoundChannels};
    PacketPtr packet_ = make_packet_ptr();
    FramePtr frame_ = make_frame_ptr();
    std::vector<float> block_;
    Clock::time_point give_up_, begun_;
    int stream_ = -1;
    bool paced_ = false;
    double heard_ = 0;   ///< seconds since begun_
    int64_t next_ = 0;   ///< the number of the next sample
    double offset_ = 0;  ///< samples that the clock is ahead, smoothed
};

SoundInput::SoundInput(std::string spec, Clock::time_point origin)
    : spec_(std::move(spec)),
      origin_(origin),
      ring_(size_t{kKeptS} * kSoundRate * kSoundChannels),
      thread_([this] { run(); }) {}

SoundInput::~SoundInput() {
    stopping_ = true;
    thread_.join();
}

int64_t SoundInput::index_now() const {
    return std::llround(std::chrono::duration<double>(Clock::now() - origin_).count() * kSoundRate);
}

SoundInput::Clock::time_point SoundInput::time_of(int64_t sample) const {
    return origin_ + std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(static_cast<double>(sample) / kSoundRate));
}

void SoundInput::run() {
    const std::vector<std::string> tried =
        spec_ == "default" ? std::vector<std::string>{"pulse:default", "alsa:default"}
                           : std::vector<std::string>{spec_};
    const bool loops = split(spec_).first.empty() && spec_ != "default";
    while (!stopping_) {
        bool again = false;
        for (const std::string& spec : tried) {
            try {
                Reader reader(*this, spec);
                {
                    const std::lock_guard lock(mutex_);
                    status_ = {true, spec, 0, ""};
                }
                while (reader.read()) {
                }
                again = loops && reader.has_read();
                if (!again) fail("the sound of '" + spec + "' has ended");
            } catch (const std::exception& error) {
                fail(error.what());
            }
        }
        const auto next = Clock::now() + (again ? Clock::duration{} : kTryAgain);
        while (!stopping_ && Clock::now() < next)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

void SoundInput::fail(const std::string& line) {
    const std::lock_guard lock(mutex_);
    status_.running = false;
    status_.peak = 0;
    status_.problem = line;
}

/// Skipped samples become silence; samples that are there already are replaced.
void SoundInput::take(int64_t first, std::span<const float> samples) {
    const std::lock_guard lock(mutex_);
    const auto count = static_cast<int64_t>(samples.size() / kSoundChannels);
    const auto kept = static_cast<int64_t>(ring_.size() / kSoundChannels);
    const auto at = [&](int64_t n) { return &ring_[(n % kept + kept) % kept * kSoundChannels]; };
    for (int64_t n = std::max(end_, first - kept); n < first; ++n) at(n)[0] = at(n)[1] = 0;
    float peak = 0;
    for (int64_t i = 0; i < count; ++i) {
        for (int c = 0; c < kSoundChannels; ++c) {
            const float sample = samples[i * kSoundChannels + c];
            at(first + i)[c] = sample;
            peak = std::max(peak, std::abs(sample));
        }
    }
    end_ = std::max(end_, first + count);
    const double share = std::min(1.0, static_cast<double>(count) / (0.1 * kSoundRate));
    status_.peak = std::max(peak, static_cast<float>((1 - share) * status_.peak));
}

size_t SoundInput::read(int64_t first, std::span<float> samples) {
    const int64_t given_up = index_now() - std::llround(kPatienceS * kSoundRate);
    const std::lock_guard lock(mutex_);
    const auto count = static_cast<int64_t>(samples.size() / kSoundChannels);
    const auto kept = static_cast<int64_t>(ring_.size() / kSoundChannels);
    const int64_t known = std::clamp<int64_t>(std::max(end_, given_up) - first, 0, count);
    for (int64_t i = 0; i < known; ++i) {
        const int64_t n = first + i;
        const bool there = n >= 0 && n < end_ && n >= end_ - kept;
        for (int c = 0; c < kSoundChannels; ++c)
            samples[i * kSoundChannels + c] = there ? ring_[n % kept * kSoundChannels + c] : 0.0F;
    }
    return static_cast<size_t>(known);
}

SoundStatus SoundInput::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

std::vector<SoundDevice> list_sounds() {
    silence();
    register_devices();
    const LateLibav& av = late_libav();
    std::vector<SoundDevice> sounds;
    for (const char* device : {"pulse", "alsa"}) {
        AVDeviceInfoList* list = nullptr;
        const AVInputFormat* format = av_find_input_format(device);
        if (format != nullptr &&
            av.avdevice_list_input_sources(format, nullptr, nullptr, &list) > 0) {
            for (int i = 0; i < list->nb_devices; ++i) {
                const AVDeviceInfo& info = *list->devices[i];
                sounds.push_back(
                    {std::string(device) + ":" + info.device_name,
                     info.device_description != nullptr ? info.device_description : ""});
            }
        }
        av.avdevice_free_list_devices(&list);
    }
    return sounds;
}

}  // namespace reverie
