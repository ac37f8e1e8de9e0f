// The addresses under which a show is played from outside: what each asks of the desk, and what it
// is now. OSC messages have them, and the maps of MIDI devices name them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/control/desk.h"
#include "src/control/fader_scale.h"
#include "src/control/osc/osc_packet.h"
#include "src/control/request.h"

namespace reverie {

inline constexpr std::string_view kOscRoot = "/reverie/";

/// A row of the table of addresses.
struct OscAddress {
    std::string_view path;       ///< "/reverie/layer/<name>"
    std::string_view arguments;  ///< "WEIGHT"
    std::string_view help;
};
/// All of them; "/reverie/<key>" stands for each parameter.
std::vector<OscAddress> osc_addresses();

/// What one message asks for.
struct OscAsked {
    std::optional<Request> request;  ///< nothing: a button was let go
    std::string note;                ///< "": as it was sent; else what was taken in its place
};
/// A message without a value, where its address has one, asks for a Report. `sources`: those that
/// may be opened beside patterns. No path is ever taken from a message: presets and recordings have
/// bare names. Throws Error, naming the address, for one that is unknown and for arguments that do
/// not fit.
OscAsked osc_request(const OscMessage& message, const std::vector<std::string>& sources = {});

/// What `address` is now; empty for one that has no value. Throws Error for an unknown one.
std::vector<OscArgument> osc_value(const Desk& desk, const std::string& address);
/// Each address that has a value, with it: parameters, the layers on the desk, the amounts of what
/// moves, and the rest.
std::vector<OscMessage> osc_state(const Desk& desk);

/// A number that a fader or knob can move.
struct OscDial {
    FaderSpec scale;
    double value = 0;  ///< now
};
/// nullopt where `address` has no number. Throws Error for an unknown one.
std::optional<OscDial> osc_dial(const Desk& desk, const std::string& address);

/// One address as OSCQuery describes it.
struct OscNode {
    std::string path;
    std::string types;  ///< OSC's letters, "" for a trigger
    std::optional<FaderSpec> range;
    std::vector<std::string> choices;
    std::vector<OscArgument> value;  ///< of a show that has just begun; empty: none
    std::string help;
    bool only_told = false;  ///< it cannot be set
};
/// The whole tree, for a network with these layers.
std::vector<OscNode> osc_nodes(const std::vector<std::string>& layers);

}  // namespace reverie
