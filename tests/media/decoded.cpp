#include "tests/media/decoded.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/md5.h>
}
#include <fmt/format.h>

#include <array>
#include <vector>

#include "src/media/libav.h"
#include "src/util/error.h"

namespace reverie::test {
namespace {

using namespace reverie::libav;

std::string md5_of(const AVFrame& frame) {
    const auto format = static_cast<AVPixelFormat>(frame.format);
    const int bytes = av_image_get_buffer_size(format, frame.width, frame.height, 1);
    std::vector<uint8_t> samples(static_cast<size_t>(bytes));
    av_image_copy_to_buffer(samples.data(), bytes, frame.data, frame.linesize, format, frame.width,
                            frame.height, 1);
    std::array<uint8_t, 16> sum{};
    av_md5_sum(sum.data(), samples.data(), bytes);
    return fmt::format("{:02x}", fmt::join(sum, ""));
}

/// Of all frames that are ready.
void take_frames(AVCodecContext& decoder, AVRational time_base, Decoded& result) {
    const FramePtr frame = make_frame_ptr();
    while (avcodec_receive_frame(&decoder, frame.get()) >= 0) {
        result.times +=
            frame->pts == AV_NOPTS_VALUE
                ? "N/A\n"
                : fmt::format("{:.6f}\n", static_cast<double>(frame->pts) * av_q2d(time_base));
        result.hashes += md5_of(*frame) + "\n";
    }
}

}  // namespace

Decoded decoded(const std::string& path) {
    AVFormatContext* opened = nullptr;
    require(avformat_open_input(&opened, path.c_str(), nullptr, nullptr) >= 0,
            "cannot open '" + path + "'");
    const InputPtr input(opened);
    require(avformat_find_stream_info(input.get(), nullptr) >= 0, "cannot read '" + path + "'");
    const AVCodec* codec = nullptr;
    const int index = av_find_best_stream(input.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    require(index >= 0, "no pictures in '" + path + "'");
    const AVStream& stream = *input->streams[index];
    const CodecPtr decoder(avcodec_alloc_context3(codec));
    avcodec_parameters_to_context(decoder.get(), stream.codecpar);
    decoder->pkt_timebase = stream.time_base;
    require(avcodec_open2(decoder.get(), codec, nullptr) >= 0, "cannot decode '" + path + "'");
    Decoded result;
    const PacketPtr packet = make_packet_ptr();
    while (av_read_frame(input.get(), packet.get()) >= 0) {
        if (packet->stream_index == index) {
            require(avcodec_send_packet(decoder.get(), packet.get()) >= 0,
                    "a damaged packet in '" + path + "'");
            take_frames(*decoder, stream.time_base, result);
        }
        av_packet_unref(packet.get());
    }
    avcodec_send_packet(decoder.get(), nullptr);
    take_frames(*decoder, stream.time_base, result);
    return result;
}

}  // namespace reverie::test
