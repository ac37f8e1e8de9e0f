#include "src/util/background_worker.h"

namespace reverie {

BackgroundWorker::BackgroundWorker(double patience_s, std::function<void()> on_hang)
    : patience_(
          std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(patience_s))),
      on_hang_(std::move(on_hang)),
      thread_([this] { run(); }) {}

BackgroundWorker::~BackgroundWorker() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void BackgroundWorker::heartbeat() {
    const std::lock_guard lock(mutex_);
    heartbeat_ = Clock::now();
}

void BackgroundWorker::disarm() {
    const std::lock_guard lock(mutex_);
    disarmed_ = true;
}

void BackgroundWorker::post(const std::string& name, std::function<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        jobs_[name] = std::move(job);
    }
    changed_.notify_all();
}

std::string BackgroundWorker::problem() const {
    const std::lock_guard lock(mutex_);
    return problems_.empty() ? "" : problems_.begin()->second;
}

void BackgroundWorker::finish(double longest_s) {
    std::unique_lock lock(mutex_);
    idle_.wait_for(lock, std::chrono::duration<double>(longest_s),
                   [this] { return jobs_.empty() && !busy_; });
}

void BackgroundWorker::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_ || !jobs_.empty()) {
        const Clock::time_point due = heartbeat_ + patience_;
        const auto called = [this] { return stopping_ || !jobs_.empty(); };
        if (disarmed_) {
            changed_.wait(lock, called);
        } else {
            changed_.wait_until(lock, due, called);
        }
        work(lock);
        if (disarmed_ || stopping_ || Clock::now() - heartbeat_ < patience_) continue;
        disarmed_ = true;
        lock.unlock();
        on_hang_();
        lock.lock();
    }
}

void BackgroundWorker::work(std::unique_lock<std::mutex>& lock) {
    while (!jobs_.empty()) {
        const auto first = jobs_.begin();
        const std::string name = first->first;
        const std::function<void()> job = std::move(first->second);
        jobs_.erase(first);
        busy_ = true;
        lock.unlock();
        std::string problem;
        try {
            job();
        } catch (const std::exception& error) {
            problem = error.what();
        }
        lock.lock();
        busy_ = false;
        if (problem.empty()) {
            problems_.erase(name);
        } else {
            problems_[name] = problem;
        }
    }
    idle_.notify_all();
}

}  // namespace reverie
