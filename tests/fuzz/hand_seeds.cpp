// Packets of OSC and bytes of MIDI devices, from which fuzzing begins.
#include <fmt/format.h>

#include "src/control/osc/osc_requests.h"
#include "src/control/preset_library.h"
#include "tests/fuzz/readers.h"

namespace reverie::fuzz {
namespace {

std::string text(const std::vector<char>& bytes) { return {bytes.begin(), bytes.end()}; }

/// What a desk says of itself, one by one and in bundles, and every address bare.
void add_osc(std::vector<Seed>& seeds) {
    Notices notices;
    Desk desk(Params(), notices);
    desk.perform(request::SetStrip{"inception_4c", 17, 0.5F});
    std::vector<OscMessage> messages = osc_state(desk);
    messages.push_back({"/reverie/modulation/1", {0.5}});
    for (const OscAddress& address : osc_addresses())
        messages.push_back({std::string(address.path.substr(0, address.path.find('<'))), {}});
    messages.push_back({"/reverie/layer/4c:17", {int32_t{1}}});
    messages.push_back({"/reverie/record", {true, std::string("take one")}});
    messages.push_back({"/reverie/preset", {std::string("tides"), 0.5}});
    messages.push_back({"/reverie/score", {std::string("journey")}});
    messages.push_back({"/reverie/score/play", {true}});
    for (size_t i = 0; i < messages.size(); ++i)
        seeds.push_back({"osc", fmt::format("message{}", i), text(write_osc_packet(messages[i]))});
    const std::vector<std::vector<char>> bundles = write_osc_bundles(messages, 1400);
    for (size_t i = 0; i < bundles.size(); ++i)
        seeds.push_back({"osc", fmt::format("bundle{}", i), text(bundles[i])});
}

/// Steps as fuzz_midi.cpp reads them: a first byte that says how many bytes a device sends.
void add_midi(std::vector<Seed>& seeds) {
    constexpr char kReplug0 = 0x20, kUnplug1 = 0x01, kLearn = 0x40;
    const auto sent = [](int device, const std::vector<int>& bytes) {
        std::vector<char> step{
            static_cast<char>(0x60 | static_cast<int>(bytes.size()) << 1 | device)};
        for (const int byte : bytes) step.push_back(static_cast<char>(byte));
        return step;
    };
    const auto add = [](std::vector<char>& to, const std::vector<char>& more) {
        to.insert(to.end(), more.begin(), more.end());
    };
    for (int number = 0; number < 128; number += 8) {
        std::vector<char> steps;
        for (int i = 0; i < 8; ++i) {
            for (const int value : {0, 127, 64}) {
                add(steps, sent(i & 1, {0xB0, number + i, value}));
                add(steps, sent(i & 1, {0x90, number + i, value, 0x80, number + i, 0}));
            }
        }
        seeds.push_back({"midi", fmt::format("controls{}", number), text(steps)});
    }
    std::vector<char> clock;
    add(clock, sent(0, {0xFA}));
    for (int i = 0; i < 96; ++i) add(clock, sent(0, {0xF8}));
    add(clock, sent(0, {0xE0, 0x12, 0x40, 0xF0, 1, 2, 0xF7, 0xFC}));
    seeds.push_back({"midi", "clock", text(clock)});
    std::vector<char> learns{kLearn};
    add(learns, sent(0, {0xB0, 99, 1, 0xB0, 99, 90}));
    learns.insert(learns.end(), {kUnplug1, kReplug0});
    add(learns, sent(0, {0xB0, 99, 10, 0xB0, 99, 100}));
    seeds.push_back({"midi", "learns", text(learns)});
}

}  // namespace

std::vector<Seed> hand_seeds() {
    std::vector<Seed> seeds;
    add_osc(seeds);
    add_midi(seeds);
    for (const EmbeddedFile& map : embedded_midi_maps())
        seeds.push_back({"maps", std::string(map.name), std::string(map.text)});
    return seeds;
}

}  // namespace reverie::fuzz
