// Imports other programs' weights: a Caffe .caffemodel, a frozen TensorFlow graph, or safetensors
// with torchvision's names become filters and biases by our layers' names, with batch normalisation
// folded in.
#pragma once

#include "src/net/import/external_network.h"
#include "src/net/weights.h"

namespace reverie {

struct Import {
    Graph graph;                             ///< complete; layers without filters are not offered
    std::map<std::string, Filters> filters;  ///< OIHW, by the node's name
    std::map<std::string, std::string> metadata;
    std::vector<std::string> notes;  ///< one line each, for the user
};

/// Reads a file of any of these formats, detected from its content. Throws Error: unknown format
/// (with what to do instead), damaged, a network that make_graph does not have, a shape that
/// differs from the topology's.
Import import_weights(const std::filesystem::path& path, const ImportOptions& options = {});

/// Writes it as a file for load_weights. Throws Error as write_safetensors does.
void write_import(const std::filesystem::path& path, const Import& import);

}  // namespace reverie
