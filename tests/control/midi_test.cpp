// MIDI: bytes against what is read from them, maps against their own text, and a desk that one
// device plays.
#include <gtest/gtest.h>

#include <cmath>

#include "src/control/midi/midi_map.h"
#include "src/control/midi/midi_message.h"
#include "src/control/midi/midi_player.h"
#include "src/control/preset_library.h"
#include "src/dream/params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using Bytes = std::vector<uint8_t>;

std::vector<MidiMessage> decoded(const Bytes& bytes) {
    MidiDecoder decoder;
    std::vector<MidiMessage> messages;
    for (const uint8_t byte : bytes) {
        if (const auto message = decoder.take(byte)) messages.push_back(*message);
    }
    return messages;
}

TEST(MidiDecoder, ReadsWhatItWrites) {
    std::vector<MidiMessage> messages;
    Bytes bytes;
    for (int channel = 0; channel < 16; channel += 5) {
        for (int value = 1; value < 128; value += 21) {
            messages.push_back({MidiKind::note, channel, 127 - value, value});
            messages.push_back({MidiKind::control, channel, value, 127 - value});
            messages.push_back({MidiKind::bend, channel, 0, value * 129});
        }
    }
    for (const MidiMessage& message : messages) {
        const Bytes one = midi_bytes(message);
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    EXPECT_EQ(decoded(bytes), messages);
}

TEST(MidiDecoder, KeepsRunningStatusAndLetsClockStandAnywhere) {
    using Kind = MidiKind;
    const std::vector<MidiMessage> expected{{Kind::control, 2, 7, 1}, {Kind::clock, 0, 0, 0},
                                            {Kind::control, 2, 7, 2}, {Kind::start, 0, 0, 0},
                                            {Kind::note, 0, 60, 0},   {Kind::note, 0, 61, 0}};
    EXPECT_EQ(decoded({0xB2, 7, 1, 7, 0xF8, 2, 0xFA, 0x80, 60, 99, 0x90, 61, 0}), expected);
}

TEST(MidiDecoder, PassesOverWhatItDoesNotKnow) {
    const std::vector<MidiMessage> expected{{MidiKind::control, 0, 1, 5}};
    // Exclusive, program, pressure, song position, bytes without a status, one that is cut off.
    EXPECT_EQ(decoded({5,    5, 0xF0, 0x42, 1, 2,    3, 0xF7, 9,    9, 0xC0, 3, 4,
                       0xD0, 9, 0xA0, 60,   1, 0xF2, 1, 2,    0xB0, 9, 0xB0, 1, 5}),
              expected);
}

TEST(MidiMap, IsReadAsItWasWritten) {
    for (const EmbeddedFile& file : embedded_midi_maps()) {
        const MidiMap map = parse_midi_map(file.text, "built in");
        const MidiMap again = parse_midi_map(midi_map_text(map), "again");
        EXPECT_GT(map.controls.size(), 40U);
        ASSERT_EQ(again.controls.size(), map.controls.size());
        for (size_t i = 0; i < map.controls.size(); ++i) {
            const MidiControl &a = map.controls[i], &b = again.controls[i];
            EXPECT_EQ(a.input, b.input) << i;
            EXPECT_EQ(a.use, b.use) << i;
            EXPECT_EQ(a.message, b.message) << i;
            EXPECT_EQ(a.lit, b.lit) << i;
            EXPECT_EQ(a.feedback, b.feedback) << i;
        }
    }
}

TEST(MidiMap, SaysWhereItIsWrong) {
    const struct {
        const char* text;
        const char* words;
    } cases[] = {
        {"", "map.toml:1: a map needs device"},
        {"device = 3", "map.toml:1: "},
        {"device = \"a\"\n[[control]]\ncc = 1", "map.toml:2: a control needs to"},
        {"device = \"a\"\n[[control]]\nto = \"strength\"", "map.toml:2: a control needs one of"},
        {"device = \"a\"\n[[control]]\ncc = 128\nto = \"strength\"", "map.toml:3: cc: expected 0"},
        {"device = \"a\"\n[[control]]\ncc14 = 32\nto = \"strength\"", "map.toml:3: cc14: expected"},
        {"device = \"a\"\n[[control]]\ncc = 1\nnote = 1\nto = \"x\"",
         "map.toml:2: a control needs"},
        {"device = \"a\"\n[[control]]\ncc = 1\nto = \"x\"\nkind = \"fadder\"",
         "did you mean fader"},
        {"device = \"a\"\n[[control]]\ncc = 1\nto = \"x\"\nchanel = 1", "did you mean channel"},
        {"device = \"a\"\n[[control]]\ncc = 1\nto = \"x\"\nlow = nan", "map.toml:5: low: expected"},
        {"device = \"a\"\ncontrol = 3", "map.toml:2: expected [[control]]"},
        {"device = \"a\"\nmake = \"Korg\"", "map.toml:2: unknown key 'make'"},
    };
    for (const auto& c : cases) {
        try {
            parse_midi_map(c.text, "map.toml");
            ADD_FAILURE() << c.text;
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find(c.words), std::string::npos) << error.what();
        }
    }
}

