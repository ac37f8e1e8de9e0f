// What the network sees, for the user to look at: how strongly each layer answers to the source and
// to the dream, and where.
#pragma once

#include <string>
#include <vector>

#include "src/dream/params.h"
#include "src/net/network.h"

namespace reverie {

struct InsightRequest {
    bool layers = false;  ///< each layer's activation
    bool map = false;     ///< where the layer that is looked at sees something
    /// That is looked at, as of Network::layers(); none of them, as where the network has just been
    /// changed: the objective's first.
    std::string layer{};
    int channel = -1;  ///< of that layer, for the map; −1: all
    bool operator==(const InsightRequest&) const = default;
    bool any() const { return layers || map; }
};

struct Insight {
    struct Layer {
        std::string name;             ///< as of Network::layers()
        float source = 0, dream = 0;  ///< root mean square of its activations
    };
    std::vector<Layer> layers;    ///< those that were computed: none is deeper than what is dreamed
    std::string layer;            ///< that was looked at
    std::vector<float> channels;  ///< of it: each one's root mean square in the dream
    /// Where it sees something in the dream: map_height × map_width values, each at least 0.
    std::vector<float> map;
    int map_width = 0, map_height = 0;
};

/// Memory of look_into(), for who looks again and again.
struct InsightPictures {
    Image seen, dream;
};

/// Throws nothing for what cannot be seen: it is left out. `frame`, `residual`: 3 × H × W, as of
/// Dreamer::dream. Costs up to two forward passes, of which the one of the source for `layers`
/// alone. Pictures whose plan would need more than `memory_bytes` are not looked at.
Insight look_into(Stream& stream, Network& network, size_t memory_bytes, Pixels<const float> frame,
                  Pixels<const float> residual, const Objective& objective,
                  const InsightRequest& request, InsightPictures& pictures);

}  // namespace reverie
