// Where frames come from: video files, still pictures, image sequences, pipes, URLs, cameras and
// built-in patterns, all behind one interface. A source is used by one thread at a time.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/media/frame.h"
#include "src/media/side_data.h"

namespace reverie {

namespace libav {
class Demuxer;
}

/// Properties that are known before the first frame.
struct SourceInfo {
    std::string name;          ///< as the user gave it
    std::string codec;         ///< "h264", "png", … as libav calls it; "" for patterns
    std::string pixel_format;  ///< of the file, as libav calls it
    int width = 0;             ///< of the upright picture, px
    int height = 0;
    PixelFormat format;   ///< of the frames that next() gives
    Rational time_base;   ///< seconds in one tick of a frame's pts
    Rational frame_rate;  ///< nominal (the average of a variable rate); unknown for a picture
    int64_t frame_count =
        0;  ///< estimate, within start and duration; 0: not known (pipes, live streams)
    double duration_s = 0;  ///< likewise
    ColorTags tags;
    int rotation_deg = 0;          ///< clockwise, already applied: 0, 90, 180 or 270
    Rational sample_aspect{1, 1};  ///< width of a pixel divided by its height, when upright
    bool still = false;            ///< one picture without time
    bool transparent = false;      ///< parts of the first frame let something through
    bool has_streams_to_copy =
        false;  ///< there are sound, subtitles or chapters that a sink can copy
    std::vector<SideData> side_data;
    std::optional<int64_t> first_number;  ///< of numbered pictures that count up one by one
    std::vector<std::string> notes;       ///< a line each: what a user should know beforehand
};

/// Errors that did not end the stream.
struct SourceErrors {
    int64_t corrupted_packets = 0;   ///< skipped
    int64_t damaged_frames = 0;      ///< decoded with visible errors, and delivered
    int64_t transparent_frames = 0;  ///< that let something through, if the first one does not
    int64_t resized_frames = 0;      ///< of another size than the first one, fitted into it
    std::string missing;             ///< "2 frames missing: 5, 9" if more are than `notes` says
    bool truncated = false;          ///< the file ends early
    std::string first;               ///< the decoder's words about the first of them
    std::vector<std::string> notes;  ///< on pictures of a sequence, behind the first one
};

struct SourceOptions {
    double start_s = 0;     ///< frames before it are skipped, and it becomes time 0
    double duration_s = 0;  ///< 0: to the end
    int width = 0;          ///< wanted size: exact for patterns, the nearest mode of a camera;
                            ///< other sources keep their own size,
    int height = 0;         ///< and the caller resizes
    Rational fps;           ///< if known: frames are dropped or repeated to get this constant rate;
                            ///< for a camera, the requested rate
    std::string camera_format;     ///< "yuyv422", "mjpeg", …; "": the best for the size and rate
    bool keep_interlaced = false;  ///< frames with combs, as they are; else whole pictures
    bool exact_length = false;     ///< a file whose length is a guess is read through beforehand
    double silence_s = 0;          ///< timeout of a URL that sends no data, an Error; 0: none
    std::string background;        ///< behind transparent parts: white, #204060; "": black
    bool keep_alpha = false;  ///< frames have the alpha that the file has, and straight colours;
                              ///< else transparent parts are laid over the background
    uint64_t seed = 1;        ///< of a pattern
    const std::atomic<bool>* stop =
        nullptr;  ///< set to true to end a blocking read: next() throws Interrupted
    std::atomic<int64_t>* damaged =
        nullptr;  ///< counts at once, while next() still waits, what errors() counts
};

/// Thread-safety: used by one thread at a time; `stop` of its options may be set from any thread.
class Source {
  public:
    virtual ~Source() = default;
    virtual const SourceInfo& info() const = 0;
    /// The next frame in order of pts, or none at the end. Corrupted packets are skipped and
    /// counted. Throws Error if the input disappears, Interrupted if `stop` became true.
    virtual std::optional<VideoFrame> next() = 0;
    /// So far.
    virtual SourceErrors errors() const { return {}; }
    /// What a sink copies of the same input (SinkOptions::streams), or null. To be asked for before
    /// the second next(): what nobody holds then is not read. Used by the thread of this source.
    virtual std::shared_ptr<libav::Demuxer> streams_to_copy() { return nullptr; }
};

/// Opens whatever a row of the table in source_kind.cpp recognises: a file, a picture, an image
/// sequence, a pipe, a URL, a camera, a pattern. Throws Error: not found, empty, no video in it,
/// too large, a broken header; for cameras see open_camera.
std::unique_ptr<Source> open_source(const std::string& spec, const SourceOptions& options = {});

}  // namespace reverie
