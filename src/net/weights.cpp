#include "src/net/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <sstream>

#include "src/net/recognise.h"
#include "src/net/safetensors.h"
#include "src/util/error.h"

namespace reverie {
namespace {

InputTransform read_input(const SafetensorsFile& file) {
    InputTransform input;
    const std::string what = "weights " + file.path().string() + ": ";
    std::istringstream mean(file.metadata("input_mean", "128 128 128"));
    mean >> input.mean.x >> input.mean.y >> input.mean.z;
    std::istringstream scale(file.metadata("input_scale", "0.0078125"));
    scale >> input.scale;
    require(
        !mean.fail() && !scale.fail() && input.scale > 0,
        what + "the metadata input_mean and input_scale must be three numbers and a positive one");
    const std::string order = file.metadata("channel_order", "RGB");
    require(order == "RGB" || order == "BGR",
            what + "the metadata channel_order is '" + one_line(order) + "', not RGB or BGR");
    input.bgr = order == "BGR";
    if (input.bgr) std::swap(input.mean.x, input.mean.z);  // the file counts as its channels do
    const std::string layout = file.metadata("tensor_layout", "OIHW");
    require(layout == "OIHW", what + "the metadata tensor_layout is '" + one_line(layout) +
                                  "'; only OIHW can be read");
    return input;
}

/// "none", or "SIZE ALPHA BETA K", or any other word for GoogLeNet's own constants.
std::optional<LrnConstants> read_lrn(const SafetensorsFile& file) {
    const std::string text = file.metadata("lrn", "none");
    if (text == "none") return std::nullopt;
    LrnConstants lrn;
    if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) == 0) return lrn;
    std::istringstream numbers(text);
    numbers >> lrn.size >> lrn.alpha >> lrn.beta >> lrn.k;
    const bool sound = !numbers.fail() && lrn.size > 0 && lrn.size < 64 && lrn.size % 2 == 1 &&
                       lrn.alpha >= 0 && lrn.alpha <= 1e3F && lrn.beta >= 0 && lrn.beta <= 8 &&
                       lrn.k > 0 && lrn.k <= 1e3F;
    require(sound, "weights " + file.path().string() + ": the metadata lrn is '" + one_line(text) +
                       "', not none or an odd size, alpha, beta and k");
    return lrn;
}

std::vector<float> finite_values(const SafetensorsFile& file, const std::string& name) {
    std::vector<float> values = file.values(name);
    const auto finite = [](float v) { return std::isfinite(v); };
    const auto at = std::find_if_not(values.begin(), values.end(), finite);
    if (at != values.end()) {
        throw Error(fmt::format(
            "weights {}: tensor {} is {} at value {}: the file is damaged", file.path().string(),
            name, std::isnan(*at) ? "not a number" : "infinite", at - values.begin()));
    }
    return values;
}

/// Whether this is the classifier, with one channel for each class of the network.
bool is_classifier(const Graph& graph, const Node& node) {
    return node.kind == NodeKind::convolution &&
           graph.nodes[node.inputs[0]].kind == NodeKind::global_average;
}

/// The classes of the file's classifier. `node` stays as it is if the file has none, or one that
/// read_filters refuses.
void take_classes(const SafetensorsFile& file, const Graph& graph, Node& node) {
    constexpr int64_t kMostClasses = 100'000;
    if (!is_classifier(graph, node)) return;
    const std::vector<int64_t>& shape = file.shape(node.name + ".weight");
    if (!shape.empty() && shape[0] > 0 && shape[0] <= kMostClasses)
        node.channels = static_cast<int>(shape[0]);
}

Filters read_filters(const SafetensorsFile& file, const Graph& graph, const Node& node) {
    const int in = graph.nodes[node.inputs[0]].channels;
    const std::vector<int64_t> wanted{node.channels, in, node.kernel_height, node.kernel_width};
    const std::string weight = node.name + ".weight", bias = node.name + ".bias";
    const std::string what = "weights " + file.path().string() + ": tensor ";
    if (file.shape(weight) != wanted) {
        throw Error(what + fmt::format("{} is {}; {} has {} there", weight,
                                       fmt::join(file.shape(weight), "x"), graph.architecture,
                                       fmt::join(wanted, "x")));
    }
    if (file.shape(bias) != std::vector<int64_t>{node.channels}) {
        throw Error(what + fmt::format("{} is {}; {} has {} there", bias,
                                       fmt::join(file.shape(bias), "x"), graph.architecture,
                                       node.channels));
    }
    return {finite_values(file, weight), finite_values(file, bias)};
}

/// Whether the file has this convolution's filters and biases. Throws Error where it has only one
/// of them.
bool has_filters(const SafetensorsFile& file, const Node& node) {
    const bool weight = file.has(node.name + ".weight"), bias = file.has(node.name + ".bias");
    if (weight != bias) {
        throw Error("weights " + file.path().string() + " have no tensor " + node.name +
                    (weight ? ".bias" : ".weight") + ", only its other half");
    }
    return weight;
}

/// A half network is made of the embedded one, where its file says how.
KeptChannels read_kept(const SafetensorsFile& file, const Graph& graph) {
    const std::string channels = file.metadata("channels", "");
    if (graph.architecture != "googlenet_half" || channels.empty()) return {};
    return {graph, make_googlenet({}), channels, file.metadata("substitutes", "{}"),
            "weights " + file.path().string() + ": "};
}

}  // namespace

Weights load_weights(const std::filesystem::path& path) {
    require_safetensors(path);
    const SafetensorsFile file(path);
    Weights weights;
    weights.path = path;
    weights.metadata = file.metadata();
    weights.input = read_input(file);
    const std::string architecture = file.metadata("architecture", "");
    require(!architecture.empty(),
            "weights " + path.string() +
                " do not name their architecture in the metadata; known are " + kArchitectures +
                "; of torchvision's and timm's networks, " + import_command(path) +
                " makes such a file");
    const std::optional<LrnConstants> lrn = read_lrn(file);
    Graph whole;
    try {
        whole = make_graph(architecture, lrn);
    } catch (const Error& e) {
        throw Error("weights " + path.string() + ": " + e.what());
    }
    weights.graph.architecture = architecture;
    std::vector<int> kept(whole.nodes.size(), -1);
    for (size_t i = 0; i < whole.nodes.size(); ++i) {
        Node& node = whole.nodes[i];
        bool keep = true;
        for (const int input : node.inputs) keep = keep && kept[input] >= 0;
        if (node.kind == NodeKind::convolution) {
            keep = keep && has_filters(file, node);
            if (keep) {
                take_classes(file, whole, node);
                weights.filters[node.name] = read_filters(file, whole, node);
            }
        }
        if (!keep) {
            weights.absent.push_back(node.name);
            continue;
        }
        kept[i] = static_cast<int>(weights.graph.nodes.size());
        weights.graph.nodes.push_back(node);
        for (int& input : weights.graph.nodes.back().inputs) input = kept[input];
    }
    require(weights.graph.nodes.size() > 1, "weights " + path.string() + " hold no layer of " +
                                                architecture + " that the input reaches");
    weights.kept = read_kept(file, weights.graph);
    return weights;
}

}  // namespace reverie
