// Records, streams or feeds a virtual camera without making the live show wait: a thread writes,
// and if it is too slow, frames are dropped from the recording, never from the show.
//
//   Recorder recorder;
//   recorder.start("show.mp4", options);                       // returns at once
//   if (auto frame = recorder.acquire()) { …fill it…; recorder.push(*frame, time_s); }
//   recorder.stop();                                           // finishes in its own time
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "src/media/frames/frame_pool.h"
#include "src/media/sink.h"
#include "src/media/sound.h"

namespace reverie {

enum class RecorderState {
    idle,
    opening,  ///< or, for a stream, reconnecting
    recording,
    finishing,  ///< stopped; queued frames are still written
    done,
    failed  ///< `line` says why, and where the file is
};

const char* name_of(RecorderState state);

struct RecorderStatus {
    RecorderState state = RecorderState::idle;
    std::string path;
    int64_t frames = 0;   ///< written
    int64_t dropped = 0;  ///< because disk, network or encoder were too slow
    double duration_s = 0;
    std::string line;  ///< one line about what went wrong or could not be kept; or ""
};

struct RecorderLimits {
    size_t queue_bytes = size_t{256} << 20U;          ///< of queued frames; three always fit
    uint64_t keep_free_bytes = uint64_t{200} << 20U;  ///< a recording ends before a disk is full
};

/// All functions but wait() and the destructor return at once.
/// Thread-safety: stop(), wait(), give_up() and status() are safe; the others belong to one thread.
class Recorder {
  public:
    using MakeSink =
        std::function<std::unique_ptr<Sink>(const std::string& path, const SinkOptions& options)>;
    explicit Recorder(MakeSink make_sink = open_sink) : make_sink_(std::move(make_sink)) {}
    /// Finishes the file first; an output without a reader is abandoned.
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    /// Records to a file, a stream or a virtual camera (see open_sink). The options' time base is
    /// ignored. Throws Error if a recording is running or not yet finished; a failure to open the
    /// output is in the status. `sound` goes with the frames, on their clock; null: none.
    void start(const std::string& path, const SinkOptions& options,
               const RecorderLimits& limits = {}, std::shared_ptr<SoundFeed> sound = nullptr);
    /// A frame of the sink's own size and format to be filled and pushed. None if nothing is
    /// recorded, if the output is not open yet, or if the queue is full (this counts as a dropped
    /// frame).
    std::optional<VideoFrame> acquire();
    /// `time_s` grows, on any steady clock of the caller. The frame may have any format and size
    /// (the thread converts it) and must not be changed afterwards. False if it was dropped, or
    /// nothing is recorded.
    bool push(VideoFrame frame, double time_s);
    void stop();
    /// Waits until the recording is done or has failed. False if that takes longer.
    bool wait(double longest_s);
    /// Makes a write that waits for a stopped reader fail now.
    void give_up();
    RecorderStatus status() const;

  private:
    struct Waiting {
        VideoFrame frame;
        double time_s = 0;
    };
    class Writer;

    void run();
    std::string rescue(Sink& sink) const;
    void note_done(const std::vector<std::string>& notes);
    void note_failure(const std::string& line, const std::string& kept);
    std::optional<Waiting> next_waiting();
    void open_writer(std::unique_ptr<Writer>& writer);
    void write_all(Writer& writer);
    bool wait_to_connect_again();
    bool running() const;

    MakeSink make_sink_;
    SinkOptions options_;
    RecorderLimits limits_;
    std::shared_ptr<SoundFeed> sound_;
    std::thread thread_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Waiting> waiting_;
    size_t room_ = 3;
    std::unique_ptr<FramePool> pool_;
    bool stopping_ = false, given_up_ = false;
    Sink* open_ = nullptr;  ///< the writer's sink, while it is open
    RecorderStatus status_;
};

}  // namespace reverie
