// The source of a live show: always the newest frame, whatever happens to where it comes from.
//
//   LiveInput input;
//   input.open("camera:0", options);
//   for (LiveFrame frame; …;) if (input.take(frame)) …;   // between frames the dream goes on
//
// A thread of its own reads. Files and patterns run at their own pace and in a loop, cameras and
// streams as they come. What is lost is opened anew about twice a second, without end.
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
    lost      ///< could not be opened, or has gone: tried again and again
};

const char* name_of(LiveState state);

struct LiveFrame {
    VideoFrame video;
    double pts_s = 0;  ///< on the source's clock, always growing: through loops, seeks and replugs
    std::chrono::steady_clock::time_point arrived;  ///< when it could have been shown first
    int64_t number = 0;                             ///< from 0, in this source
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
    int64_t dropped = 0;     ///< of those, replaced by a newer one before anybody took them
    int64_t openings = 0;    ///< successful ones; a loop counts once
    std::string last_error;  ///< one line, "" while all is well
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
    /// Waits for the reader, but never for long: one that hangs in a driver is left behind.
    ~LiveInput();
    LiveInput(const LiveInput&) = delete;
    LiveInput& operator=(const LiveInput&) = delete;

    /// Begins to read `spec` (as of open_source), in place of what was read before. Nothing is
    /// thrown for what cannot be opened: status() tells. `options.stop` is ignored.
    void open(const std::string& spec, const SourceOptions& options = {});
    void close();
    /// The newest frame, each once. False where there is none that is new.
    bool take(LiveFrame& out);
    /// As take(), but waits up to `longest_s` for one.
    bool take_within(LiveFrame& out, double longest_s);
    LiveStatus status() const;
    /// Files and patterns stand still; of cameras and streams the pictures are left out.
    void pause(bool paused);
    /// To a share, 0 … 1, of a file's length; in a pause the frame there is shown.
    void seek(double share);

  private:
    std::shared_ptr<LiveSession> session() const;

    mutable std::mutex mutex_;
    std::shared_ptr<LiveSession> session_;
};

}  // namespace reverie
