// The way of one frame: motion, the residual carried along it, a little more dream, the picture to
// show. All that lives in time lives here, and it is one thing: the residual, that is, dream minus
// frame.
#pragma once

#include <cstdint>
#include <optional>

#include "src/dream/dreamer.h"
#include "src/dream/motion.h"
#include "src/dream/params.h"

namespace reverie {

class Pipeline {
  public:
    /// `memory_bytes`: see Dreamer.
    Pipeline(Device& device, Network& network, size_t memory_bytes);
    /// See Dreamer::stop_when.
    void stop_when(const std::atomic<bool>& stop) { dreamer_.stop_when(stop); }

    /// See Dreamer::take_notes.
    std::vector<std::string> take_notes() { return dreamer_.take_notes(); }

    /// Bytes of the pictures that are kept for frames of this size. See Dreamer::picture_bytes.
    static size_t picture_bytes(int width, int height, const Params& params);

    /// The dream of the next frame of a video. `frame`: 3 × H × W, RGB 0 … 255, not clipped;
    /// `time_s` since any origin, rising. The result has the frame's size and is valid until the
    /// next call; where params.strength is 0 it equals the frame to the bit. A frame of another
    /// size, or a time that goes back, begins anew. Throws Error: see Dreamer::dream.
    /// `arriving`: another stream, on which `frame` comes. Its motion is found there, while the
    /// dream before may still be under way.
    Pixels<const float> next(Stream& stream, Pixels<const float> frame, double time_s,
                             const Params& params, Stream* arriving = nullptr);

    /// Forgets what was dreamed: the next frame is the first.
    void reset();
    /// How far the last frame's motion could be trusted, 0 … 1 (0 for a first frame). Synchronises.
    float mean_confidence(Stream& stream);
    /// Frames dreamed since the start or the last reset.
    uint32_t frames() const { return index_; }

  private:
    void carry(Stream& stream, Pixels<const float> frame, double dt_s, const Params& params);
    void drift(Stream& stream, double dt_s, const Params& params);

    Device* device_;
    Dreamer dreamer_;
    Motion motion_;
    Image residual_, carried_, flow_, heeded_, shown_;
    std::unique_ptr<StreamMark> motion_found_, motion_used_;
    std::optional<double> last_time_s_;
    uint32_t index_ = 0;
};

}  // namespace reverie
