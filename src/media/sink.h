// Where frames go: video files, still pictures, image sequences, a pipe, a stream, a virtual
// camera, or nowhere, all behind one interface. A sink is used by one thread at a time.
//
//   auto sink = open_sink("dream.mp4", options);
//   while (…) {
//       VideoFrame frame = sink->acquire();
//       …fill frame.planes, set frame.pts…
//       sink->write(frame);
//   }
//   sink->finish();  // without it, the destructor leaves a playable partial file
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/media/source.h"

namespace reverie {

struct SinkOptions {
    int width = 0;  ///< of the frames, px
    int height = 0;
    bool many = false;          ///< more than one frame is to be written
    Rational time_base;         ///< of the frames' pts
    Rational frame_rate;        ///< nominal
    PixelFormat source_format;  ///< of the source; the sink uses the nearest one of its encoder
    bool transparent = false;   ///< of the pictures: the default codec must keep transparent parts
    ColorTags tags;             ///< of the source; those that are still true are written
    Rational sample_aspect{1, 1};
    std::vector<SideData> side_data;  ///< of the source; kept if the container can
    /// h264 | h265 | av1 | vp9 | prores | ffv1 | an encoder's name; "": by the file's ending
    std::string codec;
    int crf = -1;  ///< quality: smaller is better, −1 the codec's default (JPEG: 1 … 31)
    int bits = 0;  ///< 8, 10, 16 if the encoder has it; 0: as the source
    /// the encoder has to keep up with a live show: faster, and larger files
    bool realtime = false;
    bool sound = false;  ///< write_sound() will be called: files and streams have a track for it
    bool overwrite = false;
    int64_t first_number = 1;  ///< of a numbered sequence
    std::string made_from;     ///< the source of the frames: an output to the same file is refused
    /// The input whose sound, subtitles, chapters and metadata are copied; null: none. The source
    /// of the frames and the sink both read on from it, so one thread must use both.
    std::shared_ptr<libav::Demuxer> streams;
    double start_s = 0;     ///< of the copied streams: as the source's options
    double duration_s = 0;  ///< likewise; 0: to the end
    std::string recipe;     ///< how the frames are made: see recipe_file.h; "": it is not said
    /// A file for what the encoder gives, from which write_again() takes it; "": none. An output
    /// that needs none leaves it alone.
    std::string packet_log;
    /// This output was begun before: so much of packet_log, as commit() said, is to be taken up.
    std::optional<int64_t> resumed_bytes;
};

/// Thread-safety: used by one thread at a time, except give_up(), which is safe.
class Sink {
  public:
    virtual ~Sink() = default;
    /// The format of the frames that write() takes.
    virtual const PixelFormat& format() const = 0;
    /// A frame of format() and the sink's size to be filled; its memory is reused after a few
    /// writes.
    virtual VideoFrame acquire() = 0;
    /// Frames come in order of pts, in the time base of the options. Throws Error if the disk is
    /// full, the pipe is closed or the encoder fails; the partial file is then made playable by
    /// finish_partial() or the destructor.
    virtual void write(const VideoFrame& frame) = 0;
    /// From the next frame on, nothing of those before is needed: an encoder begins anew, and gives
    /// all that it still holds. To be called after the same frames in each run of a job.
    virtual void begin_segment() {}
    /// In place of write(), for the frames that were written before commit(): puts what became of
    /// them into the output once more. Throws Error where it is not there any more.
    virtual void write_again(int64_t /*pts*/, int64_t /*duration*/) {}
    /// After begin_segment(): what became of the frames until now survives a power failure from here
    /// on. Returns SinkOptions::resumed_bytes. Throws Error.
    virtual int64_t commit() { return 0; }
    /// Sound of the video, if the options say so: stereo samples as of SoundFeed, each block after
    /// the last one, the first at pts 0. Outputs without sound ignore it.
    virtual void write_sound(std::span<const float> /*samples*/) {}
    /// Before finish(), if there are fewer frames than planned: copied streams (sound, subtitles)
    /// end with the last frame.
    virtual void end_with_last_frame() {}
    /// From any thread, at any time: a write that waits for a stopped reader gives up and throws;
    /// an output that is being read continues.
    virtual void give_up() noexcept {}
    /// Writes everything, and moves the file to its final name. Throws Error.
    virtual void finish() = 0;
    /// Makes the unfinished file playable under its temporary name and closes it; no more write().
    /// Without any frame there is nothing to play, and the file is removed.
    /// False if some of the written frames are not in it. Never throws.
    virtual bool finish_partial() noexcept { return true; }
    /// Path of an unfinished output; "" if there is none (pipes, nothing written, finished).
    virtual std::string partial_path() const { return ""; }
    /// One line for each thing that was lost: streams that the container cannot hold, a rate that
    /// it does not support.
    virtual std::vector<std::string> notes() const { return {}; }
    /// The encoder's name, "" if there is none.
    virtual std::string encoder() const { return ""; }
};

/// Opens whatever a row of the table in sink.cpp recognises: a video file, a picture, an image
/// sequence, the standard output, a stream, a virtual camera. If it throws, nothing is created:
/// Error for an existing output without `overwrite`, an unknown ending, a missing folder, an
/// encoder that is not available (with those that are), an output that is the input.
std::unique_ptr<Sink> open_sink(const std::string& spec, const SinkOptions& options);

/// Could an output of that name keep the alpha of its frames? `codec`: as in SinkOptions.
bool can_keep_alpha(const std::string& spec, const std::string& codec);

/// One line if the options' streams have something that an output of that kind has no place for:
/// "left out: sound, subtitles (y4m holds none)"; else "".
std::string streams_left_out(const std::string& spec, const SinkOptions& options);

/// The options of a sink with the source's properties: size, time base, format, tags.
SinkOptions sink_options_for(const SourceInfo& info);

struct EncoderInfo {
    std::string name;    ///< "libx264"
    std::string codec;   ///< "h264"
    bool works = false;  ///< it could be opened at 640x360
    std::string why;     ///< if it could not: one line
};

/// Every encoder that this program may use, each tested by opening it.
std::vector<EncoderInfo> list_encoders();

}  // namespace reverie
