// A thread beside an unattended show: does what may block (small files, sockets), and notices when
// the show's own thread hangs.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace reverie {

class Caretaker {
  public:
    /// `on_hang` is called once, on the caretaker's thread, where beat() was not called for
    /// `patience_s`.
    Caretaker(double patience_s, std::function<void()> on_hang);
    /// Does what is left to do.
    ~Caretaker();
    Caretaker(const Caretaker&) = delete;
    Caretaker& operator=(const Caretaker&) = delete;

    /// The show goes on.
    void beat();
    /// The show ends: no more beats are expected.
    void rest();
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
    Clock::time_point beat_ = Clock::now();
    std::map<std::string, std::function<void()>> jobs_;
    std::map<std::string, std::string> problems_;
    bool stopping_ = false, resting_ = false, busy_ = false;
    std::thread thread_;  ///< the last member: it uses the others
};

}  // namespace reverie