TEST(MidiMap, ATargetIsAnAddressAndItsValues) {
    EXPECT_EQ(midi_target("preset \"my look\" 4"),
              (OscMessage{"/reverie/preset", {std::string("my look"), 4.0}}));
    EXPECT_EQ(midi_target("  strength  -0.5 "), (OscMessage{"/reverie/strength", {-0.5}}));
    EXPECT_EQ(midi_target("panic black"), (OscMessage{"/reverie/panic", {std::string("black")}}));
}

/// A desk that one device plays.
class MidiPlayerTest : public testing::Test {
  protected:
    MidiPlayer& plays(const std::string& rows) {
        player.emplace(desk, parse_midi_map("device = \"a\"\n" + rows, "map.toml"));
        return *player;
    }
    void send(const MidiMessage& message) { ask(player->take(message)); }
    void send_cc(int number, int value) { send({MidiKind::control, 0, number, value}); }
    void send_note(int number, int velocity) { send({MidiKind::note, 0, number, velocity}); }
    void frame() {
        ask(player->settle());
        desk.apply();
        player->begin_frame();
    }
    void ask(std::vector<Request> requests) { client.ask(std::move(requests)); }

    Notices notices;
    Desk desk{Params(), notices};
    DeskClient client = desk.join("midi");
    std::optional<MidiPlayer> player;
};

TEST_F(MidiPlayerTest, AFaderTakesHoldWhereItMeetsTheValue) {
    plays("[[control]]\ncc = 1\nto = \"pan_x\"");  // -2 … 2, even: 0 is in the middle
    for (const int below : {0, 20, 40, 60}) send_cc(1, below);
    frame();
    EXPECT_EQ(desk.params().pan_x, 0);
    for (const int on : {70, 90, 127}) send_cc(1, on);  // past the middle
    frame();
    EXPECT_EQ(desk.params().pan_x, 2);
    send_cc(1, 0);  // it has picked up, however fast it moves
    frame();
    EXPECT_EQ(desk.params().pan_x, -2);
    desk.perform(request::SetParam{"pan_x", 1});  // another client
    send_cc(1, 10);
    frame();
    EXPECT_EQ(desk.params().pan_x, 1);
    send_cc(1, 127);
    frame();
    EXPECT_EQ(desk.params().pan_x, 2);
}

TEST_F(MidiPlayerTest, OneThatJumpsIsTakenAtOnce) {
    plays("[[control]]\ncc = 1\nto = \"pan_x\"\nkind = \"jump\"");
    send_cc(1, 127);
    frame();
    EXPECT_EQ(desk.params().pan_x, 2);
}

TEST_F(MidiPlayerTest, AWayOfItsOwnMayBeTurned) {
    plays("[[control]]\ncc = 1\nto = \"pan_x\"\nkind = \"jump\"\nlow = 1\nhigh = -1");
    const struct {
        int sent;
        double value;
    } cases[] = {{0, 1}, {127, -1}, {64, -1.0 / 127}};
    for (const auto& c : cases) {
        send_cc(1, c.sent);
        frame();
        EXPECT_NEAR(desk.params().pan_x, c.value, 0.005) << c.sent;
    }
}

