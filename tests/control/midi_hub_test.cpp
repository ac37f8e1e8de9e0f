// A desk that several simulated MIDI devices play: they are unplugged, plugged in, and learn.
#include "src/control/midi/midi_hub.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "src/control/midi/midi_map.h"
#include "src/control/midi/midi_message.h"
#include "src/control/preset_library.h"
#include "src/dream/params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using Bytes = std::vector<uint8_t>;

/// A home folder of its own, a hub, and simulated devices.
class MidiHubTest : public testing::Test {
  protected:
    MidiHubTest() {
        std::filesystem::remove_all(home);
        std::filesystem::create_directories(home);
        ::setenv("XDG_CONFIG_HOME", home.c_str(), 1);
    }
    ~MidiHubTest() override {
        ::unsetenv("XDG_CONFIG_HOME");
        std::filesystem::remove_all(home);
    }
    void send(int device, const Bytes& bytes) { inbox.take(device, bytes); }
    void frame() {
        hub.between_frames();
        desk.apply();
        desk.advance(1.0 / 30);
    }
    std::string said() {
        std::string lines;
        for (const Notice& notice : notices.take()) lines += notice.text + "\n";
        return lines;
    }

    std::filesystem::path home =
        std::filesystem::path(testing::TempDir()) / ("midi_" + std::to_string(::getpid()));
    Notices notices;
    Desk desk{Params(), notices};
    std::vector<MidiClockEvent> clock;
    MidiInbox inbox{[this](const MidiClockEvent& event) { clock.push_back(event); }};
    std::map<int, std::vector<Bytes>> sent;
    MidiHub hub{desk, notices, inbox,
                [this](int device, const Bytes& bytes) { sent[device].push_back(bytes); }};
};

TEST_F(MidiHubTest, ADeviceThatIsPulledOutInAChordLeavesNothingHeld) {
    inbox.attach(1, "APC MINI");
    frame();
    EXPECT_NE(said().find("the built-in map"), std::string::npos);
    EXPECT_GT(sent[1].size(), 20U);  // the state of its lights
    desk.perform(request::LoadPreset{"eyes", 0.0});
    send(1, {0x90, 8, 127, 0x90, 9, 127});  // two pads are held: beasts, then chimeras
    frame();
    EXPECT_EQ(desk.preset(), "chimeras");
    inbox.detach(1);
    frame();
    EXPECT_EQ(desk.preset(), "eyes");
    EXPECT_NE(said().find("is gone"), std::string::npos);
    send(1, {0x90, 8, 127});
    frame();
    EXPECT_EQ(desk.preset(), "eyes");
    inbox.attach(1, "APC MINI");
    sent.clear();
    frame();
    EXPECT_GT(sent[1].size(), 20U);
    desk.perform(request::SetParam{"strength", 2});
    send(1, {0xB0, 56, 3});  // far from the current value: it waits until it meets that
    frame();
    EXPECT_EQ(desk.params().strength, 2);
    send(1, {0xB0, 56, 127});
    frame();
    EXPECT_EQ(desk.params().strength, 4);
}

TEST_F(MidiHubTest, SeveralDevicesPlayAtOnce) {
    inbox.attach(1, "APC MINI");
    inbox.attach(2, "nanoKONTROL2");
    inbox.attach(3, "A keyboard");  // without a map
    frame();
    send(1, {0x90, 82, 127});
    send(2, {0xB0, 60, 127});
    send(2, {0xB0, 46, 127});
    send(3, {0x90, 82, 127});
    frame();
    EXPECT_EQ(desk.panic(), Panic::black);
    EXPECT_TRUE(desk.frozen());
    EXPECT_EQ(desk.refused(), 0);  // the second one of the nanoKONTROL2 is a tap
    EXPECT_EQ(inbox.messages(), 4);
}

