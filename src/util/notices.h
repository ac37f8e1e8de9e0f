// The messages to the user: one queue of lines, filled by all parts of the program and emptied by
// the overlay or the terminal, which shows them.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace reverie {

enum class Severity : uint8_t { info, warning, error };

/// One line, ready to be shown.
struct Notice {
    std::string text;
    Severity severity = Severity::info;
};

/// Thread-safety: safe.
class Notices {
  public:
    /// Queues a message about an event.
    void post(std::string text, Severity severity = Severity::warning) {
        const std::lock_guard lock(mutex_);
        notices_.push_back({std::move(text), severity});
    }

    /// Reports the state of `topic`; may be called repeatedly: posted only when `problem` begins or
    /// changes. "": no problem.
    void report(const std::string& topic, const std::string& problem,
                Severity severity = Severity::error) {
        const std::lock_guard lock(mutex_);
        std::string& reported = reported_[topic];
        if (!problem.empty() && problem != reported) notices_.push_back({problem, severity});
        reported = problem;
    }
    /// The problem that `topic` was reported with last.
    std::string reported(const std::string& topic) const {
        const std::lock_guard lock(mutex_);
        const auto found = reported_.find(topic);
        return found == reported_.end() ? "" : found->second;
    }

    /// All that was posted since the last call, the oldest first.
    std::vector<Notice> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(notices_, {});
    }

  private:
    mutable std::mutex mutex_;
    std::vector<Notice> notices_;
    std::map<std::string, std::string> reported_;
};

}  // namespace reverie
