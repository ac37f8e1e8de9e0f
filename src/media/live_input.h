// The source of a live show: always the newest frame, through errors, hot-plug and end of file.
//
//   LiveInput input;
//   input.open("camera:0", options);
//   for (LiveFrame frame; …;) if (input.take(frame)) …;   // between frames the dream goes on
//
// A thread of its own reads. Files and patterns run at their own pace and in a loop, cameras and
// streams as they come. A lost source is reopened about twice a second, without end.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "src/media/source.h"

namespace reverie {

enum class LiveState {
    closed,   ///< nothing was opened
    opening,  ///< for the first time
    running,
    stalled,  ///< open, but no frame for a second (or for 2.5 of a slower source's frames)
    lost      ///< could not be opened, or disappeared; retried
};

const char* name_of(LiveState state);

struct LiveFrame {
    VideoFrame video;
    double pts_s = 0;  ///< on the source's clock; always grows, across loops, seeks and replugs
    std::chrono::steady_clock::time_point arrived;  ///< the earliest time it could be shown
    int64_t number = 0;                             ///< from 0, in this source
    int64_t opening = 0;  ///< of the source, which a loop and a seek open once more,
    double from_s = 0;    ///< from here on; video.pts counts from there
};

struct LiveStatus {
    LiveState state = LiveState::closed;
    std::string spec;  ///< as given to open()
    std::string name;  ///< a camera's own name, else the spec
    SourceInfo info;   ///< of the last successful opening
    int width = 0;     ///< of the newest frame, px
    int height = 0;
    double fps = 0;          ///< measured
    int64_t frames = 0;      ///< that arrived
    int64_t dropped = 0;     ///< of those, replaced by a newer one before take()
    int64_t damaged = 0;     ///< left out, or shown with errors, since open()
    int64_t openings = 0;    ///< successful ones; a loop counts once
    std::string last_error;  ///< one line, "" if there is none
    double age_s = 0;        ///< since the newest frame arrived (or the opening began)
    bool paused = false;
    double duration_s = 0;  ///< of one loop; 0: endless, and seek() does nothing
    double position = 0;    ///< of the newest frame in it, 0 … 1
};

class LiveSession;

/// All functions but take_within() and the destructor return at once.
/// Thread-safety: safe.
class LiveInput {
  public:
    LiveInput() = default;
    /// Waits for the reader up to a few seconds; a thread that hangs in a driver is detached.
    ~LiveInput();
    LiveInput(const LiveInput&) = delete;
    LiveInput& operator=(const LiveInput&) = delete;

    /// Begins to read `spec` (see open_source) instead of the previous source. Throws nothing if it
    /// cannot be opened: see status(). `options.stop` is ignored.
    void open(const std::string& spec, const SourceOptions& options = {});
    void close();
    /// The newest frame, each once. False if there is no new one.
    bool take(LiveFrame& out);
    /// As take(), but waits up to `longest_s` for one.
    bool take_within(LiveFrame& out, double longest_s);
    LiveStatus status() const;
    /// Files and patterns stop; frames of cameras and streams are discarded.
    void pause(bool paused);
    /// Seeks to a share, 0 … 1, of a file's length; while paused, the frame there is shown.
    void seek(double share);

  private:
    std::shared_ptr<LiveSession> session() const;

    mutable std::mutex mutex_;
    std::shared_ptr<LiveSession> session_;
};

}  // namespace reverie
