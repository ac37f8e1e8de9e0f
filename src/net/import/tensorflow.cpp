// A frozen TensorFlow GraphDef (.pb) with Inception v3 of 2015-12-05 or inception5h in it: filters
// and biases are constants (HWIO), found by their names. Field numbers are those of graph.proto,
// node_def.proto, attr_value.proto and tensor.proto.
#include <fmt/format.h>

#include <bit>

#include "kernels/hd.h"
#include "src/net/graph.h"
#include "src/net/import/external_network.h"
#include "src/net/import/protobuf_wire.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr size_t kMostNodes = 100'000;
constexpr size_t kMostTensorDimensions = 8;

struct TfNode {
    std::string op;
    Bytes message;
};

class GraphDef {
  public:
    GraphDef(Bytes file, const std::string& what) : what_(what) {
        WireReader reader(file, what_);
        for (WireField f; reader.next(f);) {
            if (f.number != 1 || f.type != WireType::bytes) continue;
            add(f.bytes);
            require(nodes_.size() <= kMostNodes, what_ + "it has too many nodes");
        }
    }

    const std::map<std::string, TfNode>& nodes() const { return nodes_; }
    bool has(const std::string& name) const { return nodes_.count(name) != 0; }
    /// An attribute's value (AttrValue), or nothing.
    std::optional<Bytes> attribute(const std::string& node, std::string_view key) const;
    double number(const std::string& node, std::string_view key, double fallback) const;
    /// The constant of that name, or nothing. Throws Error where it is no constant.
    std::optional<ExternalTensor> constant(const std::string& name) const;
    ExternalTensor needed_constant(const std::string& name) const {
        std::optional<ExternalTensor> tensor = constant(name);
        require(tensor.has_value(), what_ + "it has no constant " + one_line(name));
        return *tensor;
    }

  private:
    void add(Bytes message) {
        std::string name;
        TfNode node{{}, message};
        WireReader reader(message, what_);
        for (WireField f; reader.next(f);) {
            if (f.type != WireType::bytes) continue;
            if (f.number == 1) name = wire_text(f);
            if (f.number == 2) node.op = wire_text(f);
        }
        const bool fresh = nodes_.emplace(name, std::move(node)).second;
        require(fresh, what_ + "node " + one_line(name) + " stands in it twice: it is damaged");
    }

    std::string what_;
    std::map<std::string, TfNode> nodes_;
};

std::optional<Bytes> GraphDef::attribute(const std::string& node, std::string_view key) const {
    WireReader reader(nodes_.at(node).message, what_);
    for (WireField f; reader.next(f);) {
        if (f.number != 5 || f.type != WireType::bytes) continue;
        std::string_view name;
        Bytes value;
        WireReader entry(f.bytes, what_);
        for (WireField e; entry.next(e);) {
            if (e.number == 1) name = wire_text(e);
            if (e.number == 2) value = e.bytes;
        }
        if (name == key) return value;
    }
    return std::nullopt;
}

double GraphDef::number(const std::string& node, std::string_view key, double fallback) const {
    const std::optional<Bytes> value = attribute(node, key);
    if (!value) return fallback;
    WireReader reader(*value, what_);
    for (WireField f; reader.next(f);) {
        if (f.number == 3 || f.number == 5) return static_cast<double>(f.value);  // i, b
        if (f.number == 4) return wire_float(f);                                  // f
    }
    return fallback;
}

/// TensorProto.
struct TensorMessage {
    uint64_t type = 0;
    std::vector<int64_t> shape;
    Bytes content;
};

void read_shape(Bytes message, const std::string& what, std::vector<int64_t>& shape) {
    WireReader reader(message, what);
    for (WireField f; reader.next(f);) {
        if (f.number != 2 || f.type != WireType::bytes) continue;
        int64_t extent = 0;
        WireReader dimension(f.bytes, what);
        for (WireField d; dimension.next(d);) {
            if (d.number == 1) extent = static_cast<int64_t>(d.value);
        }
        require(shape.size() < kMostTensorDimensions, what + "a tensor has too many dimensions");
        shape.push_back(extent);
    }
}

