// A background thread of an unattended show: does what may block (small files, sockets), and detects
// that the show's own thread hangs.
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
    /// `on_hang` is called once, on the worker's thread, where heartbeat() was not called for
    /// `patience_s`.
    BackgroundWorker(double patience_s, std::function<void()> on_hang);
    /// Does what is left to do.
    ~BackgroundWorker();
    BackgroundWorker(const BackgroundWorker&) = delete;
    BackgroundWorker& operator=(const BackgroundWorker&) = delete;

    /// The show's thread goes on.
    void heartbeat();
    /// The show ends: no more heartbeats are expected.
    void disarm();
    /// To be done soon; of several jobs of one name that wait, the newest is done. What it throws
    /// is problem() until the next of that name goes well.
    void post(const std::string& name, std::function<void()> job);
    /// One line; "" where all went well.
    std::string problem() const;
    /// Waits until all that was posted is done, at most `longest_s`.
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
