#include "src/media/sinks/muxer_trial.h"

#include <algorithm>

#include "src/media/sinks/sound_converter.h"
#include "src/media/sinks/stream_copy.h"
#include "src/util/error.h"

namespace reverie::libav {
namespace {

int write_nowhere(void* /*opaque*/, uint8_t* /*bytes*/, int size) { return size; }
int64_t seek_nowhere(void* /*opaque*/, int64_t offset, int whence) {
    return (whence & AVSEEK_SIZE) != 0 ? AVERROR(ENOSYS) : offset;
}

/// An output file whose bytes are discarded.
class Trial {
  public:
    explicit Trial(const AVOutputFormat* format) {
        constexpr int kBufferBytes = 4096;
        require(avformat_alloc_output_context2(&output_, format, nullptr, nullptr) >= 0,
                "out of memory for an output");
        auto* buffer = static_cast<uint8_t*>(av_malloc(kBufferBytes));
        output_->pb = avio_alloc_context(buffer, kBufferBytes, 1, nullptr, nullptr, write_nowhere,
                                         seek_nowhere);
        require(buffer != nullptr && output_->pb != nullptr, "out of memory for an output");
    }
    ~Trial() {
        av_freep(&output_->pb->buffer);
        avio_context_free(&output_->pb);
        avformat_free_context(output_);
    }
    Trial(const Trial&) = delete;
    Trial& operator=(const Trial&) = delete;

    AVFormatContext* get() const { return output_; }

    bool writes(const AVStream& from, const std::vector<const AVPacket*>& packets) {
        AVStream* to = avformat_new_stream(output_, nullptr);
        require(to != nullptr && avcodec_parameters_copy(to->codecpar, from.codecpar) >= 0,
                "out of memory for a stream");
        const bool same_tag = av_codec_get_id(output_->oformat->codec_tag,
                                              from.codecpar->codec_tag) == from.codecpar->codec_id;
        if (!same_tag) to->codecpar->codec_tag = 0;
        to->time_base = from.time_base;
        if (avformat_write_header(output_, nullptr) < 0) return false;
        int64_t exact = AV_NOPTS_VALUE;
        bool taken = true;
        for (const AVPacket* each : packets) {
            const PacketPtr packet(av_packet_clone(each));
            require(packet != nullptr, "out of memory for sound");
            rescale_packet(packet.get(), from, to->time_base, exact);
            packet->stream_index = 0;
            taken = taken && av_write_frame(output_, packet.get()) >= 0;
        }
        return av_write_trailer(output_) >= 0 && taken;
    }

  private:
    AVFormatContext* output_ = nullptr;
};

}  // namespace

bool takes_sound(const AVOutputFormat* format, const AVStream& stream,
                 const std::vector<const AVPacket*>& packets) {
    const AVCodecID codec = stream.codecpar->codec_id;
    if (avformat_query_codec(format, codec, FF_COMPLIANCE_NORMAL) != 1) return false;
    // AAC with ADTS headers is rewritten when it is copied.
    if (codec == AV_CODEC_ID_AAC && stream.codecpar->extradata_size == 0) return true;
    const bool taken = Trial(format).writes(stream, packets);
    clear_message();
    return taken;
}

}  // namespace reverie::libav