TensorMessage read_tensor(Bytes message, const std::string& what) {
    TensorMessage tensor;
    WireReader reader(message, what);
    for (WireField f; reader.next(f);) {
        if (f.number == 1 && f.type == WireType::varint) tensor.type = f.value;
        if (f.number == 2 && f.type == WireType::bytes) read_shape(f.bytes, what, tensor.shape);
        if (f.number == 4 && f.type == WireType::bytes) tensor.content = f.bytes;
    }
    return tensor;
}

constexpr uint64_t kFloat = 1, kBfloat16 = 14, kHalf = 19;  // DataType

std::vector<float> tensor_values(Bytes message, size_t count, const std::string& what,
                                 const std::string& name) {
    const TensorMessage tensor = read_tensor(message, what);
    const std::string whose = what + "constant " + one_line(name) + " ";
    require(tensor.type == kFloat || tensor.type == kHalf || tensor.type == kBfloat16,
            whose + "is not of float, half or bfloat16");
    std::vector<float> values;
    if (tensor.content.empty() && tensor.type == kFloat) {
        WireReader reader(message, what);
        for (WireField f; reader.next(f);) {
            if (f.number == 5) append_wire_floats(f, what, values);
        }
        // Of equal numbers at the end, all but one may be left out.
        require(!values.empty() && values.size() <= count, whose + "is damaged");
        const float last = values.back();
        values.resize(count, last);
        return values;
    }
    const size_t width = tensor.type == kFloat ? 4 : 2;
    require(tensor.content.size() == count * width,
            whose + "has another size than its shape: cut off or damaged");
    values.reserve(count);
    for (size_t i = 0; i < count; ++i) {
        uint32_t bits = 0;
        for (size_t b = 0; b < width; ++b)
            bits |= static_cast<uint32_t>(tensor.content[i * width + b]) << (8 * b);
        if (tensor.type == kBfloat16) bits <<= 16U;
        values.push_back(tensor.type == kHalf ? to_float(Half{static_cast<uint16_t>(bits)})
                                              : std::bit_cast<float>(bits));
    }
    return values;
}

std::optional<ExternalTensor> GraphDef::constant(const std::string& name) const {
    const auto found = nodes_.find(name);
    if (found == nodes_.end()) return std::nullopt;
    require(found->second.op == "Const",
            what_ + "node " + one_line(name) + " is no constant: the graph is not frozen");
    const std::optional<Bytes> value = attribute(name, "value");
    Bytes message;
    if (value) {
        WireReader reader(*value, what_);
        for (WireField f; reader.next(f);) {
            if (f.number == 8) message = f.bytes;
        }
    }
    ExternalTensor tensor{read_tensor(message, what_).shape, {}, name};
    tensor.read = [message, what = what_, name, shape = tensor.shape] {
        size_t count = 1;
        for (const int64_t extent : shape) count *= static_cast<size_t>(extent);
        return tensor_values(message, count, what, name);
    };
    return tensor;
}

void read_inception_v3(const GraphDef& graph, ExternalNetwork& network) {
    network.architecture = "inception_v3";
    network.mean = {128, 128, 128};
    network.deviation = {128, 128, 128};
    const Graph ours = make_inception_v3();
    const std::string& classifier = ours.nodes.back().name;
    for (const Node& node : ours.nodes) {
        if (node.kind != NodeKind::convolution || node.name == classifier) continue;
        const std::optional<ExternalTensor> filters = graph.constant(node.name + "/conv2d_params");
        if (!filters) continue;
        ExternalConvolution& c = network.convolutions[node.name];
        c.filters = *filters;
        c.order = FilterOrder::hwio;
        const std::string norm = node.name + "/batchnorm";
        if (graph.has(norm + "/beta")) {
            c.norm = {{},
                      graph.needed_constant(norm + "/beta"),
                      graph.needed_constant(norm + "/moving_mean"),
                      graph.needed_constant(norm + "/moving_variance"),
                      1e-3};
            if (graph.has(norm)) {
                c.norm->epsilon = graph.number(norm, "variance_epsilon", c.norm->epsilon);
                if (graph.number(norm, "scale_after_normalization", 1) != 0)
                    c.norm->gamma = graph.constant(norm + "/gamma");
            } else {
                c.norm->gamma = graph.constant(norm + "/gamma");
            }
        } else {
            c.bias = graph.needed_constant(node.name + "/biases");
        }
    }
    if (!graph.has("softmax/weights")) return;
    ExternalConvolution& c = network.convolutions[classifier];
    c.filters = graph.needed_constant("softmax/weights");
    c.order = FilterOrder::io;
    c.bias = graph.needed_constant("softmax/biases");
}

