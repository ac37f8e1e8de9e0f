#include "src/media/sinks/stream_copy.h"

extern "C" {
#include <libavutil/avstring.h>
#include <libavutil/timecode.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "src/media/sinks/muxer_trial.h"
#include "src/util/error.h"

namespace reverie::libav {
namespace {

/// The sample description that movenc wants for plain text subtitles (3GPP TS 26.245): white,
/// centred at the bottom, one font.
constexpr uint8_t kTextSample[] = {0,   0,   0,    0,    1,    0xFF, 0, 0,   0,   0,   0,   0,
                                   0,   0,   0,    0,    0,    0,    0, 0,   0,   0,   0,   1,
                                   0,   18,  0xFF, 0xFF, 0xFF, 0xFF, 0, 0,   0,   18,  'f', 't',
                                   'a', 'b', 0,    1,    0,    1,    5, 'S', 'e', 'r', 'i', 'f'};

bool holds(const AVOutputFormat* format, AVCodecID codec) {
    return avformat_query_codec(format, codec, FF_COMPLIANCE_NORMAL) == 1;
}

/// Markup like {\an8} and <i> has no meaning in a plain text track.
std::string without_markup(const char* text, int size) {
    std::string plain;
    char closing = 0;
    for (int i = 0; i < size; ++i) {
        const char c = text[i];
        if (closing != 0) {
            if (c == closing) closing = 0;
        } else if (c == '<' || (c == '{' && i + 1 < size && text[i + 1] == '\\')) {
            closing = c == '<' ? '>' : '}';
        } else if (c != '\r') {
            plain += c;
        }
    }
    return plain;
}

void replace_payload(AVPacket* packet, const std::string& payload) {
    const PacketPtr old(av_packet_clone(packet));
    require(old != nullptr, "out of memory for a subtitle");
    av_packet_unref(packet);
    require(av_new_packet(packet, static_cast<int>(payload.size())) >= 0,
            "out of memory for a subtitle");
    std::memcpy(packet->data, payload.data(), payload.size());
    av_packet_copy_props(packet, old.get());
}

/// A text sample is two bytes of length and UTF-8.
void to_mov_text(AVPacket* packet) {
    const std::string text =
        without_markup(reinterpret_cast<const char*>(packet->data), packet->size).substr(0, 0xFFFF);
    std::string payload{static_cast<char>(text.size() >> 8U),
                        static_cast<char>(text.size() & 0xFFU)};
    replace_payload(packet, payload + text);
}

/// False for an empty text, which only ends the one before.
bool from_mov_text(AVPacket* packet) {
    if (packet->size < 2) return false;
    const int size = std::min(packet->data[0] << 8 | packet->data[1], packet->size - 2);
    if (size <= 0) return false;
    replace_payload(packet, std::string(reinterpret_cast<const char*>(packet->data) + 2, size));
    return true;
}

/// The timecode of a file's first frame, "01:00:00:00"; "" if it has none.
std::string timecode_of(const AVFormatContext& input, const AVStream& picture) {
    const auto find = [](const AVDictionary* tags) {
        const AVDictionaryEntry* found = av_dict_get(tags, "timecode", nullptr, 0);
        return found != nullptr ? std::string(found->value) : "";
    };
    if (std::string own = find(picture.metadata); !own.empty()) return own;
    if (std::string whole = find(input.metadata); !whole.empty()) return whole;
    for (unsigned i = 0; i < input.nb_streams; ++i)
        if (is_timecode(*input.streams[i])) return find(input.streams[i]->metadata);
    return "";
}

/// libav's muxers strip ADTS headers themselves, except in fragmented MP4.
FilterPtr make_adts_filter(const AVStream& stream) {
    AVBSFContext* filter = nullptr;
    const AVBitStreamFilter* type = av_bsf_get_by_name("aac_adtstoasc");
    require(type != nullptr && av_bsf_alloc(type, &filter) >= 0, "out of memory for a stream");
    FilterPtr owner(filter);
    filter->time_base_in = stream.time_base;
    require(
        avcodec_parameters_copy(filter->par_in, stream.codecpar) >= 0 && av_bsf_init(filter) >= 0,
        "out of memory for a stream");
    return owner;
}

/// False for a packet that is not ADTS, as the first one after a seek may be.
bool without_adts(AVPacket* packet, AVBSFContext* filter) {
    const bool whole =
        packet->size >= 2 && packet->data[0] == 0xFF && (packet->data[1] & 0xF0) == 0xF0;
    if (whole && av_bsf_send_packet(filter, packet) >= 0 &&
        av_bsf_receive_packet(filter, packet) >= 0) {
        return true;
    }
    av_packet_unref(packet);
    return false;
}

}  // namespace

void check_written(AVFormatContext* output, int status, const std::string& name) {
    if (status >= 0 && output->pb != nullptr && output->pb->error < 0) status = output->pb->error;
    if (status >= 0) return;
    if (status == AVERROR(ENOSPC))
        throw Error("the disk is full: '" + name + "' could not be written to its end");
    throw Error("cannot write '" + name + "': " + explain(status));
}

void rescale_packet(AVPacket* packet, const AVStream& from, AVRational to, int64_t& exact) {
    const AVCodecParameters& parameters = *from.codecpar;
    const int samples = parameters.codec_type == AVMEDIA_TYPE_AUDIO && parameters.sample_rate > 0
                            ? av_get_audio_frame_duration2(from.codecpar, packet->size)
                            : 0;
    const int64_t dts = packet->dts;
    if (samples > 0 && dts != AV_NOPTS_VALUE && packet->pts == dts) {
        packet->dts = packet->pts =
            av_rescale_delta(from.time_base, dts, {1, parameters.sample_rate}, samples, &exact, to);
        packet->duration = av_rescale_q(packet->duration, from.time_base, to);
    } else {
        av_packet_rescale_ts(packet, from.time_base, to);
    }
}

void copy_chapters(const AVFormatContext* in, double start_s, double end_s, double origin_s,
                   AVFormatContext* output) {
    std::vector<AVChapter*> kept;
    for (unsigned i = 0; i < in->nb_chapters; ++i) {
        const AVChapter& chapter = *in->chapters[i];
        const double from =
            static_cast<double>(chapter.start) * av_q2d(chapter.time_base) - origin_s;
        const double to = static_cast<double>(chapter.end) * av_q2d(chapter.time_base) - origin_s;
        if (to <= start_s || from >= end_s) continue;
        auto* copy = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
        require(copy != nullptr, "out of memory for a chapter");
        copy->id = chapter.id;
        copy->time_base = chapter.time_base;
        copy->start = to_ticks(std::max(from - start_s, 0.0), chapter.time_base);
        copy->end = to_ticks(std::min(to, end_s) - start_s, chapter.time_base);
        av_dict_copy(&copy->metadata, chapter.metadata, 0);
        kept.push_back(copy);
    }
    if (kept.empty()) return;
    output->chapters = static_cast<AVChapter**>(av_malloc_array(kept.size(), sizeof(AVChapter*)));
    require(output->chapters != nullptr, "out of memory for chapters");
    std::copy(kept.begin(), kept.end(), output->chapters);
    output->nb_chapters = static_cast<unsigned>(kept.size());
}

StreamCopy::StreamCopy(std::shared_ptr<Demuxer> demuxer, double start_s, double duration_s,
                       AVFormatContext* output, std::vector<std::string>& notes)
    : demuxer_(std::move(demuxer)),
      output_(output),
      start_s_(start_s),
      end_s_(duration_s > 0 ? start_s + duration_s : std::numeric_limits<double>::infinity()) {
    AVFormatContext* in = demuxer_->input().get();
    demuxer_->read_ahead();
    for (unsigned i = 0; i < in->nb_streams; ++i) {
        streams_.emplace_back();
        add(*in->streams[i], notes);
    }
    attachments_.add(*in, *output, notes);
    av_dict_copy(&output->metadata, in->metadata, 0);
    for (const char* key : {"encoder", "major_brand", "minor_version", "compatible_brands",
                            "creation_time", "duration", "DURATION", "ENCODER"}) {
        av_dict_set(&output->metadata, key, nullptr, 0);
    }
    copy_timecode(notes);
    copy_chapters(in, start_s_, end_s_, demuxer_->clock().origin_s(), output);
}

/// Copies the timecode of the first wanted frame. MP4 and MOV make a track of it, Matroska a tag.
void StreamCopy::copy_timecode(std::vector<std::string>& notes) {
    av_dict_set(&output_->metadata, "timecode", nullptr, 0);
    const AVStream& picture = *demuxer_->input()->streams[demuxer_->video()];
    const std::string first = timecode_of(*demuxer_->input().get(), picture);
    if (first.empty()) return;
    AVTimecode timecode{};
    std::array<char, AV_TIMECODE_STR_SIZE> text{};
    const AVRational rate = picture.avg_frame_rate;
    const std::string name = output_->oformat->name;
    const bool held = name == "mov" || name == "mp4" || name == "matroska";
    if (!held || av_timecode_init_from_string(&timecode, rate, first.c_str(), nullptr) < 0) {
        notes.push_back("timecode " + first + " left out: " + name + " files cannot hold it");
        return;
    }
    av_timecode_make_string(&timecode, text.data(),
                            static_cast<int>(std::lround(start_s_ * av_q2d(rate))));
    av_dict_set(&output_->metadata, "timecode", text.data(), 0);
}

void StreamCopy::add(const AVStream& stream, std::vector<std::string>& notes) {
    const AVMediaType type = stream.codecpar->codec_type;
    if (stream.index == demuxer_->video() || is_attachment(stream) || is_timecode(stream)) return;
    if (type != AVMEDIA_TYPE_AUDIO && type != AVMEDIA_TYPE_SUBTITLE) {
        const std::string name = name_of_stream(*demuxer_->input().get(), stream);
        if (!name.empty()) notes.push_back(name + " left out: no output of reverie keeps it");
        return;
    }
    AVCodecID codec = stream.codecpar->codec_id;
    if (type == AVMEDIA_TYPE_AUDIO && !is_kept(stream)) return convert(stream, notes);
    const bool plain_text = codec == AV_CODEC_ID_SUBRIP || codec == AV_CODEC_ID_TEXT;
    Text text = Text::none;
    if (!holds(output_->oformat, codec)) {
        if (plain_text && holds(output_->oformat, AV_CODEC_ID_MOV_TEXT)) {
            text = Text::to_mov_text;
            codec = AV_CODEC_ID_MOV_TEXT;
        } else if (codec == AV_CODEC_ID_MOV_TEXT && holds(output_->oformat, AV_CODEC_ID_SUBRIP)) {
            text = Text::from_mov_text;
            codec = AV_CODEC_ID_SUBRIP;
        } else {
            notes.push_back(std::string("subtitles (") + avcodec_get_name(codec) + ") left out: " +
                            output_->oformat->name + " files cannot hold it; try .mkv");
            return;
        }
    }
    AVStream* out = avformat_new_stream(output_, nullptr);
    require(out != nullptr && avcodec_parameters_copy(out->codecpar, stream.codecpar) >= 0,
            "out of memory for a stream");
    const bool same_tag =
        av_codec_get_id(output_->oformat->codec_tag, stream.codecpar->codec_tag) == codec;
    if (!same_tag) out->codecpar->codec_tag = 0;
    if (text != Text::none) {
        out->codecpar->codec_id = codec;
        out->codecpar->codec_tag = 0;
        av_freep(&out->codecpar->extradata);
        out->codecpar->extradata_size = 0;
    }
    if (text == Text::to_mov_text) {
        out->codecpar->extradata =
            static_cast<uint8_t*>(av_mallocz(sizeof kTextSample + AV_INPUT_BUFFER_PADDING_SIZE));
        require(out->codecpar->extradata != nullptr, "out of memory for a stream");
        std::memcpy(out->codecpar->extradata, kTextSample, sizeof kTextSample);
        out->codecpar->extradata_size = sizeof kTextSample;
    }
    out->time_base = stream.time_base;
    out->disposition = stream.disposition;
    av_dict_copy(&out->metadata, stream.metadata, 0);
    av_dict_set(&out->metadata, "creation_time", nullptr, 0);
    streams_.back().output = out->index;
    streams_.back().text = text;
    const bool adts = codec == AV_CODEC_ID_AAC && stream.codecpar->extradata_size == 0;
    if (adts && av_match_name("mp4", output_->oformat->name) +
                        av_match_name("mov", output_->oformat->name) >
                    0) {
        streams_.back().adts_filter = make_adts_filter(stream);
    }
}

/// Can the container hold this sound as it is? AVI has no timestamps: there, sound that begins late
/// would be early.
bool StreamCopy::is_kept(const AVStream& sound) const {
    constexpr double kLate_s = 0.02;
    constexpr size_t kFirst = 6;
    const std::vector<const AVPacket*> first = demuxer_->waiting(sound.index, kFirst);
    if (!takes_sound(output_->oformat, sound, first)) return false;
    if (av_match_name("avi", output_->oformat->name) == 0 || first.empty()) return true;
    const int64_t begin = first[0]->pts != AV_NOPTS_VALUE ? first[0]->pts : first[0]->dts;
    return begin == AV_NOPTS_VALUE ||
           static_cast<double>(begin) * av_q2d(sound.time_base) - start_s_ < kLate_s;
}

void StreamCopy::convert(const AVStream& sound, std::vector<std::string>& notes) {
    const std::string what =
        std::string("sound (") + avcodec_get_name(sound.codecpar->codec_id) + ")";
    const std::string why = std::string(output_->oformat->name) + " files cannot hold it";
    Stream& to = streams_.back();
    try {
        to.converter = std::make_unique<SoundConverter>(sound, output_, TimeSpan{start_s_, end_s_});
    } catch (const Error& error) {
        notes.push_back(what + " left out: " + why + " (" + error.what() + "); try .mkv");
        return;
    }
    to.output = static_cast<int>(output_->nb_streams) - 1;
    AVStream* out = output_->streams[to.output];
    out->disposition = sound.disposition;
    av_dict_copy(&out->metadata, sound.metadata, 0);
    av_dict_set(&out->metadata, "creation_time", nullptr, 0);
    notes.push_back(what + " becomes " + to.converter->codec() + ": " + why + " as it is");
}

void StreamCopy::finish() {
    copy_until(std::numeric_limits<double>::infinity(), true);
    end_sound();
}

void StreamCopy::end_sound() {
    for (Stream& stream : streams_) {
        if (stream.converter != nullptr) stream.converter->finish();
    }
}

void StreamCopy::copy_until(double until_s, bool read_on) {
    while (!ended_) {
        if (!pending_ && !demuxer_->take(packet_.get(), read_on)) return;
        pending_ = true;
        const AVStream* stream = demuxer_->input()->streams[packet_->stream_index];
        const int64_t pts = packet_->pts != AV_NOPTS_VALUE ? packet_->pts : packet_->dts;
        const double at_s =
            pts == AV_NOPTS_VALUE ? start_s_ : static_cast<double>(pts) * av_q2d(stream->time_base);
        if (at_s >= end_s_) {
            // Streams are interleaved: others may still have packets before the end, but not for
            // long.
            pending_ = false;
            av_packet_unref(packet_.get());
            ended_ = at_s > end_s_ + 5;
            continue;
        }
        if (at_s - start_s_ >= until_s) return;
        pending_ = false;
        const double tick_s = av_q2d(stream->time_base) / 2;
        Stream& to = streams_[packet_->stream_index];
        if (to.converter != nullptr) {
            to.converter->write(packet_.get());
            av_packet_unref(packet_.get());
        } else if (to.output < 0 || (start_s_ > 0 && at_s < start_s_ - tick_s)) {
            av_packet_unref(packet_.get());
        } else {
            write(packet_.get());
        }
    }
}

/// Is it sound that the source's edit list hides, or sound before the picture? A packet that is not
/// hidden, and of which less than half is too early, is moved to begin with the picture.
bool StreamCopy::is_cut_away(AVPacket& packet, const AVStream& from, Stream& to) const {
    if (from.codecpar->codec_type != AVMEDIA_TYPE_AUDIO || packet.pts == AV_NOPTS_VALUE)
        return false;
    const double tick_s = av_q2d(from.time_base);
    const double begin_s = static_cast<double>(packet.pts) * tick_s;
    const double end_s = begin_s + static_cast<double>(packet.duration) * tick_s;
    const bool hidden = (packet.flags & AV_PKT_FLAG_DISCARD) != 0;
    to.hides |= hidden;
    if (hidden && (begin_s >= 0 || !has_edit_lists(*output_->oformat))) return true;
    const AVCodecParameters& codec = *output_->streams[to.output]->codecpar;
    if (!is_before_beginning(*output_, codec, begin_s, end_s)) return false;
    if (to.hides || end_s <= -begin_s) return true;
    packet.pts = packet.dts = 0;
    return false;
}

void StreamCopy::write(AVPacket* packet) {
    Stream& to = streams_[packet->stream_index];
    const AVStream* from = demuxer_->input()->streams[packet->stream_index];
    const AVStream* out = output_->streams[to.output];
    const int64_t shift = to_ticks(start_s_, from->time_base);
    if (packet->pts != AV_NOPTS_VALUE) packet->pts -= shift;
    if (packet->dts != AV_NOPTS_VALUE) packet->dts -= shift;
    const bool gone = is_cut_away(*packet, *from, to) ||
                      (to.adts_filter != nullptr && !without_adts(packet, to.adts_filter.get())) ||
                      (to.text == Text::from_mov_text && !from_mov_text(packet));
    if (gone) return av_packet_unref(packet);
    if (to.text == Text::to_mov_text) to_mov_text(packet);
    const int64_t untold = to_ticks(untold_delay_s(*output_, *out->codecpar), from->time_base);
    if (packet->pts != AV_NOPTS_VALUE) packet->pts += untold;
    if (packet->dts != AV_NOPTS_VALUE) packet->dts += untold;
    rescale_packet(packet, *from, out->time_base, to.exact);
    // After rounding, two packets may have the same time.
    const bool sound = from->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
    if (sound && to.written != AV_NOPTS_VALUE && packet->dts <= to.written)
        packet->pts = packet->dts = to.written + 1;
    if (sound) to.written = packet->dts;
    packet->stream_index = to.output;
    packet->pos = -1;
    const int status = av_interleaved_write_frame(output_, packet);
    check_written(output_, status, output_->url != nullptr ? output_->url : "");
}

}  // namespace reverie::libav
