// What is kept beside the output of a long job, so that nothing that ends it costs more than its
// last moments: what the encoder gave, and now and then the dream's whole state. A hidden folder
// that is gone when the job is done.
//
//     .dream.mp4.partial.resume/packets    see SinkOptions::packet_log
//     .dream.mp4.partial.resume/state      the last checkpoint; replaced as a whole
//     .dream.mp4.partial.resume/stopped    which file a run that was asked to stop has left
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reverie {

/// Where a job can go on.
struct Checkpoint {
    int64_t frame = 0;      ///< the first one that is not in it
    int64_t segment = 0;    ///< frames of each; see Sink::begin_segment
    int64_t log_bytes = 0;  ///< see Sink::commit
    std::string state;      ///< of the dream, as StateArchive gave it
};

struct JournalOptions {
    std::string output;   ///< of the job
    std::string command;  ///< that began it, as a shell reads it
    /// Between two checkpoints; 0: none is made. Not given: 20, or so long that they take 2 % of the
    /// time.
    std::optional<double> every_s;
    bool resume = false;  ///< go on from the last one, if there is one
};

/// Thread-safety: used by one thread.
class Journal {
  public:
    /// Makes the folder, or takes up what is in it. Throws Error where it cannot be made, or another
    /// process is at the same output.
    explicit Journal(const JournalOptions& options);
    /// Without a checkpoint that is worth it there is nothing to keep.
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Where the output of that name could go on, and how; "": nowhere.
    static std::string interrupted(const std::string& output);
    /// Forgets it.
    static void drop(const std::string& output);

    using Facts = std::vector<std::pair<std::string, std::string>>;
    /// What is kept for an output.
    struct State {
        std::string command;
        Facts facts;
        Checkpoint checkpoint;
        std::string packet_log;
    };
    /// Without the dream; nothing where there is none.
    static std::optional<State> kept_for(const std::string& output);

    /// Something that must be the same in each run of the job. Throws Error, which names it, where
    /// the interrupted run had another value.
    void require_same(const std::string& name, const std::string& value);
    /// The same of something that may have changed on the way.
    void set(const std::string& name, const std::string& value);

    std::string packet_log() const { return (folder_ / "packets").string(); }
    /// Where this run begins; null: at the first frame.
    const Checkpoint* resumed() const { return resumed_ ? &*resumed_ : nullptr; }
    /// Begins this run there, as if one with those facts had been interrupted.
    void resume_at(const Checkpoint& checkpoint, const Facts& before) {
        resumed_ = checkpoint;
        before_ = before;
    }
    const Facts& facts() const { return facts_; }
    /// To be called when the dream has its state back: frees it.
    void forget_state();
    /// Is the file of the output's name what the interrupted run has left?
    bool is_left_over(const std::string& output) const;

    /// Whether it is time for a checkpoint.
    bool is_due() const { return Clock::now() >= due_; }
    /// Survives a power failure when it returns. Throws Error (disk full); then the last one stays.
    void save(const Checkpoint& checkpoint);
    /// Whether there is a checkpoint that another run can go on from.
    bool can_go_on() const;
    /// The command that goes on from there.
    std::string how_to_go_on() const;

    /// The job is done: removes the folder.
    void finish();
    /// The user has stopped it; `output` is as far as it came.
    void stop(const std::string& output);

  private:
    using Clock = std::chrono::steady_clock;
    static std::optional<State> read(const std::filesystem::path& folder, bool with_dream);
    void lock();
    void set_due(std::chrono::duration<double> took);

    JournalOptions options_;
    std::filesystem::path folder_;
    int lock_ = -1;
    Facts facts_, before_;
    std::optional<Checkpoint> resumed_;
    int64_t last_frame_ = -1;  ///< of the last checkpoint; −1: there is none
    Clock::time_point due_;
};

}  // namespace reverie
