// Counts a device's allocations: how many, bytes now, peak bytes. For the backends' Devices;
// thread-safe.
#pragma once

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "kernels/device.h"

namespace reverie {

class AllocationBook {
  public:
    void add(const void* memory, size_t bytes) {
        const std::lock_guard lock(mutex_);
        ++allocations_;
        bytes_ += static_cast<int64_t>(bytes);
        peak_ = std::max(peak_, bytes_);
        size_of_[memory] = bytes;
    }
    /// Ignores memory that add() was not given.
    void remove(const void* memory) noexcept {
        const std::lock_guard lock(mutex_);
        const auto known = size_of_.find(memory);
        if (known == size_of_.end()) return;
        bytes_ -= static_cast<int64_t>(known->second);
        size_of_.erase(known);
    }
    /// Counts an allocation outside the device's memory, such as pinned host memory.
    void add_elsewhere() {
        const std::lock_guard lock(mutex_);
        ++allocations_;
    }
    DeviceCounters counters(int64_t waits) const {
        const std::lock_guard lock(mutex_);
        return {allocations_, waits, bytes_, peak_};
    }

  private:
    mutable std::mutex mutex_;
    int64_t allocations_ = 0, bytes_ = 0, peak_ = 0;
    std::unordered_map<const void*, size_t> size_of_;
};

}  // namespace reverie
