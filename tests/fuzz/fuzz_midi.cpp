// Fuzzes two MIDI devices with maps, which are plugged in, unplugged and learn: their bytes play a
// desk, and only complete messages are sent back to them. The first byte of each step says what
// happens.
#include <cstdlib>
#include <span>

#include "src/control/midi/midi_hub.h"
#include "tests/fuzz/readers.h"

namespace reverie::fuzz {

void read_midi(const uint8_t* data, size_t size) {
    // Learned maps must not be written anywhere.
    static const bool homeless = [] {
        ::unsetenv("XDG_CONFIG_HOME");
        return ::unsetenv("HOME") == 0;
    }();
    expect(homeless);
    Notices notices;
    Desk desk(Params(), notices);
    MidiInbox inbox;
    MidiHub hub(desk, notices, inbox, [](int, const std::vector<uint8_t>& bytes) {
        expect(bytes.size() == 3 && bytes[0] >= 0x80 && bytes[1] < 0x80 && bytes[2] < 0x80);
    });
    inbox.attach(0, "nanoKONTROL2");
    inbox.attach(1, "APC MINI");
    constexpr const char* kTaught[] = {"strength", "panic black", "layer/inception_4c",
                                       "octaves",  "preset/next", "no address"};
    for (size_t at = 0; at < size;) {
        const uint8_t step = data[at++];
        const int device = step & 1;
        switch (step >> 5) {
            case 0:
                inbox.detach(device);
                break;
            case 1:
                inbox.attach(device, device == 0 ? "nanoKONTROL2" : "APC MINI");
                break;
            case 2:
                try {
                    desk.perform(request::Learn{kTaught[(step >> 1) % 6]});
                } catch (const std::exception&) {
                    break;
                }
                break;
            default: {
                const size_t length = std::min<size_t>(step >> 1 & 0x0F, size - at);
                inbox.take(device, std::span(data + at, length));
                at += length;
            }
        }
        hub.between_frames();
        desk.apply();
        desk.advance(1.0 / 30);
    }
    const Params now = desk.params();
    for (const ParamInfo& info : kParams) {
        if (!info.is_numeric()) continue;
        const double value = number_of(now, info);
        expect(value >= info.low - 1e-6 && value <= info.high + 1e-6 * info.high + 1e-6);
    }
}

}  // namespace reverie::fuzz
