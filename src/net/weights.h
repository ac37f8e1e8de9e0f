// A trained network as loaded: its graph (cut where the weights end), its filters in float, and its
// input format.
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
    KeptChannels kept;  ///< set if it was made from a larger network
};

/// Reads a safetensors file and checks every shape against the topology. Throws Error: see
/// SafetensorsFile; unknown architecture; a tensor with the wrong shape, with a value that is not
/// finite, or without its bias; the first layer is missing; see KeptChannels.
Weights load_weights(const std::filesystem::path& path);

}  // namespace reverie
