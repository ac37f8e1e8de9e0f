// All MIDI devices of a show: each comes with its map, plays the desk, is taught by hand, and may
// be pulled out and plugged in again at any time. Knows no port.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/control/desk.h"
#include "src/control/midi/midi_inbox.h"
#include "src/control/midi/midi_learner.h"
#include "src/control/midi/midi_player.h"

namespace reverie {

/// Belongs to the show's thread.
class MidiHub {
  public:
    using Send = std::function<void(int device, const std::vector<uint8_t>& bytes)>;
    /// All outlive it. `send` puts bytes out to a device.
    MidiHub(Desk& desk, Notices& notices, MidiInbox& inbox, Send send);
    ~MidiHub();
    MidiHub(const MidiHub&) = delete;
    MidiHub& operator=(const MidiHub&) = delete;

    /// Asks the desk for what came in, and sends the devices what has changed.
    void between_frames();

  private:
    struct Device {
        std::string name;
        MidiPlayer player;
    };
    void attach(const MidiEvent& event);
    void detach(int device);
    void take(const MidiEvent& event, std::vector<Request>& requests);
    void learn(Device& device, const MidiLearner::Learned& learned);
    void use_map(Device& device, MidiMap map);

    Desk& desk_;
    Notices& notices_;
    MidiInbox& inbox_;
    Send send_;
    std::map<int, Device> devices_;
    std::string learning_;                 ///< the address; "": none
    std::map<int, MidiLearner> learners_;  ///< one a device
    bool changed_ = true;                  ///< something at the desk
    int frames_ = 0;
    DeskClient client_;
};

/// `map` with `address` played by what was learned, and by nothing else of that control.
MidiMap with_learned(MidiMap map, const std::string& address, const MidiLearner::Learned& learned,
                     const Desk& desk);

}  // namespace reverie
