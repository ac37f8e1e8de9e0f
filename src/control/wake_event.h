// Wakes a thread that waits for descriptors. Thread-safety: safe.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "src/util/error.h"

namespace reverie {

class WakeEvent {
  public:
    /// Throws Error where the system has no descriptor left.
    WakeEvent() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        require(descriptor_ >= 0, "no event descriptor could be made; too many files are open");
    }
    ~WakeEvent() { ::close(descriptor_); }
    WakeEvent(const WakeEvent&) = delete;
    WakeEvent& operator=(const WakeEvent&) = delete;

    /// For poll(): readable from wake() to clear().
    int descriptor() const { return descriptor_; }
    void wake() const {
        const uint64_t one = 1;
        static_cast<void>(!::write(descriptor_, &one, sizeof one));
    }
    void clear() const {
        uint64_t times = 0;
        static_cast<void>(!::read(descriptor_, &times, sizeof times));
    }

  private:
    int descriptor_;
};

}  // namespace reverie
