// How strongly channels of a network answer to a picture, and where: what it thinks it sees. The
// picture is seen small, at about the size that the network was trained at: a fraction of a step's
// time.
#pragma once

#include <vector>

#include "src/dream/resizer.h"
#include "src/net/network.h"
#include "src/util/size.h"

namespace reverie {

/// Where a channel answers most in a picture.
struct ChannelAnswer {
    float peak = 0;      ///< its largest activation, at least 0
    float x = 0, y = 0;  ///< where: 0 … 1 of the picture's width and height
};

class ChannelWatch {
  public:
    explicit ChannelWatch(Network& network) : network_(&network), resizer_(network.device()) {}

    /// Of each channel, in their order, in `picture` (3 × H × W, 0 … 255). What the network sees at
    /// the picture's edges, which are mirrored, does not count. Empty where the picture is
    /// too small for a layer. `waits`: for the plan that is made for the first picture of a size;
    /// else there is nothing until it is made in the background. Throws Error for a layer that the
    /// network lacks. Synchronises.
    std::vector<ChannelAnswer> measure(Stream& stream, Pixels<const float> picture,
                                       const std::vector<NamedChannel>& channels, bool waits);

    /// At which a picture of that size is seen: about kPixels in its own shape, each side at least
    /// kLeastSide.
    static Size seen_size(int width, int height);
    static constexpr double kPixels = 240.0 * 240;
    static constexpr int kLeastSide = 96;

  private:
    Network* network_;
    Resizer resizer_;
    Image small_, seen_;
};

}  // namespace reverie
