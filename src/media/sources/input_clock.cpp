#include "src/media/sources/input_clock.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace reverie::libav {
namespace {

constexpr AVRational kNs{1, 1'000'000'000};
constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kBack = kSecond / 10;      ///< a smaller step back is a frame out of order
constexpr int64_t kBackShown = 2 * kSecond;  ///< likewise, if only display times are known
constexpr int64_t kAhead = 10 * kSecond;     ///< as in ffmpeg; a smaller step ahead is a pause
/// The same for formats with one clock for the whole file, in which a pause may be long.
constexpr int64_t kFarAhead = 1800 * kSecond;
/// Sound that begins so little before the picture is an encoder's delay.
constexpr int64_t kEncoderDelay = kSecond / 10;

int64_t to_ns(int64_t ticks, AVRational time_base) { return av_rescale_q(ticks, time_base, kNs); }

}  // namespace

bool has_restless_clock(const AVInputFormat& format) {
    return (format.flags & AVFMT_TS_DISCONT) != 0 || std::strstr(format.name, "flv") != nullptr;
}

InputClock::InputClock(const AVFormatContext& input, int video)
    : video_(video), restless_(has_restless_clock(*input.iformat)) {
    constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
    int64_t first = kNever, picture = kNever;
    for (unsigned i = 0; i < input.nb_streams; ++i) {
        const AVStream& stream = *input.streams[i];
        Stream ours;
        ours.time_base = stream.time_base;
        ours.type = stream.codecpar->codec_type;
        const bool is_picture = static_cast<int>(i) == video;
        ours.keeps_time = is_picture || ours.type == AVMEDIA_TYPE_AUDIO;
        streams_.push_back(ours);
        if (!ours.keeps_time || stream.start_time == AV_NOPTS_VALUE) continue;
        const int64_t start = to_ns(stream.start_time, stream.time_base);
        first = std::min(first, start);
        if (is_picture) picture = start;
    }
    if (first == kNever) first = 0;
    if (picture == kNever) picture = first;
    // Packets before 0 let a decoder warm up, or are cut away.
    if (first < 0) first = std::min<int64_t>(picture, 0);
    if (first > 0 && picture - first < kEncoderDelay) first = picture;
    epochs_.push_back({-first, std::numeric_limits<int64_t>::min() / 2});
}

int64_t InputClock::origin_ticks(AVRational time_base) const {
    return av_rescale_q(-epochs_.front().shift_ns, kNs, time_base);
}

double InputClock::origin_s() const {
    return -static_cast<double>(epochs_.front().shift_ns) / static_cast<double>(kSecond);
}

void InputClock::restart() {
    epochs_.resize(1);
    for (Stream& stream : streams_) {
        stream.begun = false;
        stream.epoch = 0;
        stream.end_ns = 0;
    }
}

bool InputClock::jumps(const Stream& stream, const AVPacket& packet) const {
    // Decoding times increase; display times do so only roughly.
    const bool decoded = packet.dts != AV_NOPTS_VALUE && stream.decoded_ns != AV_NOPTS_VALUE;
    const bool shown = packet.pts != AV_NOPTS_VALUE && stream.shown_ns != AV_NOPTS_VALUE;
    if (!decoded && !shown) return false;
    const int64_t at_ns = to_ns(decoded ? packet.dts : packet.pts, stream.time_base);
    const int64_t last_ns = decoded ? stream.decoded_ns : stream.shown_ns;
    if (at_ns < last_ns - (decoded ? kBack : kBackShown)) return true;
    const int64_t ahead = restless_ ? kAhead : kFarAhead;
    if (at_ns < last_ns + stream.lasts_ns + ahead) return false;
    // If another stream has come there without a jump, this one has only paused.
    return std::none_of(streams_.begin(), streams_.end(), [&](const Stream& other) {
        return &other != &stream && other.begun && other.epoch == stream.epoch &&
               std::abs(other.last_ns() - at_ns) < ahead;
    });
}

/// Has another stream already jumped to where this one is now?
bool InputClock::joins(Stream& stream, int64_t at_ns) const {
    for (size_t epoch = epochs_.size(); --epoch > stream.epoch;) {
        const bool there = std::any_of(streams_.begin(), streams_.end(), [&](const Stream& other) {
            return other.begun && other.epoch == epoch &&
                   at_ns > epochs_[epoch].begin_ns - kAhead && at_ns < other.last_ns() + kAhead;
        });
        if (!there) continue;
        stream.epoch = epoch;
        return true;
    }
    return false;
}

/// For streams whose packets are too rare to show a jump by themselves.
size_t InputClock::epoch_at(int64_t at_ns) const {
    size_t epoch = epochs_.size() - 1;
    while (epoch > 0 && at_ns < epochs_[epoch].begin_ns - kSecond) --epoch;
    return epoch;
}

void InputClock::shift(AVPacket& packet, const Stream& stream, int64_t by_ns) {
    // Rounds once, so that the difference between pts and dts stays exact.
    const int64_t by = av_rescale_q(by_ns, kNs, stream.time_base);
    if (packet.pts != AV_NOPTS_VALUE) packet.pts += by;
    if (packet.dts != AV_NOPTS_VALUE) packet.dts += by;
}

InputClock::Verdict InputClock::correct(AVPacket& packet, bool waited) {
    Stream& stream = streams_[packet.stream_index];
    const int64_t ticks = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
    if (ticks == AV_NOPTS_VALUE) return Verdict::ok;
    const int64_t at_ns = to_ns(ticks, stream.time_base);
    if (!stream.keeps_time) {
        shift(packet, stream, epochs_[epoch_at(at_ns)].shift_ns);
        return Verdict::ok;
    }
    // Without a pts, a picture is assumed to be shown as long after its decoding as the epoch's
    // first one.
    const size_t before = stream.begun ? stream.epoch : epochs_.size();
    const int64_t shown = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts + stream.delay;
    const int64_t shown_ns = to_ns(shown, stream.time_base);
    if (!stream.begun) {
        stream.epoch = epoch_at(at_ns);
    } else if (jumps(stream, packet) && !joins(stream, at_ns)) {
        if (!waited && packet.stream_index != video_ && streams_[video_].begun) {
            return Verdict::wait;
        }
        epochs_.push_back({stream.end_ns - shown_ns, shown_ns});
        stream.epoch = epochs_.size() - 1;
    }
    const bool both = packet.dts != AV_NOPTS_VALUE && packet.pts != AV_NOPTS_VALUE;
    if (stream.epoch != before) stream.delay = both ? packet.pts - packet.dts : 0;
    const int64_t ours_ns = shown_ns + epochs_[stream.epoch].shift_ns;
    stream.decoded_ns = packet.dts != AV_NOPTS_VALUE ? at_ns : AV_NOPTS_VALUE;
    stream.shown_ns = packet.pts != AV_NOPTS_VALUE ? shown_ns : AV_NOPTS_VALUE;
    stream.lasts_ns = std::max<int64_t>(0, to_ns(packet.duration, stream.time_base));
    const bool again = stream.begun && stream.type == AVMEDIA_TYPE_AUDIO && stream.epoch > 0 &&
                       ours_ns + stream.lasts_ns / 2 < stream.end_ns;
    stream.begun = true;
    if (again) return Verdict::drop;
    stream.end_ns = std::max(stream.end_ns, ours_ns + stream.lasts_ns);
    shift(packet, stream, epochs_[stream.epoch].shift_ns);
    return Verdict::ok;
}

}  // namespace reverie::libav
