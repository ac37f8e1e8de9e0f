// Where frames come from: video files, still pictures, image sequences, pipes, URLs, cameras and
// built-in patterns, all behind one interface. A source is used by one thread at a time.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/media/frames/frame.h"
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
    /// estimates, within start and duration; 0: not known (pipes, live streams)
    int64_t frame_count = 0;
    double duration_s = 0;
    ColorTags tags;
    int rotation_deg = 0;          ///< clockwise, already applied: 0, 90, 180 or 270
    Rational sample_aspect{1, 1};  ///< width of a pixel divided by its height, when upright
    bool still = false;            ///< one picture without time
    bool transparent = false;      ///< the first frame has transparent parts
    /// there are sound, subtitles or chapters that a sink can copy
    bool has_streams_to_copy = false;
    std::vector<SideData> side_data;
    std::optional<int64_t> first_number;  ///< of numbered pictures that count up one by one
    std::vector<std::string> notes;       ///< a line each: what a user should know beforehand
};

/// Errors that did not end the stream.
struct SourceErrors {
    int64_t corrupted_packets = 0;   ///< skipped
    int64_t damaged_frames = 0;      ///< decoded with visible errors, and delivered
    int64_t transparent_frames = 0;  ///< with transparent parts, if the first one has none
    int64_t resized_frames = 0;      ///< of another size than the first one, fitted into it
    std::string missing;             ///< "2 frames missing: 5, 9" if more are than `notes` says
    bool truncated = false;          ///< the file ends early
    std::string first;               ///< the decoder's message about the first of them
    std::vector<std::string> notes;  ///< on pictures of a sequence after the first one
};

struct SourceOptions {
    double start_s = 0;     ///< frames before it are skipped, and it becomes time 0
    double duration_s = 0;  ///< 0: to the end
    /// wanted size: exact for patterns, the nearest mode of a camera; other sources keep their own
    /// size, and the caller resizes
    int width = 0;
    int height = 0;
    /// if known: frames are dropped or repeated to get this constant rate; for a camera, the
    /// requested rate
    Rational fps;
    std::string camera_format;     ///< "yuyv422", "mjpeg", …; "": the best for the size and rate
    bool keep_interlaced = false;  ///< do not deinterlace
    bool exact_length = false;     ///< if a file's length is only estimated, read it through first
    double silence_s = 0;          ///< timeout of a URL that sends no data, an Error; 0: none
    std::string background;        ///< behind transparent parts: white, #204060; "": black
    /// frames have the file's alpha, and straight colours; else transparent parts are laid over the
    /// background
    bool keep_alpha = false;
    uint64_t seed = 1;  ///< of a pattern
    /// set to true to end a blocking read: next() throws Interrupted
    const std::atomic<bool>* stop = nullptr;
    /// counts SourceErrors::damaged_frames at once, while next() still waits
    std::atomic<int64_t>* damaged = nullptr;
};

/// Thread-safety: used by one thread at a time; `stop` of its options may be set from any thread.
class Source {
  public:
    virtual ~Source() = default;
    virtual const SourceInfo& info() const = 0;
    /// The next frame in order of pts, or none at the end. Corrupted packets are skipped and
    /// counted. Throws Error if the input disappears, Interrupted if `stop` became true.
    virtual std::optional<VideoFrame> next() = 0;
    /// The errors so far.
    virtual SourceErrors errors() const { return {}; }
    /// The input from which a sink copies the other streams (SinkOptions::streams), or null. Call
    /// it before the second next(): if nobody holds the result then, the other streams are not
    /// read. Only the thread of this source may use it.
    virtual std::shared_ptr<libav::Demuxer> streams_to_copy() { return nullptr; }
};

/// Opens whatever a row of the table in source_kind.cpp recognises: a file, a picture, an image
/// sequence, a pipe, a URL, a camera, a pattern. Throws Error: not found, empty, no video in it,
/// too large, a broken header; for cameras see open_camera.
std::unique_ptr<Source> open_source(const std::string& spec, const SourceOptions& options = {});

}  // namespace reverie
