#include "src/net/import/import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "src/net/recognise.h"
#include "src/net/safetensors.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// Height and width before channels, as TensorFlow has them, to ours: the source index of each
/// value.
std::vector<int64_t> shape_in(FilterOrder order, int64_t o, int64_t i, int64_t h, int64_t w) {
    switch (order) {
        case FilterOrder::oihw:
            return {o, i, h, w};
        case FilterOrder::hwio:
            return {h, w, i, o};
        case FilterOrder::oi:
            return {o, i};
        case FilterOrder::io:
            return {i, o};
    }
    return {};
}

std::vector<float> to_oihw(std::vector<float> values, FilterOrder order, int64_t o, int64_t i,
                           int64_t taps) {
    if (order == FilterOrder::oihw || order == FilterOrder::oi) return values;
    std::vector<float> turned(values.size());
    for (int64_t t = 0; t < taps; ++t) {
        for (int64_t in = 0; in < i; ++in) {
            for (int64_t out = 0; out < o; ++out)
                turned[(out * i + in) * taps + t] = values[(t * i + in) * o + out];
        }
    }
    return turned;
}

class Converter {
  public:
    Converter(const Graph& graph, std::string what) : graph_(graph), what_(std::move(what)) {}

    Filters convert(const Node& node, const ExternalConvolution& external) const {
        const int64_t in = graph_.nodes[node.inputs[0]].channels;
        const int64_t taps = static_cast<int64_t>(node.kernel_height) * node.kernel_width;
        const std::vector<int64_t> shape =
            shape_in(external.order, node.channels, in, node.kernel_height, node.kernel_width);
        Filters filters;
        filters.weights =
            to_oihw(read(node, external.filters, shape), external.order, node.channels, in, taps);
        filters.bias.assign(node.channels, 0.0F);
        if (external.bias) filters.bias = read(node, *external.bias, {node.channels});
        if (external.norm) fold(node, *external.norm, filters);
        return filters;
    }

  private:
    std::vector<float> read(const Node& node, const ExternalTensor& tensor,
                            const std::vector<int64_t>& shape) const {
        if (tensor.shape != shape) {
            throw Error(fmt::format("{}{} is {}; {} has {} at {}", what_, one_line(tensor.name),
                                    fmt::join(tensor.shape, "x"), graph_.architecture,
                                    fmt::join(shape, "x"), node.name));
        }
        return tensor.read();
    }

    void fold(const Node& node, const BatchNorm& norm, Filters& filters) const {
        const std::vector<int64_t> shape{node.channels};
        const std::vector<float> beta = read(node, norm.beta, shape);
        const std::vector<float> mean = read(node, norm.mean, shape);
        const std::vector<float> variance = read(node, norm.variance, shape);
        const std::vector<float> gamma =
            norm.gamma ? read(node, *norm.gamma, shape) : std::vector<float>(node.channels, 1.0F);
        const size_t per_channel = filters.weights.size() / filters.bias.size();
        for (size_t c = 0; c < filters.bias.size(); ++c) {
            const double spread = variance[c] + norm.epsilon;
            if (!(spread > 0)) {  // NaN too
                throw Error(fmt::format("{}{} is {} at channel {}: the file is damaged", what_,
                                        one_line(norm.variance.name), variance[c], c));
            }
            const double factor = gamma[c] / std::sqrt(spread);
            float* const own = &filters.weights[c * per_channel];
            for (size_t i = 0; i < per_channel; ++i) own[i] = static_cast<float>(own[i] * factor);
            filters.bias[c] = static_cast<float>(
                (filters.bias[c] - static_cast<double>(mean[c])) * factor + beta[c]);
        }
    }

    const Graph& graph_;
    std::string what_;
};

/// A classifier has as many outputs as its network knows classes.
void take_classes(Graph& graph, const ExternalNetwork& external) {
    Node& last = graph.nodes.back();
    const auto found = external.convolutions.find(last.name);
    if (found == external.convolutions.end()) return;
    const ExternalTensor& filters = found->second.filters;
    constexpr int64_t kMostClasses = 30'000;  // a constant that fills a tensor takes no bytes
    const int64_t classes =
        filters.shape.empty()
            ? 0
            : (found->second.order == FilterOrder::io || found->second.order == FilterOrder::hwio
                   ? filters.shape.back()
                   : filters.shape.front());
    if (classes > 0 && classes <= kMostClasses) last.channels = static_cast<int>(classes);
}

