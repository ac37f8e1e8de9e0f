#include "src/media/sinks/attachments.h"

extern "C" {
#include <libavutil/avstring.h>
}

#include <cstring>

#include "src/media/sinks/stream_copy.h"
#include "src/util/error.h"

namespace reverie::libav {
namespace {

bool is_cover(const AVStream& stream) {
    return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0 && stream.attached_pic.size > 0;
}

std::string tag_of(const AVStream& stream, const char* name) {
    const AVDictionaryEntry* tag = av_dict_get(stream.metadata, name, nullptr, 0);
    return tag != nullptr ? tag->value : "";
}

/// The MIME type of an attachment, without which Matroska refuses it. If the file does not state
/// it, it follows from the codec.
std::string type_of(const AVStream& stream) {
    if (std::string type = tag_of(stream, "mimetype"); !type.empty()) return type;
    switch (stream.codecpar->codec_id) {
        case AV_CODEC_ID_MJPEG:
            return "image/jpeg";
        case AV_CODEC_ID_PNG:
            return "image/png";
        case AV_CODEC_ID_TTF:
            return "application/x-truetype-font";
        case AV_CODEC_ID_OTF:
            return "application/vnd.ms-opentype";
        default:
            return "application/octet-stream";
    }
}

std::string name_of(const AVStream& stream) {
    if (std::string name = tag_of(stream, "filename"); !name.empty()) return name;
    if (!is_cover(stream)) return "attachment";
    return stream.codecpar->codec_id == AV_CODEC_ID_PNG ? "cover.png" : "cover.jpg";
}

AVStream* new_stream(const AVStream& from, AVFormatContext& output) {
    AVStream* stream = avformat_new_stream(&output, nullptr);
    require(stream != nullptr && avcodec_parameters_copy(stream->codecpar, from.codecpar) >= 0,
            "out of memory for an attachment");
    stream->codecpar->codec_tag = 0;
    av_dict_copy(&stream->metadata, from.metadata, 0);
    return stream;
}

/// Adds an attachment as Matroska stores it: bytes with a name and a type.
void attach(const AVStream& from, AVFormatContext& output) {
    AVStream* stream = new_stream(from, output);
    AVCodecParameters& to = *stream->codecpar;
    if (is_cover(from)) {
        to.codec_type = AVMEDIA_TYPE_ATTACHMENT;
        av_freep(&to.extradata);
        to.extradata_size = from.attached_pic.size;
        to.extradata = static_cast<uint8_t*>(
            av_mallocz(static_cast<size_t>(to.extradata_size) + AV_INPUT_BUFFER_PADDING_SIZE));
        require(to.extradata != nullptr, "out of memory for an attachment");
        std::memcpy(to.extradata, from.attached_pic.data,
                    static_cast<size_t>(from.attached_pic.size));
    }
    av_dict_set(&stream->metadata, "filename", name_of(from).c_str(), 0);
    av_dict_set(&stream->metadata, "mimetype", type_of(from).c_str(), 0);
}

}  // namespace

bool is_attachment(const AVStream& stream) {
    return stream.codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT || is_cover(stream);
}

void Attachments::add(const AVFormatContext& input, AVFormatContext& output,
                      std::vector<std::string>& notes) {
    const bool matroska = av_match_name("matroska", output.oformat->name) > 0;
    const bool covers = av_match_name(output.oformat->name, "mp4,ipod") > 0;
    for (unsigned i = 0; i < input.nb_streams; ++i) {
        const AVStream& stream = *input.streams[i];
        if (!is_attachment(stream)) continue;
        if (matroska) {
            attach(stream, output);
        } else if (covers && is_cover(stream)) {
            covers_.push_back(&stream);
        } else {
            notes.push_back(
                (is_cover(stream) ? "the cover" : "attachment '" + name_of(stream) + "'") +
                std::string(" left out: ") + output.oformat->name +
                " files cannot hold it; try .mkv");
        }
    }
}

void Attachments::add_covers(AVFormatContext& output) const {
    for (const AVStream* cover : covers_)
        new_stream(*cover, output)->disposition = AV_DISPOSITION_ATTACHED_PIC;
}

void Attachments::write_covers(AVFormatContext& output) const {
    auto index = static_cast<int>(output.nb_streams - covers_.size());
    for (const AVStream* cover : covers_) {
        const PacketPtr packet(av_packet_clone(&cover->attached_pic));
        require(packet != nullptr, "out of memory for a cover");
        packet->stream_index = index++;
        packet->pts = packet->dts = 0;
        check_written(&output, av_write_frame(&output, packet.get()), output.url);
    }
}

}  // namespace reverie::libav
