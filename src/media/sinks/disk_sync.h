// A system keeps what is written in memory for half a minute, and a power cut takes that. This has a
// recording on the disk every few seconds; a thread waits for the disk, and the writer never does.
#pragma once

#include <string>

#include "src/util/background_worker.h"

namespace reverie {

/// Thread-safety: used by one thread at a time.
class DiskSync {
  public:
    DiskSync();
    /// `file` holds the recording until `time_s` from now on. Returns at once.
    void wrote(const std::string& file, double time_s);
    /// All of `file`, which is closed, is on the disk when this returns, or problem() says why not.
    void finish(const std::string& file);
    /// The first thing that went wrong, in one line; "": nothing did. Nothing is done after that.
    const std::string& problem() const { return problem_; }

  private:
    std::string problem_;
    double synced_s_ = -1;  ///< of the recording; −1: its folder does not hold its name for sure
    BackgroundWorker worker_;
};

}  // namespace reverie
