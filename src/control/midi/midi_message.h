// MIDI 1.0 channel messages and clock, from bytes and to bytes.
// https://midi.org/midi-1-0-core-specifications
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace reverie {

/// A note that is let go is one of velocity 0.
enum class MidiKind : uint8_t { note, control, bend, clock, start, resume, stop };

struct MidiMessage {
    MidiKind kind = MidiKind::note;
    int channel = 0;  ///< 0 … 15; 0 for clock
    int number = 0;   ///< of the note or control, 0 … 127
    int value = 0;    ///< velocity or value 0 … 127; of a bend 0 … 16383, 8192 in the middle
    bool operator==(const MidiMessage&) const = default;
};

/// Of a 14-bit control, the low bits come as the control that stands so much higher.
inline constexpr int kMidiLowBits = 32;

/// Takes a device's bytes one by one. Messages that it does not know, and those that are cut off,
/// are passed over; clock may stand inside others, as the specification has it.
class MidiDecoder {
  public:
    /// The message that `byte` completes.
    std::optional<MidiMessage> take(uint8_t byte);

  private:
    uint8_t status_ = 0;  ///< running status; 0: none
    uint8_t first_ = 0;
    bool has_first_ = false;
};

/// Notes, controls and bends; nothing for clock, which the program never sends.
std::vector<uint8_t> midi_bytes(const MidiMessage& message);

}  // namespace reverie