TEST_F(MidiPlayerTest, EncodersCountStepsInTheThreeCodings) {
    const struct {
        const char* kind;
        int up, up3, down;
    } cases[] = {{"twos_complement", 1, 3, 127},
                 {"binary_offset", 65, 67, 63},
                 {"sign_magnitude", 1, 3, 65}};
    for (const auto& c : cases) {
        plays(std::string("[[control]]\ncc = 1\nto = \"pan_x\"\nkind = \"") + c.kind + "\"");
        desk.perform(request::SetParam{"pan_x", 0});
        for (int k = 0; k < 10; ++k) send_cc(1, c.up);
        frame();
        EXPECT_NEAR(desk.params().pan_x, 10 * 0.04, 0.005) << c.kind;
        send_cc(1, c.up3);
        frame();
        send_cc(1, c.down);
        frame();
        EXPECT_NEAR(desk.params().pan_x, 12 * 0.04, 0.005) << c.kind;
        for (int k = 0; k < 200; ++k) send_cc(1, c.down);
        frame();
        EXPECT_EQ(desk.params().pan_x, -2) << c.kind;
    }
}

TEST_F(MidiPlayerTest, AnEncoderReachesWholeNumbers) {
    plays("[[control]]\ncc = 1\nto = \"octaves\"\nkind = \"twos_complement\"");
    int seen = desk.params().octaves;
    for (int k = 0; k < 120; ++k) {
        send_cc(1, 1);
        frame();
        EXPECT_LE(desk.params().octaves - seen, 1);
        seen = desk.params().octaves;
    }
    EXPECT_EQ(seen, 12);
}

TEST_F(MidiPlayerTest, FourteenBitsAreOneValue) {
    plays("[[control]]\ncc14 = 1\nto = \"pan_x\"\nkind = \"jump\"");
    send_cc(1, 64);
    send_cc(33, 32);
    frame();
    EXPECT_NEAR(desk.params().pan_x, 4.0 * (64 * 128 + 32) / 16383 - 2, 0.002);
    send_cc(1, 127);  // its other half does not come
    frame();
    EXPECT_EQ(desk.params().pan_x, 2);
    plays("[[control]]\nbend = true\nchannel = 3\nto = \"pan_y\"\nkind = \"jump\"");
    send({MidiKind::bend, 1, 0, 0});
    frame();
    EXPECT_EQ(desk.params().pan_y, 0);
    send({MidiKind::bend, 2, 0, 16383});
    frame();
    EXPECT_EQ(desk.params().pan_y, 2);
}

TEST_F(MidiPlayerTest, NotesToggleHoldAndTrigger) {
    plays(
        "[[control]]\nnote = 1\nto = \"panic black\"\nkind = \"toggle\"\n"
        "[[control]]\nnote = 2\nto = \"panic source\"\nkind = \"hold\"\n"
        "[[control]]\nnote = 3\nto = \"freeze\"\nkind = \"toggle\"\n"
        "[[control]]\nnote = 4\nto = \"strength 3\"\nkind = \"hold\"\n"
        "[[control]]\nnote = 5\nto = \"pan_x\"\nlow = 0\nhigh = 1\nvelocity = true\n"
        "[[control]]\nnote = 6\nto = \"preset fur 0\"\n"
        "[[control]]\nnote = 7\nto = \"solo/inception_4c\"\nkind = \"hold\"\n");
    EXPECT_EQ(player->problems(), std::vector<std::string>());
    const auto hit = [&](int note, int velocity = 100) {
        send_note(note, velocity);
        frame();
    };
    hit(1);
    EXPECT_EQ(desk.panic(), Panic::black);
    hit(1, 0);
    EXPECT_EQ(desk.panic(), Panic::black);
    hit(2);
    EXPECT_EQ(desk.panic(), Panic::source);
    hit(2, 0);
    EXPECT_EQ(desk.panic(), Panic::black);  // back to the state before
    hit(1);
    EXPECT_EQ(desk.panic(), Panic::off);
    hit(3);
    EXPECT_TRUE(desk.frozen());
    hit(3, 0);
    hit(3);
    EXPECT_FALSE(desk.frozen());
    hit(4);
    EXPECT_EQ(desk.params().strength, 3);
    hit(4, 0);
    EXPECT_EQ(desk.params().strength, 1);
    hit(5, 127);
    EXPECT_EQ(desk.params().pan_x, 1);
    hit(5, 0);
    hit(5, 32);
    EXPECT_NEAR(desk.params().pan_x, 32.0 / 127, 0.005);
    hit(6);
    EXPECT_EQ(desk.preset(), "fur");
    hit(7);
    EXPECT_TRUE(desk.mixer().at("inception_4c").solo);
    hit(7, 0);
    EXPECT_FALSE(desk.mixer().at("inception_4c").solo);
}

