// Endless feedback: each picture is the last dream, moved a little and dreamed on. Nothing of the
// first picture has to survive. Homeostasis keeps it from darkening or burning out, habituation
// from becoming one texture, unrest from freezing. All rates are per second: the look does not
// depend on the frame rate.
#pragma once

#include <cstdint>

#include "src/dream/dreamer.h"
#include "src/dream/masks/mask_maker.h"
#include "src/dream/steering/drift.h"
#include "src/dream/steering/habituation.h"
#include "src/dream/steering/homeostasis.h"
#include "src/dream/steering/unrest.h"

namespace reverie {

class Feedback {
  public:
    /// `memory_bytes`: see Dreamer. `load_mask`: see MaskMaker.
    Feedback(Device& device, Network& network, size_t memory_bytes, MaskLoader load_mask = nullptr);
    /// See Dreamer::stop_when.
    void stop_when(const std::atomic<bool>& stop) { dreamer_.stop_when(stop); }
    /// See Dreamer::take_notes.
    std::vector<std::string> take_notes() { return dreamer_.take_notes(); }

    /// The dream at `time_s`, which must rise from call to call. Starts from `beginning` (3 × H ×
    /// W, 0 … 255) on the first call and when its size changes; afterwards from the last dream,
    /// moved by params' zoom, rotation and pan. Pushes as much as params ask for the time since
    /// then (see push_for). Where params.homeostasis is above 0, waits for the work queued by the
    /// last call, and a few times a second for more. Valid until the next call. Throws Error: see
    /// Dreamer::dream; a mask follows the motion of a video.
    Pixels<const float> next(Stream& stream, Pixels<const float> beginning, double time_s,
                             const Params& params);

    /// Takes over a `share` (0 … 1) of another dream of the same size: 1 is that dream. Returns
    /// what last() is then.
    Pixels<const float> lead_to(Stream& stream, const Feedback& other, float share);

    /// The last dream; null before the first.
    Pixels<const float> last() const { return canvas_.cview(); }
    /// All that next() remembers: see StateArchive.
    void keep(StateArchive& archive);

    const ImageStatistics& statistics() const { return homeostasis_.statistics(); }
    /// See Unrest.
    float restlessness() const { return unrest_.restlessness(); }

  private:
    void reserve(int width, int height);
    void begin(Stream& stream, Pixels<const float> beginning, double time_s);
    void move(Stream& stream, double dt_s, const Params& params);
    void dream(Stream& stream, double dt_s, const Params& params);

    Device* device_;
    Dreamer dreamer_;
    Homeostasis homeostasis_;
    Habituation habituation_;
    Unrest unrest_;
    MaskMaker masks_;
    Image coverage_;  ///< see FrameMasks::cover
    MirroredDrift drift_;
    Image canvas_, moved_, flow_, residual_;
    double first_time_s_ = 0, last_time_s_ = 0;
    uint32_t index_ = 0;
};

}  // namespace reverie
