// Replaces a show's network: reads and plans the new one in the background, while the old one
// dreams on.
#pragma once

#include <future>
#include <memory>
#include <string>

#include "src/dream/params.h"
#include "src/session/runtime.h"
#include "src/util/size.h"

namespace reverie {

/// Thread-safety: belongs to one thread; a thread of its own reads the network.
class NetworkChange {
  public:
    /// Begins to read `path`, for the runtime's device and in its network's precision, and to make
    /// the plans for `params` and frames of size `frame` (0x0: not known yet, no plans). The
    /// runtime's network outlives this.
    NetworkChange(const Runtime& runtime, const std::string& path, const Params& params,
                  Size frame);

    const std::string& path() const { return path_; }
    /// For messages: the file's name without its ending.
    std::string name() const;
    bool ready() const;
    /// Once ready. Throws Error: see Network.
    std::unique_ptr<Network> take() { return made_.get(); }

  private:
    std::string path_;
    std::future<std::unique_ptr<Network>> made_;
};

}  // namespace reverie
