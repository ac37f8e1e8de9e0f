// A network in plain loops in double, from the graph's table alone. Network and ExecutionPlan, with
// their merged convolutions, shared memory and blocked layouts, are compared with it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/net/network.h"
#include "tests/support/tensor.h"

namespace reverie::test {

class NaiveNetwork {
  public:
    NaiveNetwork(Graph graph, std::map<std::string, Filters> filters)
        : graph_(std::move(graph)), filters_(std::move(filters)) {}

    const Graph& graph() const { return graph_; }
    /// Computes all nodes; `input` is in the network's units and channel order.
    void forward(const Array& input);
    /// The output of a node at the last forward().
    const Array& output(int node) const { return outputs_[node]; }
    /// J and ∂J/∂input there.
    double objective(const std::vector<Tap>& taps) const;
    Array gradient(const std::vector<Tap>& taps) const;
    /// ∂J/∂input where ∂J/∂output is given for some nodes.
    Array gradient(const std::map<int, Array>& at_nodes) const;

  private:
    Graph graph_;
    std::map<std::string, Filters> filters_;
    std::vector<Array> outputs_;
};

/// Filters for every convolution of a graph that keep activations near 1 from layer to layer, the
/// same for the same seed.
std::map<std::string, Filters> random_filters(const Graph& graph, uint64_t seed);

/// Writes them as a weights file. Nodes without filters are left out.
void write_weights(const std::filesystem::path& path, const Graph& graph,
                   const std::map<std::string, Filters>& filters,
                   const std::map<std::string, std::string>& metadata);

/// A temporary file of this process, removed at the end.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& name);
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile();
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace reverie::test
