// A square picture that gradient ascent paints freely: its parameters are a pyramid of octaves in
// decorrelated colours, so that a step moves broad shapes and fine detail alike, and brightness
// more than hue, as in photographs. In: gradients with respect to its pixels. Out: RGB, 0 … 255.
// Olah, Mordvintsev & Schubert, "Feature Visualization", 2017: preconditioning, 1/f noise. In host
// memory: it is small.
#pragma once

#include <cstdint>
#include <vector>

namespace reverie {

class PyramidPicture {
  public:
    /// Of side × side pixels; `side` is at least 8. Throws Error.
    explicit PyramidPicture(int side);

    /// Noise with as much energy in each octave (amplitude 1/f), a new one for each seed.
    /// `contrast`: its standard deviation in each octave, in units of the parameters; 1 saturates.
    void start(uint32_t seed, float contrast);
    /// The next step is Adam's first: those before leave no momentum.
    void forget_steps();
    /// The picture: R, G, B planes of side · side values, 0 … 255.
    const std::vector<float>& rgb() const { return rgb_; }
    int side() const { return side_; }
    /// One step of Adam (Kingma & Ba, 2015) that increases what `gradient`, laid out as rgb(), is
    /// the gradient of; only its direction counts. `rate`: how far a parameter moves at most.
    void ascend(const std::vector<float>& gradient, float rate);

  private:
    struct Level {
        int side = 0;
        std::vector<float> value, mean, square;  ///< 3 planes each: luminance, two chroma axes
    };
    void show();

    int side_;
    int steps_ = 0;
    std::vector<Level> levels_;  ///< the finest first
    std::vector<float> sum_;     ///< of all levels, in decorrelated colours
    std::vector<float> rgb_;
};

}  // namespace reverie
