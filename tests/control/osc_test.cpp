// OSC: packets that liblo writes against what is read of them, and a desk that is played over UDP
// by liblo's own sender.
#include <gtest/gtest.h>
#include <lo/lo.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "src/control/desk.h"
#include "src/control/osc_requests.h"
#include "src/control/surface.h"
#include "src/dream/params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

using Packet = std::vector<char>;

struct LoMessage {
    lo_message message = lo_message_new();
    LoMessage() = default;
    LoMessage(const LoMessage&) = delete;
    LoMessage& operator=(const LoMessage&) = delete;
    ~LoMessage() { lo_message_free(message); }
    Packet packet(const char* path) const {
        Packet bytes(lo_message_length(message, path));
        lo_message_serialise(message, path, bytes.data(), nullptr);
        return bytes;
    }
};

TEST(OscPacket, HoldsWhatLibloWrote) {
    LoMessage of;
    lo_message_add(of.message, "ihfdsSTFI", -7, int64_t{1} << 40, 0.25F, 1.0 / 3, "eyes", "dog");
    const auto messages = read_osc_packet(of.packet("/reverie/strength"));
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages[0].path, "/reverie/strength");
    const std::vector<OscArgument> expected{
        -7.0, 1099511627776.0, 0.25, 1.0 / 3, std::string("eyes"), std::string("dog"),
        true, false,           true};
    EXPECT_EQ(messages[0].arguments, expected);
}

TEST(OscPacket, BundlesAreReadInOrder) {
    LoMessage one, two;
    lo_message_add_int32(one.message, 1);
    lo_message_add_int32(two.message, 2);
    lo_bundle inner = lo_bundle_new(LO_TT_IMMEDIATE), outer = lo_bundle_new(LO_TT_IMMEDIATE);
    lo_bundle_add_message(inner, "/b", two.message);
    lo_bundle_add_message(outer, "/a", one.message);
    lo_bundle_add_bundle(outer, inner);
    Packet bytes(lo_bundle_length(outer));
    lo_bundle_serialise(outer, bytes.data(), nullptr);
    std::string paths;
    for (const OscMessage& message : read_osc_packet(bytes)) paths += message.path;
    EXPECT_EQ(paths, "/a/b");
    for (size_t size = 0; size < bytes.size(); ++size) {
        // Cut anywhere, it is an error or the messages that are whole.
        try {
            EXPECT_LT(read_osc_packet({bytes.data(), size}).size(), 2U) << size;
        } catch (const Error&) {
            SUCCEED();
        }
    }
    lo_bundle_free(outer);
    lo_bundle_free(inner);
}

TEST(OscPacket, DamagedOnesAndOtherTypesAreErrors) {
    for (const Packet& bytes : {Packet{}, Packet{'/'}, Packet(64, 'x'), Packet(64, '\0')})
        EXPECT_THROW(read_osc_packet(bytes), Error) << bytes.size();
    LoMessage blob;
    lo_message_add_char(blob.message, 'c');
    EXPECT_THROW(read_osc_packet(blob.packet("/reverie/strength")), Error);
}

TEST(OscRequest, EveryParameterHasItsAddress) {
    for (const ParamInfo& info : kParams) {
        if (info.is_objective()) continue;
        const Request request = osc_request({"/reverie/" + std::string(info.key), {0.5}});
        ASSERT_TRUE(std::holds_alternative<request::SetParam>(request)) << info.key;
        EXPECT_EQ(std::get<request::SetParam>(request).key, info.key);
        EXPECT_EQ(std::get<request::SetParam>(request).value, 0.5);
    }
}

TEST(OscRequest, LayersAreSetByNameAndChannel) {
    const auto strip = [](const char* path) {
        return std::get<request::SetStrip>(osc_request({path, {0.7}}));
    };
    EXPECT_EQ(strip("/reverie/layer/inception_4c").channel, -1);
    EXPECT_EQ(strip("/reverie/layer/4c:17").layer, "4c");
    EXPECT_EQ(strip("/reverie/layer/4c:17").channel, 17);
    EXPECT_FLOAT_EQ(strip("/reverie/layer/4c:17").weight, 0.7F);
}

