// Sound, subtitles, chapters and titles of the source on their way into the output: packets pass
// through untouched, cut to the wanted part of the clip, with their timestamps moved. Sound that
// the container cannot hold is converted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/media/libav.h"
#include "src/media/sinks/attachments.h"
#include "src/media/sinks/sound_converter.h"
#include "src/media/sources/demuxer.h"

namespace reverie::libav {

class StreamCopy {
  public:
    /// Adds a stream to `output` for each stream of the source that its container can hold, as it
    /// is or converted, and chapters and metadata; adds a line to `notes` for each that it cannot
    /// hold. Must be called before the output's header is written.
    StreamCopy(std::shared_ptr<Demuxer> demuxer, double start_s, double duration_s,
               AVFormatContext* output, std::vector<std::string>& notes);

    const Attachments& attachments() const { return attachments_; }
    /// Writes the packets that begin before `until_s` of the output's time, as far as the source
    /// has come. Throws Error if the output fails.
    void copy_until(double until_s) { copy_until(until_s, false); }
    /// Reads on to the end, and writes the rest.
    void finish();
    /// Instead of finish(), if the output ends earlier: writes the sound that is still being
    /// converted.
    void end_sound();

  private:
    enum class Text { none, to_mov_text, from_mov_text };
    struct Stream {
        FilterPtr adts_filter;                      ///< for AAC whose packets have ADTS headers
        int output = -1;                            ///< index there; −1: left out
        Text text = Text::none;                     ///< how packets of subtitles are rewritten
        std::unique_ptr<SoundConverter> converter;  ///< for sound that the container refuses
        int64_t written = AV_NOPTS_VALUE;           ///< dts of the last packet of sound
        bool hides = false;                         ///< an edit list hides a part of it
        /// of sound: its time counted in samples, which is more exact than the clock
        int64_t exact = AV_NOPTS_VALUE;
    };

    void add(const AVStream& stream, std::vector<std::string>& notes);
    void copy_timecode(std::vector<std::string>& notes);
    bool is_kept(const AVStream& sound) const;
    void convert(const AVStream& sound, std::vector<std::string>& notes);
    void write(AVPacket* packet);
    bool is_cut_away(AVPacket& packet, const AVStream& from, Stream& to) const;
    void copy_until(double until_s, bool read_on);

    std::shared_ptr<Demuxer> demuxer_;
    AVFormatContext* output_;
    Attachments attachments_;
    std::vector<Stream> streams_;
    PacketPtr packet_ = make_packet_ptr();
    bool pending_ = false;
    bool ended_ = false;
    double start_s_, end_s_;
};

/// Copies the chapters of `input` that touch start_s … end_s (after origin_s) to `output`, cut to
/// that range and moved to begin at 0.
void copy_chapters(const AVFormatContext* input, double start_s, double end_s, double origin_s,
                   AVFormatContext* output);

/// Converts a packet's times to another time base. `exact` belongs to one stream: Matroska's
/// milliseconds are too coarse for sound, so its times are counted in samples as long as they
/// agree.
void rescale_packet(AVPacket* packet, const AVStream& from, AVRational to, int64_t& exact);

/// Throws Error if this or an earlier libav writing call failed: disk full, pipe closed, …
void check_written(AVFormatContext* output, int status, const std::string& name);

}  // namespace reverie::libav
