#include "src/net/kept_channels.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "src/util/error.h"

namespace reverie {
namespace {

using Json = nlohmann::json;

/// The convolution that makes a node's channel, and which of its own it is there.
std::optional<std::pair<std::string, int>> origin_of(const Graph& graph, int node, int channel) {
    if (node < 0 || channel < 0 || channel >= graph.nodes[node].channels) return std::nullopt;
    while (graph.nodes[node].kind != NodeKind::convolution) {
        const Node& at = graph.nodes[node];
        if (at.inputs.empty()) return std::nullopt;
        size_t input = 0;
        while (at.kind == NodeKind::concat && channel >= graph.nodes[at.inputs[input]].channels)
            channel -= graph.nodes[at.inputs[input++]].channels;
        node = at.inputs[input];
    }
    return std::pair(graph.nodes[node].name, channel);
}

/// Where a convolution's channels begin among a node's, where the node hands them on; else −1.
int offset_in(const Graph& graph, int node, const std::string& convolution) {
    if (node < 0) return -1;
    const Node& at = graph.nodes[node];
    if (at.kind == NodeKind::convolution) return at.name == convolution ? 0 : -1;
    int first = 0;
    for (const int input : at.inputs) {
        const int offset = offset_in(graph, input, convolution);
        if (offset >= 0) return first + offset;
        first += graph.nodes[input].channels;
    }
    return -1;
}

/// A number of 0 … below, or −1.
int whole_number(const Json& value, int below) {
    if (!value.is_number_integer()) return -1;
    const auto number = value.get<int64_t>();
    return number >= 0 && number < below ? static_cast<int>(number) : -1;
}

int whole_number(const std::string& text, int below) {
    int number = -1;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = status == std::errc() && end == text.data() + text.size();
    return whole && number >= 0 && number < below ? number : -1;
}

Json parse_object(const std::string& text, const std::string& what) {
    Json json = Json::parse(text, nullptr, false);
    require(json.is_object(), what + "is no JSON object");
    return json;
}

}  // namespace

KeptChannels::KeptChannels(Graph graph, Graph parent, const std::string& channels,
                           const std::string& substitutes, const std::string& what)
    : graph_(std::move(graph)), parent_(std::move(parent)) {
    read_channels(channels, what + "the metadata channels ");
    read_substitutes(substitutes, what + "the metadata substitutes ");
}

void KeptChannels::read_channels(const std::string& text, const std::string& what) {
    const Json json = parse_object(text, what);
    for (const Node& node : graph_.nodes) {
        if (node.kind != NodeKind::convolution) continue;
        std::vector<int>& kept = kept_[node.name];
        if (!json.contains(node.name)) {
            kept.resize(node.channels);
            std::iota(kept.begin(), kept.end(), 0);
            continue;
        }
        const Json& list = json[node.name];
        const int at = parent_.find(node.name);
        const std::string of = what + "of " + node.name + " ";
        require(at >= 0 && list.is_array() && list.size() == static_cast<size_t>(node.channels),
                of + "are not one number a channel");
        for (const Json& value : list) {
            const int number = whole_number(value, parent_.nodes[at].channels);
            require(number >= 0 && (kept.empty() || number > kept.back()),
                    of + "are not the parent's, in ascending order");
            kept.push_back(number);
        }
    }
}

void KeptChannels::read_substitutes(const std::string& text, const std::string& what) {
    const Json json = parse_object(text, what);
    for (const auto& [layer, list] : json.items()) {
        const int node = graph_.find(layer), parent = parent_.find(layer);
        if (node < 0) continue;  // beyond the file's end
        const std::string of = what + "of " + one_line(layer) + " ";
        require(parent >= 0 && list.is_object(), of + "are not a list of the parent's channels");
        for (const auto& [number, shares] : list.items()) {
            const auto gone =
                origin_of(parent_, parent, whole_number(number, parent_.nodes[parent].channels));
            require(gone && shares.is_array() && shares.size() % 2 == 0,
                    of + "are not channels with weights");
            Substitute& substitute = substitutes_[*gone];
            require(substitute.shares.empty(), of + "name a channel twice");
            substitute.layer = layer;
            for (size_t i = 0; i < shares.size(); i += 2) {
                const auto own =
                    origin_of(graph_, node, whole_number(shares[i], graph_.nodes[node].channels));
                const Json& weight = shares[i + 1];
                require(own && weight.is_number() && std::abs(weight.get<double>()) < 1e3,
                        of + "are not channels with weights");
                substitute.shares.emplace_back(*own, weight.get<float>());
            }
        }
    }
}

ChannelShare KeptChannels::placed(const Origin& own, float weight, const std::string& layer,
                                  const std::string& other) const {
    const int offset = offset_in(graph_, graph_.find(layer), own.first);
    if (offset >= 0) return {layer, offset + own.second, weight};
    return {other, offset_in(graph_, graph_.find(other), own.first) + own.second, weight};
}

std::vector<ChannelShare> KeptChannels::from_parent(const std::string& layer, int channel) const {
    const auto wanted = origin_of(parent_, parent_.find(layer), channel);
    if (!wanted || graph_.find(layer) < 0) return {};
    const std::vector<int>& kept = kept_.at(wanted->first);
    const auto at = std::lower_bound(kept.begin(), kept.end(), wanted->second);
    if (at != kept.end() && *at == wanted->second)
        return {placed({wanted->first, static_cast<int>(at - kept.begin())}, 1, layer, layer)};
    std::vector<ChannelShare> shares;
    if (const auto found = substitutes_.find(*wanted); found != substitutes_.end()) {
        for (const auto& [own, weight] : found->second.shares)
            shares.push_back(placed(own, weight, layer, found->second.layer));
    }
    return shares;
}

int KeptChannels::to_parent(const std::string& layer, int channel) const {
    const auto own = origin_of(graph_, graph_.find(layer), channel);
    require(own.has_value(), layer + " has no channel " + std::to_string(channel));
    return offset_in(parent_, parent_.find(layer), own->first) + kept_.at(own->first)[own->second];
}

}  // namespace reverie
