// Encodes the sound of a file or a stream in the container's codec, next to the video.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "src/media/libav.h"

namespace reverie::libav {

inline constexpr int kFrameOfPcm = 1024;  // samples, where the codec does not say how many

class SoundEncoder {
  public:
    /// Adds a stream to `output`, before its header is written: AAC, or the container's default.
    /// `name`: of the output, for errors. Throws Error if the container can hold no sound, or no
    /// encoder can be opened.
    SoundEncoder(AVFormatContext* output, std::string name);

    /// Appends samples, in the format of SoundFeed; the first one is at time 0. Throws Error if the
    /// output fails.
    void write(std::span<const float> samples);
    /// Flushes the encoder.
    void finish();

  private:
    void open_encoder(AVCodecID codec);
    void encode(size_t frames);
    void write_packets(const AVFrame* frame);

    AVFormatContext* output_;
    std::string name_;
    CodecPtr encoder_;
    AVStream* stream_ = nullptr;
    FramePtr frame_ = make_frame_ptr();
    PacketPtr packet_ = make_packet_ptr();
    std::vector<float> waiting_;  ///< less than one frame of the encoder
    int64_t written_ = 0;         ///< samples
};

}  // namespace reverie::libav
