// One source of a LiveInput from open() to the next open(), and the thread that reads it. Internal.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "src/media/live_input.h"
#include "src/media/mailbox.h"
#include "src/media/source_kind.h"
#include "src/media/sources/cameras.h"

namespace reverie {

/// The thread shares the ownership, so that it can be detached if it hangs in a driver or in name
/// resolution.
/// Thread-safety: safe, except retire(), which is called once, by the last owner.
class LiveSession {
  public:
    /// Begins to read when `before` (or null) has ended: both may use the same camera.
    static std::shared_ptr<LiveSession> start(const std::string& spec, const SourceOptions& options,
                                              std::shared_ptr<LiveSession> before);
    /// Asks the thread to end and waits for that, up to 3 s.
    void retire();

    Mailbox<LiveFrame>& mailbox() { return mailbox_; }
    LiveStatus status() const;
    void pause(bool paused);
    void seek(double share);

  private:
    using Clock = std::chrono::steady_clock;
    enum class Next { again, retry, never };  ///< what follows the end of a source

    LiveSession(const std::string& spec, const SourceOptions& options);
    void run();
    void ask_to_stop();
    std::unique_ptr<Source> open();
    Next read(Source& source);
    void publish(VideoFrame frame, const Source& source);
    void note_opened(const SourceInfo& info);
    void note_error(const std::string& line);
    bool wait_until_due(double pts_s);
    void sleep_until(Clock::time_point when);
    Next after_end(const SourceInfo& info);

    const std::string spec_;
    SourceOptions options_;
    const SourceKind* kind_;  ///< written only by the thread once it runs
    std::atomic<bool> stop_{false};
    std::atomic<int64_t> damaged_{0};
    Mailbox<LiveFrame> mailbox_;
    std::thread thread_;

    // Used by the thread only.
    CameraMemory camera_;
    bool paced_ = false;      ///< the source can be read faster than it is shown
    bool anchored_ = false;   ///< anchor_ holds the time of a frame; later ones are due after it
    bool after_gap_ = false;  ///< the source was lost: the wall clock bridges the gap
    bool first_ = true;       ///< no frame since the source was opened
    double offset_s_ = 0;     ///< position in the loop at which it was opened
    double clock_s_ = 0;      ///< pts_s − the source's own time
    double next_pts_s_ = 0;   ///< expected pts of the next frame, without a gap
    double anchor_pts_s_ = 0;
    Clock::time_point anchor_, last_arrival_;
    int64_t frames_this_time_ = 0, openings_ = 0;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool finished_ = false;
    bool paused_ = false;
    std::optional<double> seek_;
    LiveStatus status_;
    Clock::time_point newest_;
    int64_t damaged_until_newest_ = 0;
};

}  // namespace reverie