std::string three(const std::array<double, 3>& v, bool bgr) {
    return bgr ? fmt::format("{} {} {}", v[2], v[1], v[0])
               : fmt::format("{} {} {}", v[0], v[1], v[2]);
}

/// Channels that are divided by different deviations are divided by their mean, and the first
/// filters take up the rest.
double level_deviations(const ExternalNetwork& external, const Graph& graph, Import& import) {
    const std::array<double, 3>& d = external.deviation;
    if (d[0] == d[1] && d[1] == d[2]) return d[0];
    const double mean = (d[0] + d[1] + d[2]) / 3;
    const Node& first = graph.nodes[1];
    const int taps = first.kernel_height * first.kernel_width;
    std::vector<float>& weights = import.filters.at(first.name).weights;
    for (size_t i = 0; i < weights.size(); ++i) {
        const size_t channel = i / taps % 3;
        weights[i] =
            static_cast<float>(weights[i] * mean / d[external.bgr ? 2 - channel : channel]);
    }
    return mean;
}

void apply(const ImportOptions& options, const std::string& what, ExternalNetwork& external) {
    if (options.mean) external.mean = *options.mean;
    if (options.deviation) external.deviation = *options.deviation;
    if (!options.lrn) return;
    const bool can = !external.architecture.starts_with("inception_v3");
    require(can || !*options.lrn, what + "Inception v3 has no local response normalisation");
    if (!*options.lrn) external.lrn.reset();
    if (*options.lrn && !external.lrn) external.lrn = LrnConstants{};
}

Import convert(const ExternalNetwork& external, const std::string& what) {
    Import import;
    import.notes = external.notes;
    import.graph = make_graph(external.architecture, external.lrn);
    take_classes(import.graph, external);
    const Converter converter(import.graph, what);
    std::string first_missing;
    for (const Node& node : import.graph.nodes) {
        if (node.kind != NodeKind::convolution) continue;
        const auto found = external.convolutions.find(node.name);
        if (found != external.convolutions.end())
            import.filters[node.name] = converter.convert(node, found->second);
        else if (first_missing.empty())
            first_missing = node.name;
    }
    const std::string& first = import.graph.nodes[1].name;
    require(import.filters.count(first) != 0, what + "its first layer, " + first + ", is missing");
    if (!first_missing.empty()) import.notes.push_back("it has no " + first_missing);
    const double deviation = level_deviations(external, import.graph, import);
    const Node& last = import.graph.nodes.back();
    const bool classifies = import.filters.count(last.name) != 0;
    import.metadata = {
        {"architecture", external.architecture},
        {"lrn", external.lrn ? fmt::format("{} {} {} {}", external.lrn->size, external.lrn->alpha,
                                           external.lrn->beta, external.lrn->k)
                             : "none"},
        {"tensor_layout", "OIHW"},
        {"channel_order", external.bgr ? "BGR" : "RGB"},
        {"input_mean", three(external.mean, external.bgr)},
        {"input_scale", fmt::format("{}", 1 / deviation)},
        {"classes", classifies ? std::to_string(last.channels) : "none"},
        { "format",
          external.format }};
    return import;
}

}  // namespace

Import import_weights(const std::filesystem::path& path, const ImportOptions& options) {
    const std::string what = "weights " + path.string() + ": ";
    const MappedFile mapping(path);
    const RecognisedFile file = recognise_weights(mapping.bytes(), path);
    require(file.format != WeightsFormat::other, what + file.what);
    require(file.format != WeightsFormat::archive, what + file.what + "; unpack it first");
    ExternalNetwork external =
        file.format == WeightsFormat::safetensors  ? read_torchvision(path, what)
        : file.format == WeightsFormat::tensorflow ? read_tensorflow(mapping.bytes(), what)
                                                   : read_caffe(mapping.bytes(), what);
    apply(options, what, external);
    return convert(external, what);
}

void write_import(const std::filesystem::path& path, const Import& import) {
    std::vector<NamedTensor> tensors;
    for (const Node& node : import.graph.nodes) {
        const auto found = import.filters.find(node.name);
        if (found == import.filters.end()) continue;
        tensors.push_back({node.name + ".weight",
                           {node.channels, import.graph.nodes[node.inputs[0]].channels,
                            node.kernel_height, node.kernel_width},
                           found->second.weights});
        tensors.push_back({node.name + ".bias", {node.channels}, found->second.bias});
    }
    write_safetensors(path, tensors, import.metadata);
}

}  // namespace reverie