TEST(OscRequest, SaysInOneLineWhatItCannotDo) {
    const struct {
        OscMessage message;
        const char* words;
    } cases[] = {
        {{"/resolume/layer", {1.0}}, "OSC /resolume/layer: there is no such address"},
        {{"/reverie/strenght", {1.0}}, "OSC /reverie/strenght: "},
        {{"/reverie/strength", {}}, "OSC /reverie/strength: expected a number"},
        {{"/reverie/strength", {std::string("full")}}, "OSC /reverie/strength: expected a number"},
        {{"/reverie/strength", {std::nan("")}}, "OSC /reverie/strength: expected a number"},
        {{"/reverie/layer/4c", {-HUGE_VAL}}, "OSC /reverie/layer/4c: expected a number"},
        {{"/reverie/crossfade", {std::nan("")}}, "OSC /reverie/crossfade: expected a number"},
        {{"/reverie/preset", {std::string("fur"), HUGE_VAL}},
         "OSC /reverie/preset: expected a number"},
        {{"/reverie/panic", {std::string("blue")}},
         "OSC /reverie/panic: expected off, source, black or hold"},
        {{"/reverie/objective", {std::string("4c +")}}, "OSC /reverie/objective: "},
        {{"/reverie/layer/4c:x", {1.0}}, "OSC /reverie/layer/4c:x: "},
    };
    for (const auto& c : cases) {
        try {
            osc_request(c.message);
            ADD_FAILURE() << c.message.path;
        } catch (const Error& error) {
            EXPECT_EQ(std::string(error.what()).rfind(c.words, 0), 0U) << error.what();
        }
    }
}

const SurfaceKind& osc() {
    for (const SurfaceKind* kind : surface_kinds())
        if (kind->name == std::string("osc")) return *kind;
    throw Error("there is no OSC");
}

class OscSurfaceTest : public testing::Test {
  protected:
    OscSurfaceTest() {
        const std::string place = surface->description();
        const std::string port = place.substr(place.rfind(':') + 1);
        to = lo_address_new("127.0.0.1", port.c_str());
    }
    ~OscSurfaceTest() override { lo_address_free(to); }

    /// Applies what has arrived until `holds`, which it does soon.
    template <class Holds>
    bool soon(Holds holds) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!holds() && std::chrono::steady_clock::now() < end) {
            std::this_thread::yield();
            desk.apply();
        }
        return holds();
    }

    Notices notices;
    Desk desk{Params(), notices};
    std::unique_ptr<Surface> surface = osc().open("0", desk, notices);
    lo_address to = nullptr;
};

TEST_F(OscSurfaceTest, PlaysTheDesk) {
    lo_send(to, "/reverie/strength", "f", 2.5F);
    EXPECT_TRUE(soon([&] { return desk.params().strength == 2.5F; }));
    lo_send(to, "/reverie/flow", "F");
    EXPECT_TRUE(soon([&] { return !desk.params().flow; }));
    lo_send(to, "/reverie/panic", "s", "black");
    EXPECT_TRUE(soon([&] { return desk.panic() == Panic::black; }));
    lo_send(to, "/reverie/undo", "");
    EXPECT_TRUE(soon([&] { return desk.params().flow; }));
}

TEST_F(OscSurfaceTest, ABundleTakesEffectAtOnce) {
    for (int k = 1; k <= 200; ++k) {
        lo_bundle both = lo_bundle_new(LO_TT_IMMEDIATE);
        LoMessage x, y;
        lo_message_add_float(x.message, static_cast<float>(k) / 200);
        lo_message_add_float(y.message, static_cast<float>(k) / 200);
        lo_bundle_add_message(both, "/reverie/pan_x", x.message);
        lo_bundle_add_message(both, "/reverie/pan_y", y.message);
        lo_send_bundle(to, both);
        lo_bundle_free(both);
        desk.apply();
        EXPECT_EQ(desk.params().pan_x, desk.params().pan_y);
    }
    EXPECT_TRUE(soon([&] { return desk.params().pan_x == 1; }));
}

TEST_F(OscSurfaceTest, WhatItCannotUseIsSaidOnce) {
    for (int k = 0; k < 50; ++k) lo_send(to, "/reverie/nothing", "f", 1.0F);
    lo_send(to, "/reverie/strength", "f", 3.0F);
    EXPECT_TRUE(soon([&] { return desk.params().strength == 3; }));
    EXPECT_EQ(notices.take().size(), 1U);
}

TEST_F(OscSurfaceTest, AnotherListenerOnItsPortIsAnError) {
    const std::string place = surface->description();
    const std::string port = place.substr(place.rfind(':') + 1);
    EXPECT_THROW(osc().open(port, desk, notices), Error);
    for (const char* wrong : {"", "abc", "70000", ":9000", "9000x", "127.0.0.1:", "-1"})
        EXPECT_THROW(osc().open(wrong, desk, notices), UsageError) << wrong;
}

}  // namespace
}  // namespace reverie
