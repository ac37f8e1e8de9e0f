// How strongly layers of the network answer to a picture, for whatever moves with it. The picture
// is seen small, at about the size that the network was trained at: a fraction of a step's time.
#pragma once

#include <utility>
#include <vector>

#include "src/dream/objective.h"
#include "src/dream/resizer.h"
#include "src/net/network.h"

namespace reverie {

class LayerWatch {
  public:
    explicit LayerWatch(Network& network) : network_(&network), resizer_(network.device()) {}

    /// The root mean square of each layer's activations, or of a channel's, in `picture` (3 × H ×
    /// W, 0 … 255). Those that the network lacks are left out, and all where the picture is too
    /// small for one. `waits`: for the plan that is made for the first picture of a size; else there
    /// is nothing until it is made in the background. Synchronises.
    std::vector<std::pair<Term, float>> measure(Stream& stream, Pixels<const float> picture,
                                                const std::vector<Term>& layers, bool waits);

    static constexpr int kLongSide = 224, kLeastSide = 64;

  private:
    Network* network_;
    Resizer resizer_;
    Image small_;
};

}  // namespace reverie
