#include "src/media/sources/demuxer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "src/media/sinks/attachments.h"
#include "src/util/error.h"

namespace reverie::libav {
namespace {

constexpr size_t kMostUndecided = 500;  ///< packets of sound, until the picture has jumped too
constexpr size_t kLongestGroup = 600;   ///< of pictures that are kept for one key frame
constexpr size_t kPacketsAhead = 200;   ///< that read_ahead() reads at most,
constexpr int kBytesAhead = 64 << 20;   ///< and their size
constexpr size_t kFirstSounds = 6;
constexpr int kMostDamage = 1000;

bool copied(const AVStream& stream) {
    const AVMediaType type = stream.codecpar->codec_type;
    return type == AVMEDIA_TYPE_AUDIO || type == AVMEDIA_TYPE_SUBTITLE;
}

int64_t time_of(const AVPacket& packet) {
    return packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
}

}  // namespace

bool is_raw_stream(const AVInputFormat& format) {
    return format.priv_class != nullptr &&
           std::strcmp(format.priv_class->class_name, "generic raw video demuxer") == 0;
}

bool is_timecode(const AVStream& stream) {
    return stream.codecpar->codec_type == AVMEDIA_TYPE_DATA &&
           stream.codecpar->codec_tag == MKTAG('t', 'm', 'c', 'd');
}

std::string name_of_stream(const AVFormatContext& input, const AVStream& stream) {
    const AVCodecParameters& codec = *stream.codecpar;
    if (is_attachment(stream))
        return codec.codec_type == AVMEDIA_TYPE_VIDEO ? "a cover" : "attachments";
    if (is_timecode(stream)) return "timecode";
    switch (codec.codec_type) {
        case AVMEDIA_TYPE_AUDIO:
            return "sound";
        case AVMEDIA_TYPE_SUBTITLE:
            return "subtitles";
        case AVMEDIA_TYPE_VIDEO:
            return std::string("another picture (") + avcodec_get_name(codec.codec_id) + ")";
        default:
            break;
    }
    // A track with the names of chapters, which are copied as chapters.
    if (codec.codec_tag == MKTAG('t', 'e', 'x', 't') && input.nb_chapters > 0) return "";
    if (codec.codec_tag == MKTAG('g', 'p', 'm', 'd')) return "telemetry (GPMF)";
    const bool named = codec.codec_id != AV_CODEC_ID_NONE && codec.codec_id != AV_CODEC_ID_BIN_DATA;
    if (named) return std::string("data (") + avcodec_get_name(codec.codec_id) + ")";
    std::array<char, AV_FOURCC_MAX_STRING_SIZE> tag{};
    const bool letters = codec.codec_tag >= 0x20202020;
    return letters
               ? std::string("data (") + av_fourcc_make_string(tag.data(), codec.codec_tag) + ")"
               : "data";
}

Demuxer::Demuxer(const InputRequest& request)
    : request_(request),
      input_(std::make_unique<Input>(request.path, request.transport, request.stop,
                                     request.silence_s)),
      timeless_(is_raw_stream(*input_->get()->iformat)) {}

void Demuxer::choose(int video) {
    video_ = video;
    clock_ = std::make_unique<InputClock>(*input_->get(), video);
    has_others_ = !others().empty();
    for (unsigned i = 0; i < (*input_)->nb_streams; ++i) {
        AVStream* stream = (*input_)->streams[i];
        if (static_cast<int>(i) == video) continue;
        if (dropped_ || !copied(*stream)) stream->discard = AVDISCARD_ALL;
    }
}

std::vector<std::string> Demuxer::others() const {
    const AVFormatContext& input = *input_->get();
    std::vector<std::string> names;
    const auto add = [&](const std::string& name) {
        if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
    };
    for (unsigned i = 0; i < input.nb_streams; ++i)
        if (static_cast<int>(i) != video_) add(name_of_stream(input, *input.streams[i]));
    if (input.nb_chapters > 0) add("chapters");
    return names;
}

void Demuxer::drop_others() {
    if (dropped_) return;
    dropped_ = true;
    others_.clear();
    undecided_.clear();
    for (unsigned i = 0; i < (*input_)->nb_streams; ++i) {
        if (static_cast<int>(i) != video_) (*input_)->streams[i]->discard = AVDISCARD_ALL;
    }
}

void Demuxer::forget() {
    pictures_.clear();
    others_.clear();
    undecided_.clear();
}

void Demuxer::restart() {
    forget();
    input_.reset();  // closed before it is opened again
    input_ = std::make_unique<Input>(request_.path, request_.transport, request_.stop,
                                     request_.silence_s);
    choose(video_);
}

/// Reads one packet into the queue of those who ask for it. Returns libav's status.
int Demuxer::pull() {
    PacketPtr packet = make_packet_ptr();
    input_->heard();
    const int status = av_read_frame(input_->get(), packet.get());
    if (status == AVERROR_EOF) stop_waiting(true);
    if (status < 0) return status;
    const int index = packet->stream_index;
    const bool known = index >= 0 && index < static_cast<int>((*input_)->nb_streams);
    if (!known || (index != video_ && (dropped_ || !copied(*(*input_)->streams[index])))) return 0;
    sort_in(std::move(packet), false);
    return 0;
}

void Demuxer::sort_in(PacketPtr packet, bool waited) {
    const int index = packet->stream_index;
    if (index == video_) {
        if (timeless_) packet->pts = packet->dts = AV_NOPTS_VALUE;
        clock_->correct(*packet);
        pictures_.push_back(std::move(packet));
        if (!undecided_.empty()) stop_waiting(false);
        return;
    }
    const bool behind_another =
        !waited && std::any_of(undecided_.begin(), undecided_.end(),
                               [&](const PacketPtr& p) { return p->stream_index == index; });
    const InputClock::Verdict verdict =
        behind_another ? InputClock::Verdict::wait : clock_->correct(*packet, waited);
    if (verdict == InputClock::Verdict::ok) others_.push_back(std::move(packet));
    if (verdict != InputClock::Verdict::wait) return;
    undecided_.push_back(std::move(packet));
    if (undecided_.size() > kMostUndecided) stop_waiting(true);
}

/// Decides again on the sound after a jump; with `waited`, it no longer waits for the picture.
void Demuxer::stop_waiting(bool waited) {
    for (PacketPtr& packet : std::exchange(undecided_, {})) {
        sort_in(std::move(packet), waited);
    }
}

int Demuxer::read(AVPacket* packet) {
    while (pictures_.empty()) {
        const int status = pull();
        if (status < 0) return status;
    }
    av_packet_move_ref(packet, pictures_.front().get());
    pictures_.pop_front();
    return 0;
}

bool Demuxer::take(AVPacket* packet, bool read_on) {
    int damage = 0;
    while (others_.empty()) {
        if (!read_on) return false;
        pictures_.clear();
        const int status = pull();
        if (status == AVERROR_INVALIDDATA && ++damage < kMostDamage) continue;
        if (status < 0 && others_.empty()) return false;
    }
    av_packet_move_ref(packet, others_.front().get());
    others_.pop_front();
    return true;
}

std::vector<const AVPacket*> Demuxer::waiting(int stream, size_t count) const {
    std::vector<const AVPacket*> found;
    for (const PacketPtr& packet : others_) {
        if (packet->stream_index == stream && found.size() < count) found.push_back(packet.get());
    }
    return found;
}

void Demuxer::read_ahead() {
    const auto enough = [&] {
        for (unsigned i = 0; i < (*input_)->nb_streams; ++i) {
            const bool sound = (*input_)->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
            if (sound && waiting(static_cast<int>(i), kFirstSounds).size() < kFirstSounds) {
                return false;
            }
        }
        return true;
    };
    int64_t bytes = 0;
    for (size_t i = 0; i < kPacketsAhead && bytes < kBytesAhead && !dropped_ && !enough(); ++i) {
        const int status = pull();
        if (!pictures_.empty()) bytes += pictures_.back()->size;
        if (status < 0 && status != AVERROR_INVALIDDATA) return;
    }
}

bool Demuxer::seek(int64_t target) {
    const int64_t there = target + clock_->origin_ticks((*input_)->streams[video_]->time_base);
    if (avformat_seek_file(input_->get(), video_, INT64_MIN, there, there, 0) < 0) return false;
    forget();
    clock_->restart();
    return true;
}

void Demuxer::skip_to(int64_t target) {
    const AVRational ticks = (*input_)->streams[video_]->time_base;
    size_t seen = pictures_.size();
    for (int damage = 0; pictures_.size() < kLongestGroup && damage < kMostDamage;) {
        const int status = pull();
        if (status == AVERROR_INVALIDDATA) ++damage;
        if (status < 0 && status != AVERROR_INVALIDDATA) return;
        // Sound a little before the target may still be heard after it.
        while (!others_.empty() && time_of(*others_.front()) != AV_NOPTS_VALUE &&
               av_compare_ts(time_of(*others_.front()),
                             (*input_)->streams[others_.front()->stream_index]->time_base,
                             target - to_ticks(1, ticks), ticks) < 0) {
            others_.pop_front();
        }
        if (pictures_.size() == std::exchange(seen, pictures_.size())) continue;
        const AVPacket& last = *pictures_.back();
        if (time_of(last) == AV_NOPTS_VALUE) continue;
        const bool key = (last.flags & AV_PKT_FLAG_KEY) != 0;
        if (key && time_of(last) <= target) pictures_.erase(pictures_.begin(), pictures_.end() - 1);
        seen = pictures_.size();
        if ((last.dts != AV_NOPTS_VALUE ? last.dts : last.pts) > target) return;
    }
}

}  // namespace reverie::libav
