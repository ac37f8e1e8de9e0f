#include "src/net/graph.h"

#include <algorithm>

#include "src/util/error.h"

namespace reverie {

WindowFit fit_window(int size, int kernel, int stride, Padding padding) {
    if (padding == Padding::centred) {
        const int count = size <= 0 ? 0 : (size + stride - 1) / stride;
        return {std::max(0, (count - 1) * stride + kernel - size) / 2, count};
    }
    const int pad = padding == Padding::same ? kernel / 2 : 0;
    const int room = size + 2 * pad - kernel;
    if (size <= 0 || (room < 0 && padding != Padding::ceil)) return {pad, 0};
    if (padding != Padding::ceil) return {pad, room / stride + 1};
    // Caffe rounds up; a window must still begin inside.
    const int out = room <= 0 ? 1 : (room + stride - 1) / stride + 1;
    return {pad, (out - 1) * stride >= size ? out - 1 : out};
}

int Graph::find(const std::string& name) const {
    const auto at =
        std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.name == name; });
    return at == nodes.end() ? -1 : static_cast<int>(at - nodes.begin());
}

std::vector<Extent> Graph::infer(int width, int height) const {
    std::vector<Extent> extents(nodes.size());
    extents[0] = {height, width};
    for (size_t i = 1; i < nodes.size(); ++i) {
        const Node& node = nodes[i];
        const Extent in = extents[node.inputs[0]];
        switch (node.kind) {
            case NodeKind::convolution:
            case NodeKind::max_pool:
            case NodeKind::average_pool:
                extents[i] = {
                    fit_window(in.height, node.kernel_height, node.stride, node.padding).out,
                    fit_window(in.width, node.kernel_width, node.stride, node.padding).out};
                break;
            case NodeKind::global_average:
                extents[i] = {std::min(in.height, 1), std::min(in.width, 1)};
                break;
            case NodeKind::input:
            case NodeKind::lrn:
            case NodeKind::concat:
                extents[i] = in;
                break;
        }
    }
    return extents;
}

std::vector<ReceptiveField> Graph::fields() const {
    std::vector<ReceptiveField> fields(nodes.size());
    for (size_t i = 1; i < nodes.size(); ++i) {
        const Node& node = nodes[i];
        for (const int input : node.inputs) {
            const ReceptiveField& in = fields[input];
            const int kernel = std::max(node.kernel_height, node.kernel_width);
            fields[i].stride = in.stride * node.stride;
            fields[i].size = std::max(fields[i].size, in.size + (kernel - 1) * in.stride);
        }
    }
    return fields;
}

std::string Graph::deepest_layer() const {
    std::string name;
    for (const Node& node : nodes) {
        if (node.kind == NodeKind::convolution || node.kind == NodeKind::concat) name = node.name;
    }
    return name;
}

GraphBuilder::GraphBuilder(std::string architecture) {
    graph_.architecture = std::move(architecture);
    Node input;
    input.name = "input";
    input.channels = 3;
    graph_.nodes.push_back(input);
}

int GraphBuilder::add(Node node) {
    graph_.nodes.push_back(std::move(node));
    return static_cast<int>(graph_.nodes.size()) - 1;
}

int GraphBuilder::convolution(const std::string& name, int input, int channels, int kernel_height,
                              int kernel_width, int stride, Padding padding, bool relu) {
    Node node{name, NodeKind::convolution, {input}, channels};
    node.kernel_height = kernel_height;
    node.kernel_width = kernel_width;
    node.stride = stride;
    node.padding = padding;
    node.relu = relu;
    return add(node);
}

int GraphBuilder::pool(const std::string& name, NodeKind kind, int input, int kernel, int stride,
                       Padding padding, bool count_padding) {
    Node node{name, kind, {input}, graph_.nodes[input].channels};
    node.kernel_height = node.kernel_width = kernel;
    node.stride = stride;
    node.padding = padding;
    node.count_padding = count_padding;
    return add(node);
}

int GraphBuilder::lrn(const std::string& name, int input, const LrnConstants& constants) {
    Node node{name, NodeKind::lrn, {input}, graph_.nodes[input].channels};
    node.lrn = constants;
    return add(node);
}

int GraphBuilder::global_average(const std::string& name, int input) {
    return add({name, NodeKind::global_average, {input}, graph_.nodes[input].channels});
}

int GraphBuilder::concat(const std::string& name, const std::vector<int>& inputs) {
    int channels = 0;
    for (const int input : inputs) channels += graph_.nodes[input].channels;
    return add({name, NodeKind::concat, inputs, channels});
}

Graph make_graph(const std::string& architecture, const std::optional<LrnConstants>& lrn) {
    if (architecture == "googlenet") return make_googlenet(lrn);
    if (architecture == "googlenet_half") return make_googlenet(lrn, GoogLeNetVariant::half);
    if (architecture == "inception5h") return make_googlenet(lrn, GoogLeNetVariant::inception5h);
    if (architecture == "googlenet_torchvision")
        return make_googlenet(lrn, GoogLeNetVariant::torchvision);
    if (architecture == "inception_v3") return make_inception_v3();
    if (architecture == "inception_v3_torchvision")
        return make_inception_v3(InceptionV3Variant::torchvision);
    throw Error("unknown architecture '" + one_line(architecture) + "'; known are " +
                kArchitectures);
}

}  // namespace reverie
