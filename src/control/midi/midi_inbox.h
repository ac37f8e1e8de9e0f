// What MIDI devices send, from the thread that hears them to the show's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "src/control/midi/midi_clock.h"
#include "src/control/midi/midi_message.h"

namespace reverie {

struct MidiEvent {
    enum class Kind : uint8_t { attached, detached, message };
    Kind kind = Kind::message;
    int device = 0;    ///< the ports' number for it
    std::string name;  ///< of one that is attached
    MidiMessage message{};
};

/// Thread-safety: safe.
class MidiInbox {
  public:
    /// `clock` gets a MIDI clock's messages at once, from the thread that hears them; null: nobody.
    explicit MidiInbox(std::function<void(const MidiClockEvent&)> clock = nullptr)
        : clock_(std::move(clock)) {}

    void attach(int device, const std::string& name);
    void detach(int device);
    /// Bytes of a device, as they came; a message may be cut anywhere.
    void take(int device, std::span<const uint8_t> bytes);

    /// All that came since the last call, in its order.
    std::vector<MidiEvent> events();
    int64_t messages() const;
    /// Messages that were dropped since nobody took them.
    int64_t lost() const;

  private:
    std::function<void(const MidiClockEvent&)> clock_;
    mutable std::mutex mutex_;
    std::map<int, MidiDecoder> decoders_;
    std::vector<MidiEvent> events_;
    int64_t messages_ = 0, lost_ = 0;
};

}  // namespace reverie
