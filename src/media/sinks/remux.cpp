#include "src/media/sinks/remux.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "src/media/libav.h"
#include "src/media/side_data_av.h"
#include "src/media/sinks/stream_copy.h"
#include "src/media/sources/input.h"
#include "src/util/error.h"

namespace reverie::libav {
namespace {

struct CloseOutput {
    void operator()(AVFormatContext* p) const {
        if (p->pb != nullptr) avio_closep(&p->pb);
        avformat_free_context(p);
    }
};

using OutputPtr = std::unique_ptr<AVFormatContext, CloseOutput>;

/// Adds a stream to `output` for each stream of `input`, except lists of chapters, which get −1.
std::vector<int> map_streams(const AVFormatContext* input, AVFormatContext* output) {
    std::vector<int> map;
    for (unsigned i = 0; i < input->nb_streams; ++i) {
        const AVStream* from = input->streams[i];
        map.push_back(-1);
        if (from->codecpar->codec_type == AVMEDIA_TYPE_DATA) continue;
        AVStream* to = avformat_new_stream(output, nullptr);
        require(to != nullptr && avcodec_parameters_copy(to->codecpar, from->codecpar) >= 0,
                "out of memory for a stream");
        to->time_base = from->time_base;
        to->avg_frame_rate = from->avg_frame_rate;
        to->sample_aspect_ratio = from->sample_aspect_ratio;
        to->disposition = from->disposition;
        copy_side_data(*from, *output, *to);
        av_dict_copy(&to->metadata, from->metadata, 0);
        map.back() = to->index;
    }
    return map;
}

/// Sets durations that libav's reader of fragments does not know but its muxer needs: that of the
/// picture's last frame. Times are in ticks of the output's stream.
class LastDurations {
  public:
    LastDurations(const AVStream& picture, double end_s)
        : end_(to_ticks(end_s, picture.time_base)) {}

    /// Sets the duration of a picture packet, before the next one is known.
    void set(AVPacket& packet) {
        if (first_pts_ == AV_NOPTS_VALUE) {
            first_pts_ = packet.pts;
            first_dts_ = packet.dts;
        }
        if (packet.pts >= newest_) packet.duration = end_ - packet.pts;
        newest_ = std::max(newest_, packet.pts);
    }
    /// Sets that of the last packet in decoding order: what is missing in the sum of all durations.
    void set_last(AVPacket& packet) const {
        packet.duration = std::max<int64_t>(1, end_ - first_pts_ + first_dts_ - packet.dts);
    }

  private:
    int64_t end_;
    int64_t first_pts_ = AV_NOPTS_VALUE, first_dts_ = 0;
    int64_t newest_ = AV_NOPTS_VALUE;
};

void set_duration_of_sound(AVPacket& packet, const AVStream& stream) {
    AVCodecParameters* codec = stream.codecpar;
    if (codec->codec_type != AVMEDIA_TYPE_AUDIO || codec->sample_rate <= 0) return;
    const int samples = av_get_audio_frame_duration2(codec, packet.size);
    if (samples > 0)
        packet.duration = av_rescale_q(samples, {1, codec->sample_rate}, stream.time_base);
}

void copy_packets(Input& input, AVFormatContext* output, const std::vector<int>& map,
                  const RemuxedFile& file) {
    PacketPtr packet = make_packet_ptr(), last = make_packet_ptr();  // of the picture
    LastDurations durations(*output->streams[0], file.picture_end_s);
    const auto write = [&](AVPacket* each) {
        check_written(output, av_interleaved_write_frame(output, each), file.name);
    };
    while (av_read_frame(input.get(), packet.get()) >= 0) {
        const AVStream* from = input->streams[packet->stream_index];
        const int to = map[packet->stream_index];
        if (to < 0) {
            av_packet_unref(packet.get());
            continue;
        }
        av_packet_rescale_ts(packet.get(), from->time_base, output->streams[to]->time_base);
        packet->stream_index = to;
        packet->pos = -1;
        if (to == 0) {
            durations.set(*packet);
            std::swap(packet, last);
            if (packet->size > 0) write(packet.get());
            av_packet_unref(packet.get());
        } else {
            set_duration_of_sound(*packet, *output->streams[to]);
            write(packet.get());
        }
    }
    if (last->size <= 0) return;
    durations.set_last(*last);
    write(last.get());
}

void write_copy(Input& input, const RemuxedFile& file, const Attachments& attachments) {
    const std::string& to = file.name;
    AVFormatContext* context = nullptr;
    int status = avformat_alloc_output_context2(&context, nullptr, nullptr, file_url(to).c_str());
    if (status < 0) throw Error("cannot write '" + to + "': " + explain(status));
    const OutputPtr output(context);
    context->flags |= AVFMT_FLAG_BITEXACT;
    const std::vector<int> map = map_streams(input.get(), context);
    attachments.add_covers(*context);
    av_dict_copy(&context->metadata, input->metadata, 0);
    for (const char* key : {"encoder", "major_brand", "minor_version", "compatible_brands"}) {
        av_dict_set(&context->metadata, key, nullptr, 0);
    }
    copy_chapters(input.get(), 0, INFINITY, 0, context);
    status = avio_open(&context->pb, context->url, AVIO_FLAG_WRITE);
    if (status < 0) throw Error("cannot create '" + to + "': " + error_text(status));
    Options options;
    options.set("movflags", "+faststart");
    check_written(context, avformat_write_header(context, options.get()), to);
    attachments.write_covers(*context);
    copy_packets(input, context, map, file);
    status = av_write_trailer(context);
    const int error = context->pb->error;
    const int closed = avio_closep(&context->pb);
    check_written(context, status < 0 ? status : (error < 0 ? error : closed), to);
}

}  // namespace

void remux(const std::string& from, const RemuxedFile& to, const Attachments& attachments) {
    Input input(from, Transport::file, nullptr);
    try {
        write_copy(input, to, attachments);
    } catch (...) {
        std::remove(to.name.c_str());
        throw;
    }
}

}  // namespace reverie::libav
