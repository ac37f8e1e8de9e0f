// Activations for the user to look at: how strongly each layer responds to the source and to the
// dream, and where.
#pragma once

#include <string>
#include <vector>

#include "src/dream/params.h"
#include "src/net/network.h"

namespace reverie {

struct ProbeRequest {
    bool layers = false;  ///< each layer's activation
    bool map = false;     ///< where the selected layer is active
    /// The selected layer, by its name in Network::layers(); if there is none of that name (the
    /// network was just changed), the objective's first layer.
    std::string layer{};
    int channel = -1;  ///< of that layer, for the map; −1: all
    bool operator==(const ProbeRequest&) const = default;
    bool any() const { return layers || map; }
};

struct ProbeResult {
    struct Layer {
        std::string name;             ///< as in Network::layers()
        float source = 0, dream = 0;  ///< root mean square of its activations
    };
    std::vector<Layer> layers;    ///< those computed: none is deeper than the objective's
    std::string layer;            ///< the selected layer
    std::vector<float> channels;  ///< the root mean square of each of its channels in the dream
    /// Where the layer is active in the dream: map_height × map_width values, each at least 0.
    std::vector<float> map;
    int map_width = 0, map_height = 0;
};

/// Memory of probe_activations(), for callers that repeat it.
struct ProbePictures {
    Image seen, dream;
};

/// Throws nothing for activations that cannot be computed: they are left out. `frame`, `residual`:
/// 3 × H × W, as in Dreamer::dream. Costs up to two forward passes; the source's is for `layers`
/// only. Skips pictures whose plan would need more than `memory_bytes`.
ProbeResult probe_activations(Stream& stream, Network& network, size_t memory_bytes,
                              Pixels<const float> frame, Pixels<const float> residual,
                              const Objective& objective, const ProbeRequest& request,
                              ProbePictures& pictures);

}  // namespace reverie
