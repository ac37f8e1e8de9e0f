// A network's topology: nodes in topological order, and their extents at a picture size. Knows no
// weights and no device.
#pragma once

#include <optional>
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
    same,    ///< kernel/2 on every side
    valid,   ///< none
    ceil,    ///< none before; as much after as makes the last, partly outside window count (Caffe's
             ///< pooling)
    centred  ///< as many windows as strides fit, what they lack divided between both sides, the odd
             ///< pixel after (TensorFlow's SAME): differs from `same` where the stride is not 1
};

struct Node {
    std::string name;
    NodeKind kind = NodeKind::input;
    std::vector<int> inputs;  ///< indices of earlier nodes
    int channels = 0;         ///< of the output
    int kernel_height = 1, kernel_width = 1;
    int stride = 1;
    Padding padding = Padding::same;
    bool relu = true;            ///< convolution: a ReLU follows
    bool count_padding = false;  ///< average pool: see PoolWindow
    LrnConstants lrn{};          ///< local response normalisation
};

struct Extent {
    int height = 0;
    int width = 0;
};

/// The receptive field of one output value, in input pixels.
struct ReceptiveField {
    int stride = 1;
    int size = 1;
};

struct Graph {
    std::string architecture;
    std::vector<Node> nodes;  ///< nodes[0] is the input

    /// Index of the node, or −1.
    int find(const std::string& name) const;
    /// The extent of every node's output for an input of that size; {0, 0} or negative where the
    /// picture is too small for a node.
    std::vector<Extent> infer(int width, int height) const;
    std::vector<ReceptiveField> fields() const;
    /// The last node that has weights or joins nodes that have: pools after it add nothing new.
    std::string deepest_layer() const;
};

/// Builds a Graph by name.
class GraphBuilder {
  public:
    explicit GraphBuilder(std::string architecture);
    int convolution(const std::string& name, int input, int channels, int kernel_height,
                    int kernel_width, int stride = 1, Padding padding = Padding::same,
                    bool relu = true);
    int pool(const std::string& name, NodeKind kind, int input, int kernel, int stride,
             Padding padding, bool count_padding = false);
    int lrn(const std::string& name, int input, const LrnConstants& constants);
    int global_average(const std::string& name, int input);
    int concat(const std::string& name, const std::vector<int>& inputs);
    Graph take() { return std::move(graph_); }

  private:
    int add(Node node);
    Graph graph_;
};

/// Networks trained by different people differ in details under the same name: paddings, some
/// widths, a pool. Each is a variant of the topology with the same layer names.
enum class GoogLeNetVariant : uint8_t {
    bvlc,         ///< "googlenet": as in the paper, as BVLC trained it with Caffe
    inception5h,  ///< "inception5h": Google's own of 2015, for TensorFlow
    torchvision,  ///< "googlenet_torchvision": 3×3 where the paper has 5×5, and pool4 of 2×2
    half          ///< "googlenet_half": this project's own, of half the width throughout
};
enum class InceptionV3Variant : uint8_t {
    tensorflow,  ///< "inception_v3": the graph of 2015-12-05
    torchvision  ///< "inception_v3_torchvision": average pools that count the padding, the last too
};

/// GoogLeNet (Szegedy et al. 2014) with the names of the BVLC model, to inception_5b and the
/// classifier; without local response normalisation where `lrn` is empty.
Graph make_googlenet(const std::optional<LrnConstants>& lrn,
                     GoogLeNetVariant variant = GoogLeNetVariant::bvlc);
/// Inception v3 (Szegedy et al. 2015) with the names of the TensorFlow graph of 2015-12-05, to
/// mixed_10 and the classifier.
Graph make_inception_v3(InceptionV3Variant variant = InceptionV3Variant::tensorflow);
/// The variants' names, for messages.
inline constexpr const char* kArchitectures =
    "googlenet, googlenet_half, googlenet_torchvision, inception5h, inception_v3 and "
    "inception_v3_torchvision";
/// One of the above by the name of its variant. Throws Error for an unknown architecture.
Graph make_graph(const std::string& architecture, const std::optional<LrnConstants>& lrn);

/// The padding before and the output's size of a window of `kernel` at `stride` on `size` values.
struct WindowFit {
    int pad = 0;
    int out = 0;
};
WindowFit fit_window(int size, int kernel, int stride, Padding padding);

}  // namespace reverie
