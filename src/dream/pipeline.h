// One frame of a render: find the motion, carry the residual along it, dream a little more, and
// compose the picture to show.
#pragma once

#include "src/dream/dreamer.h"
#include "src/dream/temporal_dream.h"

namespace reverie {

class Pipeline {
  public:
    /// `memory_bytes`: see Dreamer. `load_mask`: see MaskMaker.
    Pipeline(Device& device, Network& network, size_t memory_bytes, MaskLoader load_mask = nullptr);
    /// See Dreamer::stop_when.
    void stop_when(const std::atomic<bool>& stop) { dreamer_.stop_when(stop); }

    /// See Dreamer::take_notes.
    std::vector<std::string> take_notes() { return dreamer_.take_notes(); }

    /// Bytes of the pictures kept for frames of this size. See Dreamer::picture_bytes.
    static size_t picture_bytes(int width, int height, const Params& params);

    /// What comes beside the frames to come: see MaskMaker.
    void set_mask_inputs(const MaskInputs& inputs) { temporal_.set_mask_inputs(inputs); }
    /// The dream of the next frame of a video. `frame`: 3 × H × W, RGB 0 … 255, not clipped;
    /// `time_s` since any origin, rising. The result has the frame's size and is valid until the
    /// next call; at params.strength 0 it equals the frame to the bit. Starts again when the size
    /// changes or the time goes back. Throws Error: see Dreamer::dream. `arriving`: another stream,
    /// on which `frame` arrives. Its motion is computed there, possibly while the previous dream is
    /// still running.
    Pixels<const float> next(Stream& stream, Pixels<const float> frame, double time_s,
                             const Params& params, Stream* arriving = nullptr);

    /// After next() of both for the same frame: takes over a `share` (0 … 1) of the other's dream.
    /// Returns the picture of next() with it, as long valid.
    Pixels<const float> lead_to(Stream& stream, const Pipeline& other, float share,
                                float strength) {
        temporal_.lead_to(stream, other.temporal_, share);
        return temporal_.composite(stream, strength);
    }

    /// Of the last frame: see TemporalDream.
    Pixels<const float> known_flow() const { return temporal_.known_flow(); }
    /// All that next() remembers: see StateArchive.
    void keep(StateArchive& archive) {
        dreamer_.keep(archive);
        temporal_.keep(archive);
    }

  private:
    Dreamer dreamer_;
    TemporalDream temporal_;
};

}  // namespace reverie
