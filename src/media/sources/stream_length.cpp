#include "src/media/sources/stream_length.h"

#include <algorithm>
#include <cstring>

#include "src/util/error.h"

namespace reverie::libav {
namespace {

bool is_guessed(const AVFormatContext& input) {
    // The header of a joined FLV holds only the length of its first part.
    return input.duration_estimation_method != AVFMT_DURATION_FROM_STREAM ||
           std::strcmp(input.iformat->name, "flv") == 0;
}

}  // namespace

double measure_guessed_length_s(const InputRequest& request, Demuxer& open, double nominal_s) {
    constexpr int64_t kMostBytes = int64_t{2} << 30;
    const int video = open.video();
    AVIOContext* bytes = open.input()->pb;
    if (!is_guessed(*open.input().get()) || bytes == nullptr) return 0;
    if (avio_size(bytes) > kMostBytes) return 0;
    constexpr int kMostDamaged = 1000;
    Demuxer demuxer(request);
    if (video >= static_cast<int>(demuxer.input()->nb_streams)) return 0;
    demuxer.choose(video);
    const PacketPtr packet = make_packet_ptr();
    const double tick_s = av_q2d(demuxer.input()->streams[video]->time_base);
    double end_s = 0;
    int64_t timeless = 0;
    for (int damage = 0; damage < kMostDamaged;) {
        const int status = demuxer.read(packet.get());
        if (demuxer.input().stopped())
            throw Interrupted("interrupted while '" + request.path + "' was measured");
        if (status == AVERROR_INVALIDDATA) ++damage;
        if (status == AVERROR_INVALIDDATA) continue;
        if (status < 0) break;
        const int64_t pts = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
        const double lasts_s =
            packet->duration > 0 ? static_cast<double>(packet->duration) * tick_s : nominal_s;
        if (pts == AV_NOPTS_VALUE) ++timeless;
        if (pts != AV_NOPTS_VALUE)
            end_s = std::max(end_s, static_cast<double>(pts) * tick_s + lasts_s);
        av_packet_unref(packet.get());
        // The clock has seen the sound packets, and nobody else needs them.
        while (demuxer.take(packet.get(), false)) av_packet_unref(packet.get());
    }
    return std::max(end_s, static_cast<double>(timeless) * nominal_s);
}

}  // namespace reverie::libav
