// Keeps the output below the flash limit (see flash_guard.h): a picture that would flash too much
// is mixed with the one shown before it, cell by cell, as little as needed; any other passes
// unchanged.
#pragma once

#include <memory>
#include <vector>

#include "kernels/device.h"
#include "src/dream/steering/flash_guard.h"

namespace reverie {

class FlashLimiter {
  public:
    /// Cells of a third of a degree, as WCAG measures: finer flicker is not perceived as a flash.
    static constexpr int kColumns = 96, kRows = 54;

    explicit FlashLimiter(Device& device);

    /// What may be shown at `time_s` in place of `picture` (3 × H × W, 0 … 255): the picture
    /// itself or a mixture, valid until the call after the next; `picture` must stay unchanged
    /// until then too. Waits for the stream. Starts again when the size changes.
    Pixels<const float> limit(Stream& stream, Pixels<const float> picture, double time_s);

    /// For the last picture: the share of it that was held back, and its luminance as shown, by
    /// cell.
    float held_share() const { return held_share_; }
    const std::vector<float>& luminance() const { return shown_; }
    int64_t limited_frames() const { return limited_frames_; }

  private:
    void begin(Pixels<const float> picture);
    void measure(Stream& stream, Pixels<const float> picture, std::vector<float>& cells);
    Pixels<const float> mix(Stream& stream, Pixels<const float> picture, double time_s);

    Device* device_;
    std::unique_ptr<FlashGuard> guard_;
    Pixels<const float> before_;  ///< shown last
    Image scratch_, grid_, weights_;
    Image mixed_[2];  ///< alternating, so that the one shown last stays valid
    int turn_ = 0;
    std::vector<float> wanted_, shown_, cell_weights_;
    float held_share_ = 0;
    int64_t limited_frames_ = 0;
};

}  // namespace reverie
