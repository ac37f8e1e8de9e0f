// Maps an objective to the closest layers of another network.
#pragma once

#include "src/dream/objective.h"
#include "src/net/network.h"

namespace reverie {

/// Maps `objective`, given in layers and channels of `from`, to `to`. Names that `to` has are kept.
/// Any other layer becomes the one of its kind (convolution, module, pool) with the nearest
/// receptive field in proportion; a channel, whose number means nothing in another network, becomes
/// the whole of that layer. Between a network and one made of its channels, a channel stays the
/// same (under its number there) or becomes its substitutes. Weights of equal terms are summed.
/// Throws Error for a layer that `from` does not have.
Objective map_objective(const Objective& objective, const Network& from, const Network& to);

/// Maps `objective` from its portable form, in which presets, scores and defaults are written:
/// layers and channels of GoogLeNet. A layer that another or a shorter network lacks is mapped as
/// by map_objective(). In a network made of GoogLeNet's channels (see KeptChannels), a channel
/// becomes the one that was kept, or its substitutes. Throws Error for a layer that neither network
/// has, and for a single channel that `network` lacks.
Objective from_portable(const Objective& objective, const Network& network);

/// The inverse: the portable form of an objective of `network`, of which from_portable() makes it
/// again. They differ only for a network made of another one's channels.
Objective to_portable(const Objective& objective, const Network& network);

/// One line on what from_portable() cannot map exactly: the channels of `objective` that the
/// network lacks and replaces by substitutes. "" if it lacks none.
std::string substitution_note(const Objective& objective, const Network& network);

}  // namespace reverie
