// MIDI devices by the ALSA sequencer: which there are, when they come and go, and their bytes. All
// that means something is done elsewhere, since few machines that build and test have a sequencer.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "src/control/midi/midi_inbox.h"
#include "src/control/wake_event.h"

struct _snd_seq;       // NOLINT(bugprone-reserved-identifier,readability-identifier-naming): ALSA's
struct snd_seq_event;  // NOLINT(readability-identifier-naming): ALSA's
struct snd_midi_event;  // NOLINT(readability-identifier-naming): ALSA's

namespace reverie {

/// One that can be heard.
struct MidiPort {
    std::string name;  ///< "nanoKONTROL2"; with the port's own name where that says more
    int client = 0, port = 0;
};
/// Throws Error where the system has no sequencer.
std::vector<MidiPort> list_midi_ports();

/// Thread-safety: send() is safe; construction and destruction belong to one thread.
class AlsaSequencer {
  public:
    /// Hears every device whose name has `part` in it, now and when it is plugged in. Throws Error
    /// where the system has no sequencer. `inbox` outlives it.
    AlsaSequencer(MidiInbox& inbox, std::string part);
    ~AlsaSequencer();
    AlsaSequencer(const AlsaSequencer&) = delete;
    AlsaSequencer& operator=(const AlsaSequencer&) = delete;

    /// Returns at once; what a device does not take is lost.
    void send(int device, const std::vector<uint8_t>& bytes);

  private:
    void run();
    void attach(int client, int port);
    void hear(const snd_seq_event& event);
    void put_out(int device, const std::vector<uint8_t>& bytes);

    MidiInbox& inbox_;
    std::string part_;
    _snd_seq* sequencer_ = nullptr;
    snd_midi_event* coder_ = nullptr;
    int port_ = 0;
    std::map<int, std::string> attached_;
    WakeEvent wake_;
    std::atomic<bool> ends_ = false;
    std::mutex mutex_;
    std::vector<std::pair<int, std::vector<uint8_t>>> outbox_;
    std::thread thread_;  ///< the last member: it uses the others
};

}  // namespace reverie
