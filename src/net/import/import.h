// Other programs' weights as ours: a Caffe .caffemodel, a frozen TensorFlow graph, or safetensors
// with torchvision's names become filters and biases by our layers' names, with batch normalisation
// folded in.
#pragma once

#include "src/net/import/foreign.h"
#include "src/net/weights.h"

namespace reverie {

struct Import {
    Graph graph;                             ///< whole; layers without filters are not offered
    std::map<std::string, Filters> filters;  ///< OIHW, by the node's name
    std::map<std::string, std::string> metadata;
    std::vector<std::string> notes;  ///< one line each: what a user may want to know
};

/// Reads a file of any of these formats, which it tells apart by their content. Throws Error: no
/// such format (with what to do instead), damaged, another network than those of make_graph, a
/// shape that differs from the topology's.
Import import_weights(const std::filesystem::path& path, const ImportOptions& options = {});

/// Writes it as a file for load_weights. Throws Error as write_safetensors does.
void write_import(const std::filesystem::path& path, const Import& import);

}  // namespace reverie
