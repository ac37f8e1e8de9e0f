// A background thread of an unattended show: runs jobs that may block (small files, sockets), and
// detects a hang of the show's own thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace reverie {

/// Thread-safety: safe.
class BackgroundWorker {
  public:
    /// `on_hang` is called once, on the worker's thread, if heartbeat() was not called for
    /// `patience_s`.
    BackgroundWorker(double patience_s, std::function<void()> on_hang);
    /// Runs the remaining jobs.
    ~BackgroundWorker();
    BackgroundWorker(const BackgroundWorker&) = delete;
    BackgroundWorker& operator=(const BackgroundWorker&) = delete;

    /// The show's thread is alive.
    void heartbeat();
    /// The show ends: no more heartbeats are expected.
    void disarm();
    /// Queues a job; of several queued jobs of one name, only the newest is run. If it throws, that
    /// is problem() until the next of that name succeeds.
    void post(const std::string& name, std::function<void()> job);
    /// One line; "" if there is none.
    std::string problem() const;
    /// Waits until all posted jobs are done, at most `longest_s`.
    void finish(double longest_s);

  private:
    using Clock = std::chrono::steady_clock;
    void run();
    void work(std::unique_lock<std::mutex>& lock);

    const Clock::duration patience_;
    const std::function<void()> on_hang_;
    mutable std::mutex mutex_;
    std::condition_variable changed_, idle_;
    Clock::time_point heartbeat_ = Clock::now();
    std::map<std::string, std::function<void()>> jobs_;
    std::map<std::string, std::string> problems_;
    bool stopping_ = false, disarmed_ = false, busy_ = false;
    std::thread thread_;  ///< the last member: it uses the others
};

}  // namespace reverie
