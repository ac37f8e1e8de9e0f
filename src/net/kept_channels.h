// Which channels of a larger network, its parent, a network was made of; and, where it lacks one,
// which of its own foretell it together. So that what is said in the parent's channels can be said
// in its own.
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
    /// Of a network that was not made of another one.
    KeptChannels() = default;
    /// Of `graph`, a narrower `parent` with the same names of nodes.
    /// `channels` is JSON, {"CONVOLUTION": [numbers]}: the numbers that the convolution's channels
    /// have in the parent, ascending; one that is not named there has the parent's numbers.
    /// `substitutes` likewise, {"LAYER": {"NUMBER": [channel, weight, …]}}: of a channel of the
    /// parent's layer that was not kept, the channels of this graph's layer whose weighted sum
    /// comes nearest to it. What is missing there has no substitute.
    /// Throws Error that begins with `what` where either is damaged.
    KeptChannels(Graph graph, Graph parent, const std::string& channels,
                 const std::string& substitutes, const std::string& what);

    bool has_parent() const { return !parent_.nodes.empty(); }
    /// A channel of a layer (node's name) of the parent's, as a weighted sum of this network's own:
    /// one share of weight 1 where it was kept. Empty where it was not and has no substitute, and
    /// where there is no such layer or channel.
    std::vector<ChannelShare> from_parent(const std::string& layer, int channel) const;
    /// The number that one of this network's channels has in the parent's layer of that name.
    /// Throws Error where there is no such layer or channel.
    int to_parent(const std::string& layer, int channel) const;

  private:
    using Origin = std::pair<std::string, int>;  ///< a convolution and its channel
    struct Substitute {
        std::string layer;  ///< whose channels the shares are
        std::vector<std::pair<Origin, float>> shares;
    };

    void read_channels(const std::string& text, const std::string& what);
    void read_substitutes(const std::string& text, const std::string& what);
    /// A share of a convolution's channel, as one of `layer` where that has it, else of `other`.
    ChannelShare placed(const Origin& own, float weight, const std::string& layer,
                        const std::string& other) const;

    Graph graph_, parent_;
    std::map<std::string, std::vector<int>> kept_;  ///< by convolution
    std::map<Origin, Substitute> substitutes_;      ///< by the parent's channel
};

}  // namespace reverie
