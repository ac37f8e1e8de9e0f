// A dream computed at a smaller size than the pictures that are shown: its residual is upsampled
// along the frame's own edges, so that pictures, recordings and windows keep the source's size. See
// kernels/functors/guided.h.
#pragma once

#include "src/dream/resizer.h"

namespace reverie {

/// Variance of a source's luma that may be noise (levels²): where it is smaller, the dream does
/// not follow the source.
constexpr float kGuideNoise = 30;

/// The guide and the working memory of show_along_guide.
struct Guide {
    Pixels<float> whole;      ///< the frame's luma, 1 channel, filled by the caller
    Pixels<float> small;      ///< the same at the dream's size, filled by the caller
    Pixels<float> smooth;     ///< `small`, resampled to the frame's size
    Pixels<float> resampled;  ///< the residual at the frame's size, 3 channels
    Pixels<float> slope;      ///< at the dream's size, 3 channels
};

/// dst = base + `added` (3 channels at the dream's size) upsampled to base's size. guide.whole and
/// guide.smooth may be planes of dst.
void show_along_guide(Stream& stream, Device& device, Resizer& resizer, Pixels<const float> base,
                      Pixels<const float> added, const Guide& guide, Pixels<float> dst);

class GuidedShow {
  public:
    explicit GuidedShow(Device& device) : device_(&device), resizer_(device) {}

    /// The frame at the dream's size, 3 × H × W; valid until the next call.
    Pixels<const float> smaller(Stream& stream, Pixels<const float> frame, int width, int height);
    /// frame + (`shown` − the last smaller()), upsampled to the frame's size; equal to the frame
    /// to the bit where the difference is zero. Valid until the call after the next. Allocates only
    /// when a size changes.
    Pixels<const float> composite(Stream& stream, Pixels<const float> frame,
                                  Pixels<const float> shown);

    /// Bytes of its pictures for a frame and a dream with these numbers of pixels.
    static size_t bytes(size_t frame_pixels, size_t dream_pixels);

  private:
    Device* device_;
    Resizer resizer_;
    Image small_, added_, small_guide_, slope_;
    Image resampled_, shown_, shown_before_;
};

}  // namespace reverie
