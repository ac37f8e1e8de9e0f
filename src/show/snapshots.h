// Single pictures of a show, each as a PNG in the working folder. Written in the background, since
// a large PNG takes longer than a frame.
#pragma once

#include <future>
#include <vector>

#include "kernels/view.h"
#include "src/session/runtime.h"
#include "src/util/notices.h"

namespace reverie {

/// Thread-safety: belongs to one thread; each file is written by a thread of its own.
class Snapshots {
  public:
    /// `notices` gets a line for each file: that it was written, or why not.
    explicit Snapshots(Notices& notices) : notices_(notices) {}

    /// `picture`: 3 × H × W, RGB in 0 … 1, on the runtime's device.
    void take(Runtime& runtime, Pixels<const float> picture);

  private:
    Notices& notices_;
    std::vector<std::future<void>> written_;  ///< the destructor waits for them
};

}  // namespace reverie
