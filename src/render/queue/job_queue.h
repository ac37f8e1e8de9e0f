// Jobs for the night: command lines that are kept until they are done, whatever happens to the
// machine meanwhile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace reverie {

enum class JobState : uint8_t {
    waiting,
    running,  ///< or it was when the machine went down: only whoever holds QueueLock can tell
    done,
    failed,
    stopped  ///< by hand; it goes on with the next run
};
const char* name_of(JobState state);

struct QueueJob {
    int number = 0;                    ///< from 1, in the order of adding; never given twice
    std::vector<std::string> command;  ///< the words after the program's name
    std::string folder;  ///< in which it runs: relative names mean the same as when it was added
    JobState state = JobState::waiting;
    int attempts = 0;   ///< how often it was begun
    int exit_code = 0;  ///< of the last attempt
    std::string said;   ///< its last line, or why its file cannot be read
    /// Seconds since 1970; 0: not yet.
    int64_t added_s = 0, begun_s = 0, ended_s = 0;
};

/// The queue of one folder, a small file a job. Any number of programs may add, list and remove at
/// the same time; one runs.
class JobQueue {
  public:
    /// The folder is made when something is added.
    explicit JobQueue(std::filesystem::path folder) : folder_(std::move(folder)) {}

    const std::filesystem::path& folder() const { return folder_; }
    /// Returns the new job's number. It survives a power failure from here on. Throws Error.
    int add(std::vector<std::string> command, const std::filesystem::path& run_in);
    /// In the order of their numbers. A job whose file is damaged is a failed one that says so.
    std::vector<QueueJob> jobs() const;
    /// The first that is waiting, stopped, or left behind as running.
    std::optional<QueueJob> next() const;
    /// Throws Error if it cannot be written.
    void keep(const QueueJob& job) const;
    /// False if there is none of that number.
    bool remove(int number) const;

  private:
    std::filesystem::path file_of(int number) const;

    std::filesystem::path folder_;
};

/// Held by the one that runs the queue, and by its jobs; the system lets go of it when these
/// processes have ended, however they end.
class QueueLock {
  public:
    /// Throws Error where another process runs this queue.
    explicit QueueLock(const JobQueue& queue);
    ~QueueLock();
    QueueLock(const QueueLock&) = delete;
    QueueLock& operator=(const QueueLock&) = delete;

    /// Is anyone running the queue now?
    static bool held(const JobQueue& queue);

  private:
    int file_;
};

}  // namespace reverie
