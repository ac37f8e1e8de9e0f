// Converts sound that a container cannot hold as it is: decodes it, resamples it for an encoder,
// and encodes it in the container's usual codec. The result begins at the output's time 0 and has
// no gaps: where the source has no sound, or begins late, there is silence.
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
    /// Adds its stream to `output`, before the header is written. Throws Error if there is no
    /// decoder for the sound, or no encoder for the container.
    SoundConverter(const AVStream& from, AVFormatContext* output, TimeSpan wanted);
    ~SoundConverter();
    SoundConverter(const SoundConverter&) = delete;
    SoundConverter& operator=(const SoundConverter&) = delete;

    /// The next packet of the source, on its continuous clock. Throws Error if the output fails;
    /// what cannot be decoded becomes silence.
    void write(const AVPacket* packet);
    /// Ends the sound.
    void finish();
    /// The encoder's codec: "aac".
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
    AVRational ticks_;  ///< time base of the source
    CodecPtr decoder_, encoder_;
    AVStream* stream_ = nullptr;
    ResamplerPtr resampler_;
    AVAudioFifo* waiting_ = nullptr;  ///< less than one frame of the encoder
    SoundShape from_;                 ///< the shape that the resampler is made for
    FramePtr decoded_ = make_frame_ptr();
    PacketPtr packet_ = make_packet_ptr();
    int64_t placed_ = 0;   ///< samples that are placed in the output
    int64_t encoded_ = 0;  ///< samples that were given to the encoder
};

/// Is a packet of the output's stream too early to be written? Only an edit list can hide what is
/// before the beginning. begin_s, end_s: where the packet begins and ends in the output.
bool is_before_beginning(const AVFormatContext& output, const AVCodecParameters& codec,
                         double begin_s, double end_s);

/// The delay, in seconds, that libav's Matroska reader subtracts from the times of Opus and its
/// writer does not add; 0 for other formats and codecs.
double untold_delay_s(const AVFormatContext& output, const AVCodecParameters& codec);

/// May a file of this format begin with sound that is decoded but not heard (MP4, MOV)?
bool has_edit_lists(const AVOutputFormat& format);

}  // namespace reverie::libav
