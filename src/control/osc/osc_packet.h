// Reads and writes Open Sound Control 1.0 packets: a message, or a bundle of messages and bundles.
// https://opensoundcontrol.stanford.edu/spec-1_0.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace reverie {

/// i, h, f, d are read as numbers; T, F, I (true) as flags; s, S as texts. A number is written as
/// f, a whole one as i.
using OscArgument = std::variant<double, bool, std::string, int32_t>;

struct OscMessage {
    std::string path;
    std::vector<OscArgument> arguments;
    bool operator==(const OscMessage&) const = default;
};

/// The messages of a packet, in their order; a bundle's time is ignored: all is for now. Throws
/// Error for a packet that is damaged, or holds an argument of another type.
std::vector<OscMessage> read_osc_packet(std::span<const char> packet);

std::vector<char> write_osc_packet(const OscMessage& message);
/// Bundles of all of `messages`, in their order, none longer than `longest` bytes unless one
/// message is.
std::vector<std::vector<char>> write_osc_bundles(const std::vector<OscMessage>& messages,
                                                 size_t longest);

}  // namespace reverie
