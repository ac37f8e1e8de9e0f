// What one channel of a layer most wants to see: a small picture, painted from noise by gradient
// ascent on the channel's mean, under small turns, scales and shifts (Olah, Mordvintsev & Schubert,
// "Feature Visualization", 2017). In: a network, a layer, a channel. Out: RGB bytes. The same
// network gives the same pictures.
#pragma once

#include <cstdint>
#include <vector>

#include "src/dream/atlas/pyramid_picture.h"
#include "src/net/network.h"

namespace reverie {

/// A channel's picture: side × side pixels, R, G, B after each other.
struct FeaturePicture {
    static constexpr int kSide = 96;
    static constexpr size_t kBytes = size_t{3} * kSide * kSide;
    std::vector<uint8_t> rgb;
};

class FeatureVisualiser {
  public:
    /// Of one layer. Throws Error for a layer that is too deep for any picture that is painted
    /// here, and as Network::plan() does.
    FeatureVisualiser(Network& network, const LayerInfo& layer);

    FeaturePicture paint(Stream& stream, int channel);
    /// Seconds that paint() takes, by a few of its steps.
    double measure_s(Stream& stream);

  private:
    void find_starts(Stream& stream);
    void offer_start(Stream& stream, const std::vector<bool>& which, std::vector<float>& best);
    void step(Stream& stream, const Tap& tap, uint32_t number);
    FeaturePicture small_picture() const;

    Network& network_;
    LayerInfo layer_;
    int shrink_;  ///< pixels of the painted picture a pixel of the result
    PyramidPicture picture_;
    Image seen_, gradient_;
    std::vector<float> look_, back_;
    std::vector<PyramidPicture> starts_;
    std::vector<size_t> start_of_;  ///< by channel: the start that excites it most
};

}  // namespace reverie
