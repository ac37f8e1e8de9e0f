// A dream that lives at a smaller size than the pictures that are shown: what it adds is brought up
// along the frame's own edges, so that a picture, a recording and a window keep the source's size.
// See kernels/guided.h.
#pragma once

#include "src/dream/resizer.h"

namespace reverie {

/// Variance of a source's luma that its noise may well have (levels²): with less than that, what
/// was dreamed does not follow the source.
constexpr float kGuideNoise = 30;

/// What show_along_guide is guided by, and what it works in.
struct Guide {
    Pixels<float> whole;      ///< the frame's luma, 1 channel, filled by the caller
    Pixels<float> small;      ///< the same at the dream's size, likewise
    Pixels<float> smooth;     ///< that, resampled to the frame's size
    Pixels<float> resampled;  ///< what is added, at the frame's size, 3 channels
    Pixels<float> slope;      ///< at the dream's size, 3 channels
};

/// dst = base + `added`, 3 channels at the dream's size, brought up to base's. guide.whole and
/// guide.smooth may be planes of dst.
void show_along_guide(Stream& stream, Device& device, Resizer& resizer, Pixels<const float> base,
                      Pixels<const float> added, const Guide& guide, Pixels<float> dst);

class GuidedShow {
  public:
    explicit GuidedShow(Device& device) : device_(&device), resizer_(device) {}

    /// The frame at the dream's size, 3 × H × W, until the next call.
    Pixels<const float> smaller(Stream& stream, Pixels<const float> frame, int width, int height);
    /// frame + what `shown` has more than the last smaller(), at the frame's size; the frame to the
    /// bit where that is nothing. Valid until the call after the next. Allocates only for another
    /// size.
    Pixels<const float> show(Stream& stream, Pixels<const float> frame, Pixels<const float> shown);

    /// Bytes of its pictures for a frame and a dream of these numbers of pixels.
    static size_t bytes(size_t frame_pixels, size_t dream_pixels);

  private:
    Device* device_;
    Resizer resizer_;
    Image small_, added_, small_guide_, slope_;
    Image resampled_, shown_, shown_before_;
};

}  // namespace reverie
