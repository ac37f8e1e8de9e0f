#include "src/net/layout.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace reverie {
namespace {

bool can_merge(const Node& n) {
    return n.kind == NodeKind::convolution && n.kernel_height == 1 && n.kernel_width == 1 &&
           n.stride == 1 && n.relu;
}

class LayoutMaker {
  public:
    LayoutMaker(const Graph& graph, int block) : graph_(graph), block_(block) {
        layout_.places.resize(graph.nodes.size());
        group_of_.assign(graph.nodes.size(), -1);
    }

    Layout make() {
        find_groups();
        for (size_t i = 1; i < graph_.nodes.size(); ++i) {
            if (graph_.nodes[i].kind == NodeKind::concat) place_concat(static_cast<int>(i));
        }
        for (size_t i = 1; i < graph_.nodes.size(); ++i) place_alone(static_cast<int>(i));
        for (size_t i = 1; i < graph_.nodes.size(); ++i) order_channels(static_cast<int>(i));
        make_steps();
        return std::move(layout_);
    }

  private:
    void find_groups() {
        std::map<int, std::vector<int>> readers;
        for (size_t i = 1; i < graph_.nodes.size(); ++i) {
            if (can_merge(graph_.nodes[i]))
                readers[graph_.nodes[i].inputs[0]].push_back(static_cast<int>(i));
        }
        for (auto& [input, members] : readers) {
            for (const int member : members) group_of_[member] = static_cast<int>(groups_.size());
            groups_.push_back(members);
        }
    }

    int new_tensor(int node) {
        layout_.tensor_channels.push_back(0);
        layout_.tensor_node.push_back(node);
        return static_cast<int>(layout_.tensor_channels.size()) - 1;
    }

    /// Appends the node's slice to the tensor.
    void append(int tensor, int node) {
        Place& place = layout_.places[node];
        place.tensor = tensor;
        place.first_channel = layout_.tensor_channels[tensor];
        place.channels = stored_channels(node);
        layout_.tensor_channels[tensor] += place.channels;
    }

    /// Channels with padding: each convolution pads its own, all others keep what they read.
    int stored_channels(int node) const {
        const Node& n = graph_.nodes[node];
        if (n.kind == NodeKind::convolution) return (n.channels + block_ - 1) / block_ * block_;
        int channels = 0;
        for (const int input : n.inputs) channels += stored_channels(input);
        return channels;
    }

    void order_channels(int node) {
        const Node& n = graph_.nodes[node];
        Place& place = layout_.places[node];
        if (n.kind == NodeKind::convolution) {
            place.stored_at.resize(n.channels);
            std::iota(place.stored_at.begin(), place.stored_at.end(), 0);
        } else if (n.kind == NodeKind::concat) {
            for (const int input : n.inputs) {
                const Place& part = layout_.places[input];
                for (const int at : part.stored_at)
                    place.stored_at.push_back(part.first_channel + at);
            }
        } else {
            place.stored_at = layout_.places[n.inputs[0]].stored_at;
        }
    }

    void place_concat(int concat) {
        const std::vector<int>& inputs = graph_.nodes[concat].inputs;
        const int tensor = new_tensor(concat);
        // Members of a merged convolution last, so that the rest of their group can follow.
        std::vector<int> order;
        int group = -1;
        for (const int input : inputs) {
            const bool merged = group_of_[input] >= 0 && groups_[group_of_[input]].size() > 1;
            if (merged && group < 0) group = group_of_[input];
            if (!merged || group_of_[input] != group) order.push_back(input);
        }
        for (const int input : inputs) {
            if (group >= 0 && group_of_[input] == group) order.push_back(input);
        }
        for (const int input : order) append(tensor, input);
        Place& whole = layout_.places[concat];
        whole.tensor = tensor;
        whole.channels = layout_.tensor_channels[tensor];
        if (group < 0) return;
        std::vector<int>& members = groups_[group];
        std::stable_partition(members.begin(), members.end(),
                              [&](int member) { return layout_.places[member].tensor == tensor; });
        for (const int member : members) {
            if (layout_.places[member].tensor < 0) append(tensor, member);
        }
    }

