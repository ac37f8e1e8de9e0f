// The same wish, said to another network.
#pragma once

#include "src/dream/objective.h"
#include "src/net/network.h"

namespace reverie {

/// `objective`, whose layers and channels are `from`'s, as one of `to`'s. What `to` has by the same
/// name stays. Of the rest, a layer becomes the one of its kind (convolution, module, pool) whose
/// receptive field is the nearest in proportion: what it sees is as large; a channel, whose number
/// means nothing elsewhere, becomes the whole of that layer. Between a network and one made of its
/// channels, a channel stays what it is, under its number there, or becomes what stands in for it.
/// Weights that meet are summed. Throws Error for a layer that `from` does not have.
Objective counterpart(const Objective& objective, const Network& from, const Network& to);

/// `objective` as a preset, a score or a default names it, for `network`. They are written for
/// GoogLeNet: what another network, or one that ends sooner, lacks of it becomes its counterpart.
/// A channel of a network made of GoogLeNet's channels (see KeptChannels) is the one that was kept,
/// or what stands in for it. Throws Error for a layer that neither has, and for a channel that the
/// network lacks: a single one has no counterpart.
Objective translated(const Objective& objective, const Network& network);

/// The way back: `objective`, which is `network`'s, as a preset keeps it, so that translated()
/// gives it back. Differs only for a network made of another one's channels.
Objective portable(const Objective& objective, const Network& network);

/// One line on what translated() cannot give exactly: which channels of `objective` the network
/// lacks, so that others stand in for them. "" where it lacks none.
std::string substitution_note(const Objective& objective, const Network& network);

}  // namespace reverie
