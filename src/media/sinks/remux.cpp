#include "src/media/sinks/remux.h"

#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

#include "src/media/libav.h"
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

/// One stream of `output` for each of `input` that is no list of chapters; −1 for those.
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
        av_dict_copy(&to->metadata, from->metadata, 0);
        map.back() = to->index;
    }
    return map;
}

void copy_packets(Input& input, AVFormatContext* output, const std::vector<int>& map,
                  const std::string& name) {
    const PacketPtr packet = make_packet_ptr();
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
        check_written(output, av_interleaved_write_frame(output, packet.get()), name);
    }
}

void write_copy(Input& input, const std::string& to) {
    AVFormatContext* context = nullptr;
    int status = avformat_alloc_output_context2(&context, nullptr, nullptr, to.c_str());
    if (status < 0) throw Error("cannot write '" + to + "': " + explain(status));
    const OutputPtr output(context);
    context->flags |= AVFMT_FLAG_BITEXACT;
    const std::vector<int> map = map_streams(input.get(), context);
    av_dict_copy(&context->metadata, input->metadata, 0);
    for (const char* key : {"encoder", "major_brand", "minor_version", "compatible_brands"}) {
        av_dict_set(&context->metadata, key, nullptr, 0);
    }
    copy_chapters(input.get(), 0, INFINITY, 0, context);
    status = avio_open(&context->pb, to.c_str(), AVIO_FLAG_WRITE);
    if (status < 0) throw Error("cannot create '" + to + "': " + error_text(status));
    Options options;
    options.set("movflags", "+faststart");
    check_written(context, avformat_write_header(context, options.get()), to);
    copy_packets(input, context, map, to);
    status = av_write_trailer(context);
    const int error = context->pb->error;
    const int closed = avio_closep(&context->pb);
    check_written(context, status < 0 ? status : (error < 0 ? error : closed), to);
}

}  // namespace

void remux(const std::string& from, const std::string& to) {
    Input input(from, Transport::file, nullptr);
    try {
        write_copy(input, to);
    } catch (...) {
        std::remove(to.c_str());
        throw;
    }
}

}  // namespace reverie::libav
