// The memory layout of every node's output: which tensors exist, which of their channels belong to
// which node, which convolutions run as one. Depends on the graph and the convolutions' channel
// block, not on a picture's size.
//
// The 1×1 convolutions that read the same node are merged: their filters are stacked, their outputs
// stand side by side. A concat owns a tensor in which its inputs stand side by side, so that
// nothing is ever copied; where a merged convolution feeds it, that one's slice comes last and the
// other members follow behind it, in the same tensor: [3×3 | 5×5 | pool_proj | 1×1 | 3×3_reduce |
// 5×5_reduce], of which the first four are the module's output.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "src/net/weights.h"

namespace reverie {

/// The location of a node's output. Its channels are padded to the block with zeros, slice by
/// slice.
struct Place {
    int tensor = -1;
    int first_channel = 0;
    int channels = 0;            ///< as stored, including padding
    std::vector<int> stored_at;  ///< by channel in the user's order: its channel in the slice
};

/// One step of the forward pass.
struct Step {
    NodeKind kind = NodeKind::input;
    std::vector<int> nodes;  ///< the node that it computes; several for a merged convolution, in
                             ///< the order of their slices
    int input = 0;           ///< the node that it reads
};

struct Layout {
    std::vector<Place> places;         ///< by node
    std::vector<int> tensor_channels;  ///< by tensor, as stored
    std::vector<int> tensor_node;      ///< by tensor: a node that has its height and width
    std::vector<Step> steps;           ///< in topological order; concats are no steps
};

Layout make_layout(const Graph& graph, int channel_block);

/// The filters of each step as run: stacked, permuted to the stored order of the input's channels,
/// zero-padded. OIHW. Those that differ from the loaded ones are made where a plan first needs them:
/// the last layers, which few dreams reach, have most of the weights.
/// Thread-safety: safe; plans are made beside a show.
class StoredFilters {
  public:
    /// Of a convolution's step, by its index in the layout. They stay where they are.
    const Filters& of(const Weights& weights, const Layout& layout, size_t number) const;

  private:
    mutable std::mutex making_;
    mutable std::vector<std::optional<Filters>> made_;  ///< by step
};

}  // namespace reverie
