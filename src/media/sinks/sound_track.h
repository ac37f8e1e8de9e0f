// Sound on its way into a file or a stream: encoded as the container has it, beside the pictures.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "src/media/libav.h"

namespace reverie::libav {

class SoundTrack {
  public:
    /// Adds a stream to `output`, whose header must not be written yet: AAC, or what the container
    /// holds by default. `name`: of the output, for errors. Throws Error where it can hold none, or
    /// no encoder can be opened.
    SoundTrack(AVFormatContext* output, std::string name);

    /// The samples after the last ones, as of SoundFeed; the first one is at time 0. Throws Error
    /// where the output fails.
    void write(std::span<const float> samples);
    /// What is still in the encoder.
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
    std::vector<float> waiting_;  ///< less than one frame of the encoder's
    int64_t written_ = 0;         ///< samples
};

}  // namespace reverie::libav