    void place_alone(int node) {
        if (layout_.places[node].tensor >= 0) return;
        const int tensor = new_tensor(node);
        append(tensor, node);
        if (group_of_[node] < 0) return;
        for (const int member : groups_[group_of_[node]]) {
            if (layout_.places[member].tensor < 0) append(tensor, member);
        }
    }

    void make_steps() {
        std::vector<bool> done(groups_.size(), false);
        for (size_t i = 1; i < graph_.nodes.size(); ++i) {
            const Node& node = graph_.nodes[i];
            if (node.kind == NodeKind::concat) continue;
            const int group = group_of_[i];
            if (group >= 0 && done[group]) continue;
            if (group >= 0) done[group] = true;
            layout_.steps.push_back(
                {node.kind, group >= 0 ? groups_[group] : std::vector<int>{static_cast<int>(i)},
                 node.inputs[0]});
        }
    }

    const Graph& graph_;
    int block_;
    std::vector<std::vector<int>> groups_;
    std::vector<int> group_of_;
    Layout layout_;
};

}  // namespace

Layout make_layout(const Graph& graph, int channel_block) {
    return LayoutMaker(graph, channel_block).make();
}

namespace {

Filters stored_filters(const Weights& weights, const Layout& layout, const Step& step) {
    const Graph& graph = weights.graph;
    const bool from_picture = step.input == 0;
    const int in = graph.nodes[step.input].channels;
    const Place& source = layout.places[step.input];
    const int in_stored = from_picture ? in : source.channels;
    int out_stored = 0;
    for (const int node : step.nodes) out_stored += layout.places[node].channels;
    const Node& first = graph.nodes[step.nodes[0]];
    const int taps = first.kernel_height * first.kernel_width;
    Filters stored;
    stored.weights.assign(static_cast<size_t>(out_stored) * in_stored * taps, 0.0F);
    stored.bias.assign(out_stored, 0.0F);
    const int begin = layout.places[step.nodes[0]].first_channel;
    for (const int node : step.nodes) {
        const Filters& own = weights.filters.at(graph.nodes[node].name);
        const int row0 = layout.places[node].first_channel - begin;
        for (int o = 0; o < graph.nodes[node].channels; ++o) {
            stored.bias[row0 + o] = own.bias[o];
            for (int i = 0; i < in; ++i) {
                const int column = from_picture ? i : source.stored_at[i];
                const float* from = &own.weights[(static_cast<size_t>(o) * in + i) * taps];
                std::copy(
                    from, from + taps,
                    &stored.weights[(static_cast<size_t>(row0 + o) * in_stored + column) * taps]);
            }
        }
    }
    return stored;
}

/// Whether this node's channels are stored in the file's order, without padding.
bool is_as_loaded(const Place& place) {
    if (place.stored_at.size() != static_cast<size_t>(place.channels)) return false;
    for (int i = 0; i < place.channels; ++i) {
        if (place.stored_at[i] != i) return false;
    }
    return true;
}

}  // namespace

const Filters& StoredFilters::of(const Weights& weights, const Layout& layout,
                                 size_t number) const {
    const Step& step = layout.steps[number];
    const bool as_loaded = step.nodes.size() == 1 && is_as_loaded(layout.places[step.nodes[0]]) &&
                           (step.input == 0 || is_as_loaded(layout.places[step.input]));
    if (as_loaded) return weights.filters.at(weights.graph.nodes[step.nodes[0]].name);
    const std::lock_guard lock(making_);
    if (made_.empty()) made_.resize(layout.steps.size());
    if (!made_[number]) made_[number] = stored_filters(weights, layout, step);
    return *made_[number];
}

}  // namespace reverie