TEST_F(MidiPlayerTest, ItsLightsFollowTheDesk) {
    plays(
        "[[control]]\nnote = 1\nto = \"panic black\"\nkind = \"toggle\"\nlit = 3\nunlit = 5\n"
        "[[control]]\nnote = 6\nto = \"preset fur 0\"\n"
        "[[control]]\ncc = 9\nto = \"pan_x\"\nkind = \"twos_complement\"\nfeedback = true\n"
        "[[control]]\ncc14 = 2\nto = \"pan_y\"\nfeedback = true\n");
    using Messages = std::vector<MidiMessage>;
    const Messages at_rest{{MidiKind::note, 0, 1, 5},
                           {MidiKind::note, 0, 6, 0},
                           {MidiKind::control, 0, 9, 64},
                           {MidiKind::control, 0, 2, 64},
                           {MidiKind::control, 0, 34, 0}};
    EXPECT_EQ(player->feedback(), at_rest);
    EXPECT_EQ(player->feedback(), Messages());
    desk.perform(request::SetPanic{Panic::black});
    desk.perform(request::LoadPreset{"fur", 0.0});
    EXPECT_EQ(player->feedback(),
              (Messages{{MidiKind::note, 0, 1, 3}, {MidiKind::note, 0, 6, 127}}));
    desk.perform(request::SetParam{"pan_y", 2});
    EXPECT_EQ(player->feedback(),
              (Messages{{MidiKind::control, 0, 2, 127}, {MidiKind::control, 0, 34, 127}}));
    // A motor fader gets no feedback about its own movement.
    send_cc(2, 127);
    send_cc(34, 127);
    send_cc(2, 100);
    send_cc(34, 0);
    frame();
    EXPECT_LT(desk.params().pan_y, 2);
    EXPECT_EQ(player->feedback(), Messages());
}

TEST_F(MidiPlayerTest, WhatCannotBePlayedIsKeptSaidAndQuiet) {
    plays(
        "[[control]]\ncc = 1\nto = \"weather\"\n"
        "[[control]]\ncc = 2\nto = \"panic\"\n"
        "[[control]]\nnote = 3\nto = \"panic blue\"\n"
        "[[control]]\nnote = 3\nto = \"strength 2\"\n");
    EXPECT_EQ(player->problems().size(), 3U);
    EXPECT_EQ(player->map().controls.size(), 4U);
    for (const int value : {0, 64, 127}) {
        send_cc(1, value);
        send_cc(2, value);
        send_note(3, value);
    }
    frame();
    EXPECT_EQ(desk.params().strength, 2);
    EXPECT_EQ(notices.take().size(), 0U);
}

TEST_F(MidiPlayerTest, AChordOfHeldPadsIsLetGoInAnyOrder) {
    plays(
        "[[control]]\nnote = 1\nto = \"preset fur 0\"\nkind = \"hold\"\n"
        "[[control]]\nnote = 2\nto = \"preset neon 0\"\nkind = \"hold\"\n");
    for (const bool first_leaves_first : {true, false}) {
        for (const bool at_once : {true, false}) {
            desk.perform(request::LoadPreset{"eyes", 0.0});
            send_note(1, 1);
            if (!at_once) frame();
            send_note(2, 1);
            frame();
            EXPECT_EQ(desk.preset(), "neon");
            send_note(first_leaves_first ? 1 : 2, 0);
            frame();
            EXPECT_EQ(desk.preset(), first_leaves_first ? "neon" : "fur");
            send_note(first_leaves_first ? 2 : 1, 0);
            frame();
            EXPECT_EQ(desk.preset(), "eyes");
        }
    }
}

}  // namespace
}  // namespace reverie
