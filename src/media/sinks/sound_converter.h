// Sound that a container cannot hold as it is: decoded, brought to the rate and the channels of an
// encoder, and encoded in the codec that is usual there. It begins at the output's time 0 and has no
// gaps: where the source is silent or late, there is silence.
#pragma once

#include <string>

#include "src/media/libav.h"
#include "src/media/sounds/sound_resampler.h"

struct AVAudioFifo;

namespace reverie::libav {

/// The part of the source that is wanted, in its own time.
struct TimeSpan {
    double start_s = 0;
    double end_s = 0;
};

class SoundConverter {
  public:
    /// Adds its stream to `output`, before the header is written. Throws Error where the sound has no
    /// decoder, or the container no encoder.
    SoundConverter(const AVStream& from, AVFormatContext* output, TimeSpan wanted);
    ~SoundConverter();
    SoundConverter(const SoundConverter&) = delete;
    SoundConverter& operator=(const SoundConverter&) = delete;

    /// The next packet of the source, on its continuous clock. Throws Error if the output fails; what
    /// cannot be decoded is silence.
    void write(const AVPacket* packet);
    /// Ends the sound.
    void finish();
    /// Of the encoder: "aac".
    const char* codec() const;

  private:
    void open_decoder(const AVStream& from);
    void open_encoder(AVFormatContext* output);
    bool try_encoder(AVCodecID id, int layout_choice);
    void open_resampler(const AVFrame& frame);
    void decode();
    void take(const AVFrame* frame);
    void place(const AVFrame& frame, int64_t at);
    void append_silence(int64_t samples);
    void encode(bool to_the_end);
    void write_packets(const AVFrame* frame);

    AVFormatContext* output_;
    TimeSpan wanted_;
    AVRational ticks_;  ///< of the source
    CodecPtr decoder_, encoder_;
    AVStream* stream_ = nullptr;
    ResamplerPtr resampler_;
    AVAudioFifo* waiting_ = nullptr;  ///< less than one frame of the encoder's
    SoundShape from_;                 ///< what the resampler is made for
    FramePtr decoded_ = make_frame_ptr();
    PacketPtr packet_ = make_packet_ptr();
    int64_t placed_ = 0;   ///< samples that have a place in the output
    int64_t encoded_ = 0;  ///< samples that the encoder has
};

/// Can a packet of the output's stream be written there, or does it lie before the beginning of a
/// container that has no edit list to hide it? `from`: where it begins, to its end, in seconds.
bool is_before_beginning(const AVFormatContext& output, const AVCodecParameters& codec,
                         double begin_s, double end_s);

/// What libav's Matroska reader takes from the times of Opus, and its writer does not add, in seconds;
/// 0 for other formats and codecs.
double untold_delay_s(const AVFormatContext& output, const AVCodecParameters& codec);

/// May a file of this format begin with sound that is decoded and not heard (MP4, MOV)?
bool has_edit_lists(const AVOutputFormat& format);

}  // namespace reverie::libav
