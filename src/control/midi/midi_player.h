// One MIDI device at the desk: its messages become requests by its map, and what has changed
// becomes messages to its lights, rings and motors. Knows no port.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/control/desk.h"
#include "src/control/midi/midi_map.h"
#include "src/control/midi/midi_message.h"
#include "src/control/osc/osc_requests.h"

namespace reverie {

/// Belongs to the show's thread.
class MidiPlayer {
  public:
    /// `desk` outlives it.
    MidiPlayer(const Desk& desk, MidiMap map);

    const MidiMap& map() const { return map_; }
    /// Controls that cannot be played here, each with its reason.
    const std::vector<std::string>& problems() const { return problems_; }

    /// What was asked for is carried out: from now on the desk says what holds.
    void begin_frame();
    /// What a message asks for. A row that fails is passed over.
    std::vector<Request> take(const MidiMessage& message);
    /// After a frame's last message: halves of 14 bits whose other half did not come.
    std::vector<Request> settle();
    /// The device is gone: what it holds is let go.
    std::vector<Request> release();
    /// What the device does not show yet.
    std::vector<MidiMessage> feedback();

  private:
    struct Row {
        MidiControl control;
        bool usable = true;
        bool asked = false;  ///< in this frame
        /// The hand's last position, 0 … 1, and the value that it came to where it was taken.
        std::optional<double> hand, set;
        double position = 0;  ///< an encoder's, 0 … 1, also between whole numbers
        int high_bits = 0;    ///< of 14 bits
        bool half = false;    ///< the low bits are yet to come
        bool down = false;
        std::vector<OscArgument> before;  ///< a button was pressed
        int64_t order = 0;                ///< of its last press
        int sent = -1;                    ///< to the device
    };

    bool is_meant(const Row& row, const MidiMessage& message) const;
    void take(Row& row, const MidiMessage& message, std::vector<Request>& requests);
    void move(Row& row, double position, std::vector<Request>& requests);
    void turn(Row& row, int steps, std::vector<Request>& requests);
    void press(Row& row, int velocity, std::vector<Request>& requests);
    void let_go(Row& row, std::vector<Request>& requests);
    template <class Counts>
    Row* held_with(const Row& row, Counts counts);
    std::vector<OscArgument> off_values(Row& row) const;
    void ask(Row& row, std::vector<OscArgument> values, std::vector<Request>& requests) const;
    std::optional<OscDial> dial_of(const Row& row) const;
    bool is_on(const Row& row) const;
    int shown_value(const Row& row) const;

    const Desk* desk_;
    MidiMap map_;
    std::vector<std::string> problems_;
    std::vector<Row> rows_;
    int64_t presses_ = 0;
};

}  // namespace reverie
