// A second source beside a show's own, for masks of its brightness: its newest picture, for which
// nobody waits.
#pragma once

#include <optional>
#include <string>

#include "src/media/live_input.h"
#include "src/session/frame_io.h"
#include "src/util/size.h"

namespace reverie {

/// Thread-safety: belongs to one thread.
class SecondInput {
  public:
    /// Returns at once. See LiveInput::open(). Patterns are drawn at the size of `from`.
    void open(const std::string& spec, const SourceOptions& from) { input_.open(spec, from); }
    /// The newest picture at that size, 3 × H × W, 0 … 255, on the runtime's stream, valid until the
    /// next call; that of before where none has come since, null before the first.
    Pixels<const float> picture(Runtime& runtime, Size size);
    /// What was on the runtime's device is lost.
    void forget_device() { upload_.reset(); }
    /// One line on what is amiss; "": nothing.
    std::string problem() const;

  private:
    LiveInput input_;
    std::optional<LiveFrame> frame_;
    std::optional<FrameUpload> upload_;
    Size size_;
    Pixels<const float> rgb_;
};

}  // namespace reverie
