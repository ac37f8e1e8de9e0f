// What each control of a MIDI device plays, as a TOML file:
//
//     device = "nanoKONTROL2"      # part of the name that `reverie list midi` shows
//     title = "Korg nanoKONTROL2"
//     [[control]]
//     cc = 0                       # or cc14 = 1 (with 33), note = 36, bend = true
//     channel = 1                  # 1 to 16; any where it is left out
//     to = "strength"              # an address of `reverie list osc` without /reverie/, and values
//     kind = "fader"               # see MidiUse
//
// A row that this version or network cannot play is kept, and quiet.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/control/osc/osc_packet.h"

namespace reverie {

/// Where a control's messages come from.
struct MidiInput {
    enum class Kind : uint8_t { note, cc, cc14, bend };
    Kind kind = Kind::cc;
    int number = 0;
    int channel = -1;  ///< 0 … 15; -1: any
    bool operator==(const MidiInput&) const = default;
};

/// "cc 7", "note 36", "bend".
std::string describe(const MidiInput& input);

/// How a control plays its address.
enum class MidiUse : uint8_t {
    fader,   ///< its position is the value; taken once it has met the value that there is
    jump,    ///< the same, at once
    twos,    ///< an endless encoder: 1, 2 … up, 127, 126 … down (two's complement)
    offset,  ///< … 65, 66 … up, 63, 62 … down (binary offset)
    sign,    ///< … 1, 2 … up, 65, 66 … down (sign and magnitude)
    toggle,  ///< each press the other of two states
    hold,    ///< on while it is held down
    trigger  ///< each press
};

struct MidiUseName {
    MidiUse use;
    std::string_view name;
};
inline constexpr std::array kMidiUses = std::to_array<MidiUseName>({
    {MidiUse::fader, "fader"},
    {MidiUse::jump, "jump"},
    {MidiUse::twos, "twos_complement"},
    {MidiUse::offset, "binary_offset"},
    {MidiUse::sign, "sign_magnitude"},
    {MidiUse::toggle, "toggle"},
    {MidiUse::hold, "hold"},
    {MidiUse::trigger, "trigger"},
});
constexpr bool is_button(MidiUse use) { return use >= MidiUse::toggle; }
constexpr bool is_encoder(MidiUse use) {
    return use == MidiUse::twos || use == MidiUse::offset || use == MidiUse::sign;
}

/// A row of a map.
struct MidiControl {
    MidiInput input;
    MidiUse use = MidiUse::fader;
    std::string to;                   ///< as it was written: "preset fur 4"
    OscMessage message;               ///< what `to` says, with its values
    std::optional<double> low, high;  ///< the ends of the way, or a button's values
    bool velocity = false;            ///< a button's value grows with how hard it is hit
    bool feedback = false;            ///< its light, ring or motor is told the value
    int lit = 127, unlit = 0;         ///< what a button's light is sent
};

struct MidiMap {
    std::string device;  ///< part of the device's name, in any case
    std::string title;
    std::vector<MidiControl> controls;
    std::string origin;  ///< the file; "": built in, or none
};

/// Throws Error "file:line: …". An address that does not exist, and a number beyond its range, are
/// left to who plays it.
MidiMap parse_midi_map(std::string_view text, const std::string& file);
/// The text that parse_midi_map() reads back.
std::string midi_map_text(const MidiMap& map);

/// "preset fur 4" as a message to /reverie/preset. Text with spaces stands in quotes.
OscMessage midi_target(std::string_view to);

/// For names that are compared in any case.
std::string lower_case(std::string text);

// The library: the user's own (~/.config/reverie/midi), then those built into the program.

/// The map whose `device` is the longest that is in `device`; nullopt: none. A user's file that is
/// wrong is passed over, and its complaint appended to `problems`.
std::optional<MidiMap> find_midi_map(const std::string& device, std::vector<std::string>& problems);
/// All of them, the user's first.
std::vector<MidiMap> list_midi_maps(std::vector<std::string>& problems);
/// As the user's own, in place of the one before. Returns the file. Throws Error.
std::string save_midi_map(const MidiMap& map);

}  // namespace reverie
