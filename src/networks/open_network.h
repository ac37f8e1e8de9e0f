// A network with all that belongs to it: the words that name its channels, and what guides it.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "src/net/network.h"

namespace reverie {

/// Loads weights onto a device, and the names of their channels and classes, where there are any.
/// Throws Error as Network's constructor, read_channel_names() and read_class_labels() do.
std::unique_ptr<Network> open_network(Device& device, const std::filesystem::path& weights,
                                      DType type, ConvKind kind,
                                      std::vector<GuidePicture> guides = {});

/// The names in NAME.names.toml beside NAME.safetensors; for a network that was made from another
/// one, those of its parent that it has kept. Empty where there is no such file. The file is a table
/// for each layer, with a line for each channel: its number = [how sure, "word", …]. Throws Error
/// with the line for what is not spelled so, and for a layer or channel that the network lacks. What
/// each of them usually answers comes from NAME.usual.toml, where that is there: a table for each
/// layer with two lists by channel, `median` and `strong`; see UsualAnswer.
ChannelNames read_channel_names(const Network& network);

/// The labels of its classes, one a line, in NAME.labels.txt beside NAME.safetensors, or in the
/// metadata `labels` of the weights; see ClassLabels. Empty where there are none, or no classes.
/// Throws Error for more labels than classes.
ClassLabels read_class_labels(const Network& network);

}  // namespace reverie
