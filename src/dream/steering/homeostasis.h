// Keeps endless feedback from darkening, burning out or losing its colours or detail: image
// statistics are measured, compared with those of the first picture, and led back.
#pragma once

#include <array>

#include "kernels/ops_ascent.h"

namespace reverie {

class StateArchive;

/// Means over all pixels, 0 … 255.
struct ImageStatistics {
    float luma = 0;
    float contrast = 0;           ///< of |luma − its mean|
    float saturation = 0;         ///< of the distance of R, G, B from luma
    float grain = 0;              ///< of |luma − its four neighbours' mean|
    std::array<float, 3> cast{};  ///< of R, G, B, less the mean luma
};

class Homeostasis {
  public:
    explicit Homeostasis(Device& device);

    /// Takes the statistics of `picture` (3 × H × W) as the target. Synchronises.
    void begin(Stream& stream, Pixels<const float> picture);
    /// Measures `picture` for the next hold(). Does not wait.
    void observe(Stream& stream, Pixels<const float> picture);
    /// Leads `picture` towards the target, as far as `dt_s` seconds at this `firmness` (0 … 1)
    /// allow. `scratch` and `blurred` have its size. Synchronises with the last observe().
    void hold(Stream& stream, double dt_s, float firmness, Pixels<float> picture,
              Pixels<float> scratch, Pixels<float> blurred);
    /// The statistics that the last hold() or begin() found.
    const ImageStatistics& statistics() const { return statistics_; }

    /// See StateArchive.
    void keep(StateArchive& archive);

  private:
    void read(Stream& stream, int64_t pixels);
    void follow(double dt_s);
    void sharpen(Stream& stream, float amount, Pixels<float> picture, Pixels<float> scratch,
                 Pixels<float> blurred);

    Device* device_;
    Buffer<float> sums_;
    Buffer<BlurKernel> sharpening_;
    ImageStatistics statistics_, first_, target_;
    int64_t pixels_ = 0;
};

}  // namespace reverie
