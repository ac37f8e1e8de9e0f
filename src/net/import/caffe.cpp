// Caffe's NetParameter (.caffemodel) with a GoogLeNet in it. Layers stand in field 100
// (LayerParameter) or, as BVLC's own file has them, in field 2 (V1LayerParameter); their blobs have
// shapes of up to four numbers, or of any rank (BlobShape). Field numbers are those of caffe.proto.
#include <fmt/format.h>

#include <cmath>

#include "src/net/graph.h"
#include "src/net/import/external_network.h"
#include "src/net/import/protobuf_wire.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr size_t kMostLayers = 10'000;  // BVLC's GoogLeNet has 169
constexpr size_t kMostDimensions = 8;

/// Where a layer's parts stand in its message.
struct LayerFields {
    uint32_t name, type, bottom, blobs, convolution, lrn, transform;
};
constexpr LayerFields kOldFields{4, 5, 2, 6, 10, 18, 36};
constexpr LayerFields kNewFields{1, 2, 3, 7, 106, 118, 100};

enum class LayerType : uint8_t { other, convolution, inner_product, lrn, batch_norm };

struct Layer {
    std::string name, bottom;
    LayerType type = LayerType::other;
    std::vector<Bytes> blobs;
    std::optional<Bytes> convolution, lrn, transform;
};

LayerType old_type(uint64_t type) {
    switch (type) {
        case 4:
            return LayerType::convolution;
        case 14:
            return LayerType::inner_product;
        case 15:
            return LayerType::lrn;
        default:
            return LayerType::other;
    }
}

LayerType new_type(std::string_view type) {
    if (type == "Convolution") return LayerType::convolution;
    if (type == "InnerProduct") return LayerType::inner_product;
    if (type == "LRN") return LayerType::lrn;
    if (type == "BatchNorm") return LayerType::batch_norm;
    return LayerType::other;
}

Layer read_layer(Bytes message, const LayerFields& fields, const std::string& what) {
    Layer layer;
    WireReader reader(message, what);
    for (WireField f; reader.next(f);) {
        const bool bytes = f.type == WireType::bytes;
        if (f.number == fields.type && f.type == WireType::varint) layer.type = old_type(f.value);
        if (!bytes) continue;
        if (f.number == fields.name) layer.name = wire_text(f);
        if (f.number == fields.type) layer.type = new_type(wire_text(f));
        if (f.number == fields.bottom && layer.bottom.empty()) layer.bottom = wire_text(f);
        if (f.number == fields.blobs) layer.blobs.push_back(f.bytes);
        if (f.number == fields.convolution) layer.convolution = f.bytes;
        if (f.number == fields.lrn) layer.lrn = f.bytes;
        if (f.number == fields.transform) layer.transform = f.bytes;
        require(layer.blobs.size() <= 16, what + "a layer has too many blobs");
    }
    return layer;
}

std::vector<Layer> read_layers(Bytes file, const std::string& what) {
    std::vector<Layer> layers;
    WireReader reader(file, what);
    for (WireField f; reader.next(f);) {
        if (f.type != WireType::bytes || (f.number != 2 && f.number != 100)) continue;
        layers.push_back(read_layer(f.bytes, f.number == 2 ? kOldFields : kNewFields, what));
        require(layers.size() <= kMostLayers, what + "it has too many layers");
    }
    return layers;
}

/// BlobProto: shape (7, or 1 to 4 of old), data (5), double_data (8).
std::vector<int64_t> shape_of(Bytes blob, const std::string& what) {
    std::vector<int64_t> shape, old(4, 0);
    bool has_old = false;
    WireReader reader(blob, what);
    for (WireField f; reader.next(f);) {
        if (f.number == 7 && f.type == WireType::bytes) {
            WireReader dimensions(f.bytes, what);
            for (WireField d; dimensions.next(d);) {
                if (d.number == 1) append_wire_integers(d, what, kMostDimensions, shape);
            }
        } else if (f.number >= 1 && f.number <= 4 && f.type == WireType::varint) {
            old[f.number - 1] = static_cast<int64_t>(f.value);
            has_old = true;
        }
    }
    if (shape.empty() && has_old) return old;
    return shape;
}

std::vector<float> values_of(Bytes blob, size_t count, const std::string& what,
                             const std::string& name) {
    std::vector<float> values;
    WireReader reader(blob, what);
    for (WireField f; reader.next(f);) {
        if (f.number == 5) append_wire_floats(f, what, values);
        if (f.number == 8) append_wire_doubles(f, what, values);
    }
    if (values.size() != count) {
        throw Error(fmt::format("{}{} has {} values where its shape has {}: cut off or damaged",
                                what, one_line(name), values.size(), count));
    }
    return values;
}

/// A blob as a tensor of `rank` dimensions: those of old files have ones in front.
ExternalTensor tensor_of(Bytes blob, size_t rank, const std::string& name,
                         const std::string& what) {
    ExternalTensor tensor{shape_of(blob, what), {}, name};
    while (tensor.shape.size() > rank && tensor.shape.front() == 1)
        tensor.shape.erase(tensor.shape.begin());
    tensor.read = [blob, what, name, shape = tensor.shape] {
        size_t count = 1;
        for (const int64_t extent : shape) count *= static_cast<size_t>(extent);
        return values_of(blob, count, what, name);
    };
    return tensor;
}

