// Newest wins: passes frames from one thread to another that may be slower or faster. It has one
// slot; a newer frame replaces one that was not taken, so that latency never builds up.
// The lock is held for a swap of pointers only, and nothing is allocated.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

namespace reverie {

/// T is cheap to swap (a VideoFrame and the like).
/// Thread-safety: safe, for any number of threads on either side.
template <class T>
class Mailbox {
  public:
    /// A value that was not taken is counted as dropped, and destroyed outside the lock.
    void put(T value) {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            using std::swap;
            swap(slot_, value);
            dropped_ += full_ ? 1 : 0;
            full_ = true;
        }
        arrived_.notify_one();
    }

    /// Moves the newest into `out`, each once. False, and `out` untouched, if there is no new one.
    /// Never waits.
    bool take(T& out) {
        std::unique_lock<std::mutex> lock(mutex_);
        return take_locked(out, lock);
    }

    /// As take(), but waits up to `longest` for one.
    template <class Rep, class Period>
    bool take_within(T& out, std::chrono::duration<Rep, Period> longest) {
        std::unique_lock<std::mutex> lock(mutex_);
        arrived_.wait_for(lock, longest, [this] { return full_; });
        return take_locked(out, lock);
    }

    /// How many were replaced before they were taken.
    int64_t dropped() const {
        const std::lock_guard<std::mutex> lock(mutex_);
        return dropped_;
    }

  private:
    bool take_locked(T& out, std::unique_lock<std::mutex>& lock) {
        if (!full_) return false;
        full_ = false;
        T newest = std::move(slot_);
        slot_ = T{};
        lock.unlock();
        out = std::move(newest);
        return true;
    }

    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    T slot_{};
    bool full_ = false;
    int64_t dropped_ = 0;
};

}  // namespace reverie
