// How strong each frequency is in a short piece of sound: the window, the FFT (libavutil's), the
// magnitudes.
#pragma once

#include <memory>
#include <span>
#include <vector>

namespace reverie {

/// Thread-safety: belongs to one thread.
class Spectrum {
  public:
    /// `size`: samples in a piece, a power of two from 32 to 65536.
    explicit Spectrum(int size);
    ~Spectrum();
    Spectrum(const Spectrum&) = delete;
    Spectrum& operator=(const Spectrum&) = delete;

    int size() const { return static_cast<int>(window_.size()); }
    /// size() / 2 + 1, from 0 to half of the sample rate.
    int bins() const { return size() / 2 + 1; }

    /// Magnitudes of `samples` (size() of them) under a Hann window, scaled so that a sine of
    /// amplitude 1 in the middle of a bin gives 1 there. Valid until the next call.
    std::span<const float> magnitudes(std::span<const float> samples);

  private:
    struct Transform;
    std::unique_ptr<Transform> transform_;
    std::vector<float> window_;
    std::vector<float> magnitudes_;
};

}  // namespace reverie
