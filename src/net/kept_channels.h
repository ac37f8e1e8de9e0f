// Which channels of a larger network, its parent, a network was made from; and for each one that it
// lacks, which of its own approximate it. Maps objectives given in the parent's channels to its
// own.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "src/net/graph.h"

namespace reverie {

/// One channel of a layer, weighted.
struct ChannelShare {
    std::string layer;
    int channel = 0;
    float weight = 1;
    bool operator==(const ChannelShare&) const = default;
};

class KeptChannels {
  public:
    /// For a network that was not made from another one.
    KeptChannels() = default;
    /// For `graph`, a narrower `parent` with the same node names.
    /// `channels` is JSON, {"CONVOLUTION": [numbers]}: the numbers that the convolution's channels
    /// have in the parent, ascending; a convolution that is not listed has the parent's numbers.
    /// `substitutes` is JSON, {"LAYER": {"NUMBER": [channel, weight, …]}}: for a channel of the
    /// parent's layer that was not kept, the channels of this graph's layer whose weighted sum
    /// comes nearest to it. Channels that are not listed have no substitute. Throws Error, starting
    /// with `what`, where either is damaged.
    KeptChannels(Graph graph, Graph parent, const std::string& channels,
                 const std::string& substitutes, const std::string& what);

    bool has_parent() const { return !parent_.nodes.empty(); }
    /// A channel of the parent's layer (node's name) as a weighted sum of this network's own
    /// channels: one share of weight 1 if it was kept. Empty if it was not kept and has no
    /// substitute, and if there is no such layer or channel.
    std::vector<ChannelShare> from_parent(const std::string& layer, int channel) const;
    /// The number that one of this network's channels has in the parent's layer of that name.
    /// Throws Error if there is no such layer or channel.
    int to_parent(const std::string& layer, int channel) const;

  private:
    using Origin = std::pair<std::string, int>;  ///< a convolution and its channel
    struct Substitute {
        std::string layer;  ///< the layer of the shares' channels
        std::vector<std::pair<Origin, float>> shares;
    };

    void read_channels(const std::string& text, const std::string& what);
    void read_substitutes(const std::string& text, const std::string& what);
    /// A share of a convolution's channel, as one of `layer` if that contains it, else of `other`.
    ChannelShare placed(const Origin& own, float weight, const std::string& layer,
                        const std::string& other) const;

    Graph graph_, parent_;
    std::map<std::string, std::vector<int>> kept_;  ///< by convolution
    std::map<Origin, Substitute> substitutes_;      ///< by the parent's channel
};

}  // namespace reverie
