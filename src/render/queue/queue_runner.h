// Runs the jobs of a queue, one after another, each in a process of its own: whatever becomes of one,
// the next begins.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "src/render/queue/job_queue.h"

namespace reverie {

struct QueueOutcome {
    int done = 0, failed = 0;
    bool stopped = false;  ///< by hand, with jobs left
    std::string summary;   ///< "3 jobs: 2 done, 1 failed (number 2), in 1:02:03"
};

struct QueueRun {
    std::string program;            ///< that runs the commands
    const std::atomic<bool>* stop;  ///< once true, the job at hand is asked to stop, as by Ctrl-C
    /// Each line of a job as it comes.
    std::function<void(const QueueJob&, const std::string& line)> heard;
    /// Before each job and at the end: adds what there is to do. Null: nothing more is coming.
    std::function<void()> look_for_more;
};

/// Until no job is left. A render or zoom that was begun before goes on where it was. Throws Error
/// where the queue cannot be written; the job at hand is then asked to stop.
QueueOutcome run_queue(const JobQueue& queue, const QueueLock& lock, const QueueRun& run);

}  // namespace reverie
