// MIDI devices, by the ALSA sequencer.
#include <chrono>

#include "src/control/midi/alsa_sequencer.h"
#include "src/control/midi/midi_clock.h"
#include "src/control/midi/midi_hub.h"
#include "src/control/surface.h"
#include "src/util/error.h"

namespace reverie {
namespace {

class MidiSurface : public Surface {
  public:
    MidiSurface(const std::string& part, const SurfaceContext& context)
        : desk_(context.desk),
          inbox_([this](const MidiClockEvent& event) { clock_.take(event); }),
          sequencer_(inbox_, part),
          hub_(context.desk, context.notices, inbox_,
               [this](int device, const std::vector<uint8_t>& bytes) {
                   sequencer_.send(device, bytes);
               }) {}

    std::string description() const override { return "MIDI"; }
    void between_frames() override {
        hub_.between_frames();
        clock_.tell(desk_.tempo(), desk_.now_s(), std::chrono::steady_clock::now());
    }
    std::vector<std::pair<std::string_view, int64_t>> counts() const override {
        return {{"messages", inbox_.messages()}, {"lost", inbox_.lost()}};
    }

  private:
    Desk& desk_;
    MidiClock clock_;
    MidiInbox inbox_;
    AlsaSequencer sequencer_;
    MidiHub hub_;
};

}  // namespace

extern const SurfaceKind kMidiSurface{
    .name = "midi",
    .option = "--midi",
    .argument = "NAME|off",
    .help = "MIDI devices whose name has NAME in it, of `reverie list midi` (default: all); off",
    .by_default = true,
    .open = [](const std::string& value,
               const SurfaceContext& context) -> std::unique_ptr<Surface> {
        if (value == "off") return nullptr;
        try {
            return std::make_unique<MidiSurface>(value, context);
        } catch (const Error&) {
            if (!value.empty()) throw;
            return nullptr;  // nobody has asked for it; `reverie list midi` says why
        }
    }};

}  // namespace reverie
