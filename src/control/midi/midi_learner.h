// Finds out which control of a device a hand moves, and what kind of control it is, from its
// messages alone.
#pragma once

#include <optional>
#include <vector>

#include "src/control/midi/midi_map.h"
#include "src/control/midi/midi_message.h"

namespace reverie {

class MidiLearner {
  public:
    /// The control that the messages come from, as soon as they tell: a note and a bend at once, a
    /// control after three of its messages, or when it is pressed and let go.
    struct Learned {
        MidiInput input;
        MidiUse use = MidiUse::fader;  ///< a button: toggle
    };
    std::optional<Learned> take(const MidiMessage& message);

  private:
    std::vector<MidiMessage> seen_;  ///< of one control
};

}  // namespace reverie
