// Reads Open Sound Control 1.0 packets: a message, or a bundle of messages and bundles.
// https://opensoundcontrol.stanford.edu/spec-1_0.html
#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

namespace reverie {

/// i, h, f, d are numbers; T, F, I (true) are flags; s, S are texts.
using OscArgument = std::variant<double, bool, std::string>;

struct OscMessage {
    std::string path;
    std::vector<OscArgument> arguments;
};

/// The messages of a packet, in their order; a bundle's time is ignored: all is for now. Throws
/// Error for a packet that is damaged, or holds an argument of another type.
std::vector<OscMessage> read_osc_packet(std::span<const char> packet);

}  // namespace reverie
