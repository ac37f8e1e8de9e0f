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

/// The thread shares the ownership, so that it can be left behind where it hangs in a driver or a
/// name server.
/// Thread-safety: safe, except retire(), which is called once, by the last owner.
class LiveSession {
  public:
    /// Begins to read when `before` (or nobody) has ended: both may want the same camera.
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
    const SourceKind* kind_;  ///< written by the thread alone once that runs
    std::atomic<bool> stop_{false};
    Mailbox<LiveFrame> mailbox_;
    std::thread thread_;

    // Of the thread alone.
    CameraMemory camera_;
    bool paced_ = false;      ///< the source is read faster than it is to be shown
    bool anchored_ = false;   ///< there is a frame from whose time the next ones' follow
    bool after_gap_ = false;  ///< the source's clock has stood: the wall clock bridges it
    bool first_ = true;       ///< no frame since the opening
    double offset_s_ = 0;     ///< where in the loop this opening begins
    double clock_s_ = 0;      ///< pts_s − the source's own time
    double next_pts_s_ = 0;   ///< at which the next frame would follow without a gap
    double anchor_pts_s_ = 0;
    Clock::time_point anchor_, last_arrival_;
    int64_t frames_this_time_ = 0;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool finished_ = false;
    bool paused_ = false;
    std::optional<double> seek_;
    LiveStatus status_;
    Clock::time_point newest_;
};

}  // namespace reverie
