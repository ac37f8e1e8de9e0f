// Fuzzes the map of a MIDI device: any bytes are read, or refused by an Error of one line. A map
// that was read is written, read back the same, and played.
#include <string>
#include <string_view>

#include "src/control/midi/midi_map.h"
#include "src/control/midi/midi_player.h"
#include "src/util/error.h"
#include "tests/fuzz/readers.h"

namespace reverie::fuzz {
namespace {

void play(const MidiMap& map) {
    Notices notices;
    Desk desk(Params(), notices);
    DeskClient client = desk.join("midi");
    MidiPlayer player(desk, map);
    for (const MidiControl& control : map.controls) {
        const int channel = std::max(control.input.channel, 0);
        for (const int value : {1, 127, 64, 0}) {
            client.ask(player.take({MidiKind::note, channel, control.input.number, value}));
            client.ask(player.take({MidiKind::control, channel, control.input.number, value}));
            client.ask(player.take({MidiKind::bend, channel, 0, value * 129}));
        }
        client.ask(player.settle());
        desk.apply();
        player.begin_frame();
        for (const MidiMessage& message : player.feedback())
            expect(message.value >= 0 && message.value < 16384);
    }
    client.ask(player.release());
    desk.apply();
}

}  // namespace

void read_map(const uint8_t* data, size_t size) {
    try {
        const MidiMap map = parse_midi_map(text_of(data, size), "map.toml");
        const MidiMap again = parse_midi_map(midi_map_text(map), "again.toml");
        expect(again.controls.size() == map.controls.size() && again.device == map.device);
        for (size_t i = 0; i < map.controls.size(); ++i) {
            const MidiControl &a = map.controls[i], &b = again.controls[i];
            expect(a.input == b.input && a.use == b.use && a.to == b.to && a.low == b.low &&
                   a.high == b.high && a.lit == b.lit && a.unlit == b.unlit);
        }
        play(map);
    } catch (const Error& error) {
        expect_one_line(error.what());
    }
}

}  // namespace reverie::fuzz