TEST_F(MidiHubTest, WhatIsLearnedIsKept) {
    inbox.attach(7, "My Box");
    frame();
    desk.perform(request::Learn{"strength"});
    EXPECT_EQ(std::get<std::string>(*desk.fact("learning")), "strength");
    for (const uint8_t value : {10, 11, 12}) send(7, {0xB4, 21, value});
    frame();
    EXPECT_EQ(std::get<std::string>(*desk.fact("learning")), "");
    EXPECT_NE(said().find("cc 21 of My Box plays strength"), std::string::npos);
    for (const uint8_t value : {20, 60, 127}) send(7, {0xB4, 21, value});
    frame();
    EXPECT_EQ(desk.params().strength, 4);
    desk.perform(request::Learn{"panic black"});
    send(7, {0x94, 40, 90});
    frame();
    desk.perform(request::Learn{"layer/inception_3b"});
    for (int k = 0; k < 3; ++k) send(7, {0xB4, 22, 65});
    frame();
    // A second box of the same name finds the map in its file.
    inbox.attach(8, "My Box");
    frame();
    send(8, {0x94, 40, 90});
    for (int k = 0; k < 10; ++k) send(8, {0xB4, 22, 63});
    frame();
    EXPECT_EQ(desk.panic(), Panic::black);
    EXPECT_NEAR(desk.mixer().at("inception_3b").weight, -0.2, 0.01);
    // A control that is learned again plays its new address alone.
    desk.perform(request::Learn{"pan_x"});
    for (const uint8_t value : {60, 61, 62, 63, 64}) send(8, {0xB4, 21, value});
    frame();
    EXPECT_EQ(desk.params().strength, 4);
    send(8, {0xB4, 21, 127});
    frame();
    EXPECT_EQ(desk.params().pan_x, 2);
    EXPECT_EQ(desk.params().strength, 4);
    desk.perform(request::Learn{"strength"});
    desk.perform(request::Learn{"strength"});  // asking again cancels it
    EXPECT_EQ(std::get<std::string>(*desk.fact("learning")), "");
}

TEST_F(MidiHubTest, AMapThatIsWrongIsSaidAndTheBuiltInOneTakesItsPlace) {
    std::filesystem::create_directories(home / "reverie/midi");
    std::ofstream(home / "reverie/midi/apc.toml")
        << "device = \"APC MINI\"\n[[control]]\nnote = 1\n";
    inbox.attach(1, "APC MINI");
    frame();
    EXPECT_NE(said().find("apc.toml:2: a control needs to"), std::string::npos);
    send(1, {0x90, 82, 127});
    frame();
    EXPECT_EQ(desk.panic(), Panic::black);
}

TEST_F(MidiHubTest, ClockIsHandedOnAtOnce) {
    inbox.attach(1, "Drums");
    send(1, {0xFA, 0xF8, 0xB0, 0xF8, 1, 2, 0xFC});
    ASSERT_EQ(clock.size(), 4U);
    EXPECT_EQ(clock[0].kind, MidiClockEvent::Kind::start);
    EXPECT_EQ(clock[2].kind, MidiClockEvent::Kind::tick);
    EXPECT_EQ(clock[3].kind, MidiClockEvent::Kind::stop);
    EXPECT_EQ(inbox.messages(), 1);
}

TEST_F(MidiHubTest, EveryBuiltInMapPlaysWithoutComplaint) {
    int device = 0;
    for (const EmbeddedFile& file : embedded_midi_maps()) {
        MidiMap map = parse_midi_map(file.text, "built in");
        EXPECT_EQ(MidiPlayer(desk, map).problems(), std::vector<std::string>()) << file.name;
        inbox.attach(++device, map.device);
    }
    frame();
    desk.handle<request::Tap>([](const auto&) {});
    desk.handle<request::ResetDream>([](const auto&) {});
    desk.handle<request::SwitchOutput>([](const auto&) {});
    for (int value : {127, 0, 64, 1}) {
        for (int number = 0; number < 128; ++number) {
            const auto n = static_cast<uint8_t>(number), v = static_cast<uint8_t>(value);
            send(1, {0x90, n, v});
            send(2, {0xB0, n, v});
            frame();
        }
    }
    EXPECT_EQ(desk.refused(), 0) << said();
}

}  // namespace
}  // namespace reverie
