// A trained network as loaded: its graph, cut where its weights end, its filters in float, and how
// it wants its input.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "kernels/ops_layers.h"
#include "src/net/graph.h"
#include "src/net/kept_channels.h"

namespace reverie {

struct Filters {
    std::vector<float> weights;  ///< OIHW
    std::vector<float> bias;     ///< one a channel
};

struct Weights {
    Graph graph;                             ///< ends where the weights end
    std::map<std::string, Filters> filters;  ///< by the node's name
    InputTransform input;
    std::map<std::string, std::string> metadata;
    std::filesystem::path path;
    std::vector<std::string>
        absent;         ///< names of the architecture's nodes that this file does not reach
    KeptChannels kept;  ///< where it was made of a larger network
};

/// Reads a safetensors file, checks every shape against the topology. Throws Error: see
/// SafetensorsFile; unknown architecture; a tensor of the wrong shape, with a value that is not
/// finite, or without its bias; not even the first layer is there; see KeptChannels.
Weights load_weights(const std::filesystem::path& path);

}  // namespace reverie