/// ConvolutionParameter against the topology, where the layer has one.
void check_geometry(const Layer& layer, const Node& node, const std::string& what) {
    if (!layer.convolution) return;
    uint64_t pad = 0, stride = 1, group = 1;
    WireReader reader(*layer.convolution, what);
    for (WireField f; reader.next(f);) {
        if (f.type != WireType::varint) continue;
        if (f.number == 3 || f.number == 9) pad = f.value;
        if (f.number == 5) group = f.value;
        if (f.number == 6 || f.number == 13) stride = f.value;
    }
    const auto wanted_pad = static_cast<uint64_t>(node.kernel_height / 2);
    if (pad == wanted_pad && stride == static_cast<uint64_t>(node.stride) && group == 1) return;
    throw Error(
        fmt::format("{}layer {} has pad {}, stride {}, {} groups; googlenet has {}, {}, 1 "
                    "there",
                    what, node.name, pad, stride, group, wanted_pad, node.stride));
}

LrnConstants lrn_of(const Layer& layer, const std::string& what) {
    LrnConstants lrn{5, 1, 0.75F, 1};  // as caffe.proto has them
    uint64_t size = 5, region = 0;
    if (layer.lrn) {
        WireReader reader(*layer.lrn, what);
        for (WireField f; reader.next(f);) {
            if (f.number == 1 && f.type == WireType::varint) size = f.value;
            if (f.number == 4 && f.type == WireType::varint) region = f.value;
            if (f.type != WireType::fixed32) continue;
            if (f.number == 2) lrn.alpha = wire_float(f);
            if (f.number == 3) lrn.beta = wire_float(f);
            if (f.number == 5) lrn.k = wire_float(f);
        }
    }
    require(region == 0 && size % 2 == 1 && size < 64,
            what + "layer " + one_line(layer.name) +
                " normalises otherwise than over an odd number of channels");
    lrn.size = static_cast<int>(size);
    return lrn;
}

/// TransformationParameter.mean_value, B, G, R, where there are three.
void take_mean(const Layer& layer, const std::string& what, ExternalNetwork& network) {
    std::vector<float> mean;
    WireReader reader(*layer.transform, what);
    for (WireField f; reader.next(f);) {
        if (f.number == 5) append_wire_floats(f, what, mean);
        if (f.number != 1 || f.type != WireType::fixed32) continue;
        const double scale = wire_float(f);
        require(scale > 0 && std::isfinite(scale), what + "its input's scale is damaged");
        network.deviation = {1 / scale, 1 / scale, 1 / scale};
    }
    if (mean.size() == 3) network.mean = {mean[2], mean[1], mean[0]};
}

void take_convolution(const Layer& layer, const std::string& name, const std::string& what,
                      ExternalNetwork& network) {
    if (layer.blobs.empty()) return;
    const bool product = layer.type == LayerType::inner_product;
    ExternalConvolution& c = network.convolutions[name];
    c.order = product ? FilterOrder::oi : FilterOrder::oihw;
    c.filters = tensor_of(layer.blobs[0], product ? 2 : 4, layer.name + "'s filters", what);
    if (layer.blobs.size() > 1)
        c.bias = tensor_of(layer.blobs[1], 1, layer.name + "'s biases", what);
}

}  // namespace

ExternalNetwork read_caffe(Bytes file, const std::string& what) {
    ExternalNetwork network;
    network.format = "Caffe";
    network.architecture = "googlenet";
    network.bgr = true;
    network.mean = {123, 117, 104};  // BVLC's, of ImageNet
    const Graph graph = make_googlenet({});
    const std::string& classifier = graph.nodes.back().name;
    std::string names;
    for (const Layer& layer : read_layers(file, what)) {
        require(layer.type != LayerType::batch_norm,
                what +
                    "it normalises by batches, which is read from safetensors and TensorFlow "
                    "graphs only; merge its BatchNorm and Scale layers first");
        if (layer.transform) take_mean(layer, what, network);
        if (layer.type == LayerType::lrn) {
            const LrnConstants lrn = lrn_of(layer, what);
            require(!network.lrn || *network.lrn == lrn,
                    what + "its two normalisations differ, which none of our topologies has");
            network.lrn = lrn;
        }
        const int node = graph.find(layer.name);
        if (layer.type == LayerType::convolution && node > 0) {
            check_geometry(layer, graph.nodes[node], what);
            take_convolution(layer, layer.name, what, network);
        } else if (layer.type == LayerType::inner_product &&
                   (layer.name == classifier || layer.bottom == "pool5/7x7_s1")) {
            // Fine-tuned networks rename their classifier.
            take_convolution(layer, classifier, what, network);
        }
        if (!layer.blobs.empty() && names.size() < 40)
            names += (names.empty() ? "" : ", ") + one_line(layer.name);
    }
    require(!network.convolutions.empty(), what +
                                               "a Caffe model, but no GoogLeNet: its layers are " +
                                               (names.empty() ? "without weights" : names + ", …"));
    return network;
}

}  // namespace reverie
