// A network's topology: nodes in topological order, and what follows from it at a size. Knows no
// weights and no device.
#pragma once

#include <string>
#include <vector>

#include "kernels/ops_layers.h"

namespace reverie {

enum class NodeKind : uint8_t {
    input,
    convolution,
    max_pool,
    average_pool,
    global_average,
    lrn,
    concat
};

/// How a window's padding follows from its size.
enum class Padding : uint8_t {
    same,   ///< kernel/2 on every side
    valid,  ///< none
    ceil    ///< none before; as much after as makes the last, partly outside window count (Caffe's
            ///< pooling)
};

struct Node {
    std::string name;
    NodeKind kind = NodeKind::input;
    std::vector<int> inputs;  ///< indices of earlier nodes
    int channels = 0;         ///< of the output
    int kernel_height = 1, kernel_width = 1;
    int stride = 1;
    Padding padding = Padding::same;
    bool relu = true;  ///< convolution: a ReLU follows
};

struct Extent {
    int height = 0;
    int width = 0;
};

/// What the receptive field of one output value is, in input pixels.
struct Field {
    int stride = 1;
    int size = 1;
};

struct Graph {
    std::string architecture;
    std::vector<Node> nodes;  ///< nodes[0] is the input

    /// Index of the node, or −1.
    int find(const std::string& name) const;
    /// The extent of every node's output for an input of that size; {0, 0} or less where the
    /// picture is too small for a node.
    std::vector<Extent> infer(int width, int height) const;
    std::vector<Field> fields() const;
};

/// Builds a Graph by name.
class GraphBuilder {
  public:
    explicit GraphBuilder(std::string architecture);
    int convolution(const std::string& name, int input, int channels, int kernel_height,
                    int kernel_width, int stride = 1, Padding padding = Padding::same,
                    bool relu = true);
    int pool(const std::string& name, NodeKind kind, int input, int kernel, int stride,
             Padding padding);
    int lrn(const std::string& name, int input);
    int global_average(const std::string& name, int input);
    int concat(const std::string& name, const std::vector<int>& inputs);
    Graph take() { return std::move(graph_); }

  private:
    int add(Node node);
    Graph graph_;
};

/// GoogLeNet (Szegedy et al. 2014) with the names of the BVLC model, to inception_5b and the
/// classifier.
Graph make_googlenet(bool with_lrn);
/// Inception v3 (Szegedy et al. 2015) with the names of the TensorFlow graph of 2015-12-05, to
/// mixed_10 and the classifier.
Graph make_inception_v3();
/// One of the above. Throws Error for an unknown architecture.
Graph make_graph(const std::string& architecture, bool with_lrn);

/// The padding before and the output's size of a window of `kernel` at `stride` on `size` values.
struct WindowFit {
    int pad = 0;
    int out = 0;
};
WindowFit fit_window(int size, int kernel, int stride, Padding padding);

}  // namespace reverie