/// "inception_3a/5x5_reduce" is "mixed3a/5x5_bottleneck" there.
std::string name_in_inception5h(const std::string& name) {
    if (name == "conv1/7x7_s2") return "conv2d0";
    if (name == "conv2/3x3_reduce") return "conv2d1";
    if (name == "conv2/3x3") return "conv2d2";
    if (name == "loss3/classifier") return "softmax2";
    std::string theirs = "mixed" + name.substr(std::string("inception_").size());
    const auto replace = [&theirs](std::string_view from, std::string_view to) {
        const size_t at = theirs.find(from);
        if (at != std::string::npos) theirs.replace(at, from.size(), to);
    };
    replace("x3_reduce", "x3_bottleneck");
    replace("x5_reduce", "x5_bottleneck");
    replace("pool_proj", "pool_reduce");
    return theirs;
}

/// "mixed3a/1x1" and "w" make "mixed3a_1x1_w", or "mixed3a/1x1_w" in early copies of the graph,
/// which have "conv2d0/w" too.
std::string spelling_of(const GraphDef& graph, const std::string& name, const std::string& part) {
    const size_t slash = name.find('/');
    std::string early = name + (slash == std::string::npos ? "/" : "_") + part;
    if (graph.has(early)) return early;
    std::string later = name;
    if (slash != std::string::npos) later[slash] = '_';
    return later + "_" + part;
}

void read_inception5h(const GraphDef& graph, const std::string& what, ExternalNetwork& network) {
    network.architecture = "inception5h";
    network.mean = {117, 117, 117};
    for (const auto& [name, node] : graph.nodes()) {
        if (node.op != "LRN") continue;
        const double radius = graph.number(name, "depth_radius", 5);
        require(radius >= 0 && radius < 32,
                what + "node " + one_line(name) + " normalises over too many channels");
        const int size = 2 * static_cast<int>(radius) + 1;
        const LrnConstants lrn{size, static_cast<float>(graph.number(name, "alpha", 1) * size),
                               static_cast<float>(graph.number(name, "beta", 0.5)),
                               static_cast<float>(graph.number(name, "bias", 1))};
        require(!network.lrn || *network.lrn == lrn,
                what + "its two normalisations differ, which none of our topologies has");
        network.lrn = lrn;
    }
    const Graph ours = make_googlenet({}, GoogLeNetVariant::inception5h);
    for (const Node& node : ours.nodes) {
        if (node.kind != NodeKind::convolution) continue;
        const std::string theirs = name_in_inception5h(node.name);
        const std::optional<ExternalTensor> filters =
            graph.constant(spelling_of(graph, theirs, "w"));
        if (!filters) continue;
        ExternalConvolution& c = network.convolutions[node.name];
        c.filters = *filters;
        c.order = node.name == ours.nodes.back().name ? FilterOrder::io : FilterOrder::hwio;
        c.bias = graph.needed_constant(spelling_of(graph, theirs, "b"));
    }
}

}  // namespace

ExternalNetwork read_tensorflow(Bytes file, const std::string& what) {
    const GraphDef graph(file, what);
    ExternalNetwork network;
    network.format = "TensorFlow";
    if (graph.has("conv/conv2d_params")) {
        read_inception_v3(graph, network);
    } else if (graph.has("conv2d0_w") || graph.has("conv2d0/w")) {
        read_inception5h(graph, what, network);
    } else {
        throw Error(what +
                    "a TensorFlow graph, but neither Inception v3 of 2015-12-05 nor "
                    "inception5h: it has no constant conv/conv2d_params or conv2d0_w");
    }
    return network;
}

}  // namespace reverie
