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
#include <span>
#include <string>
#include <vector>

#include "src/media/source.h"

namespace reverie {

struct SinkOptions {
    int width = 0;  ///< of the frames, px
    int height = 0;
    Rational time_base;         ///< of the frames' pts
    Rational frame_rate;        ///< nominal
    PixelFormat source_format;  ///< what the frames were made from; the sink takes the nearest that
                                ///< its encoder has
    ColorTags tags;             ///< of the source; written to the output as far as they still hold
    Rational sample_aspect{1, 1};
    std::string codec;  ///< h264 | h265 | av1 | vp9 | prores | ffv1 | an encoder's name; "": by the
                        ///< file's ending
    int crf = -1;       ///< quality: smaller is better, −1 the codec's default (JPEG: 1 … 31)
    int bits = 0;       ///< 8, 10, 16 where the encoder has it; 0: as the source
    bool realtime =
        false;           ///< the encoder has to keep up with a live show: faster, and larger files
    bool sound = false;  ///< write_sound() will be called: files and streams have a track for it
    bool overwrite = false;
    std::string companions_from;  ///< file whose sound, subtitles, chapters and metadata are
                                  ///< copied; "": none
    double start_s = 0;           ///< of the copied streams: as the source's options
    double duration_s = 0;        ///< likewise; 0: to the end
};

/// Thread-safety: used by one thread at a time, except give_up(), which is safe.
class Sink {
  public:
    virtual ~Sink() = default;
    /// Of the frames that write() takes.
    virtual const PixelFormat& format() const = 0;
    /// A frame of format() and the sink's size to be filled; its memory is used again after a few
    /// writes.
    virtual VideoFrame acquire() = 0;
    /// Frames come in order of pts, in the time base of the options. Throws Error where the disk is
    /// full, the pipe is closed, the encoder fails; the partial file is then made playable by
    /// finish_partial() or the destructor.
    virtual void write(const VideoFrame& frame) = 0;
    /// Sound beside the frames, where the options say so: stereo samples as of SoundFeed, each
    /// block after the last one, the first at pts 0. Outputs that hold none leave it out.
    virtual void write_sound(std::span<const float> /*samples*/) {}
    /// Before finish(): there are fewer frames than were meant, and what is copied beside them
    /// (sound, subtitles) ends with the last one.
    virtual void end_with_last_frame() {}
    /// From any thread, at any time: a write that waits for a reader which has stopped gives up,
    /// and throws; one that is read goes on.
    virtual void give_up() noexcept {}
    /// Everything is written, and moved to its final name. Throws Error.
    virtual void finish() = 0;
    /// Makes what was written so far playable under its temporary name and closes it; write() is
    /// over. False where not all that write() took is in it. Never throws.
    virtual bool finish_partial() noexcept { return true; }
    /// Where an unfinished output lies; "" where there is none (pipes, nothing written, finished).
    virtual std::string partial_path() const { return ""; }
    /// One line each about what could not be kept: streams that the container cannot hold, a rate
    /// that it cannot follow.
    virtual std::vector<std::string> notes() const { return {}; }
    /// The encoder's name, "" where there is none.
    virtual std::string encoder() const { return ""; }
};

/// Opens whatever a row of the table in sink.cpp recognises: a video file, a picture, an image
/// sequence, the standard output, a stream, a virtual camera. Nothing is created where it throws:
/// Error for an existing output without `overwrite`, an unknown ending, a folder that is not there,
/// an encoder that is not there (with those that are).
std::unique_ptr<Sink> open_sink(const std::string& spec, const SinkOptions& options);

/// The options of a sink that keeps all that the source says: size, time base, format, tags.
SinkOptions sink_options_for(const SourceInfo& info);

struct EncoderInfo {
    std::string name;    ///< "libx264"
    std::string codec;   ///< "h264"
    bool works = false;  ///< it could be opened at 640x360
    std::string why;     ///< where it could not: one line
};

/// Every encoder that this program would use, tried by really opening it.
std::vector<EncoderInfo> list_encoders();

}  // namespace reverie
