// A desk that liblo plays over UDP, and what the desk sends back.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <thread>

#include "src/control/desk.h"
#include "src/control/modulation_edit.h"
#include "src/control/osc/osc_requests.h"
#include "src/control/surface.h"
#include "src/dream/params.h"
#include "src/util/error.h"
#include "tests/control/liblo_peer.h"

namespace reverie {
namespace {

using test::Hearer;
using test::LoMessage;
using test::Packet;

const SurfaceKind& surface_kind(const std::string& name) {
    for (const SurfaceKind* kind : surface_kinds())
        if (kind->name == name) return *kind;
    throw Error("there is no " + name);
}
const SurfaceKind& osc() { return surface_kind("osc"); }

std::string port_of(const Surface& surface) {
    const std::string place = surface.description();
    return place.substr(place.rfind(':') + 1);
}

class OscSurfaceTest : public testing::Test {
  protected:
    OscSurfaceTest() { to = lo_address_new("127.0.0.1", port_of(*surface).c_str()); }
    ~OscSurfaceTest() override { lo_address_free(to); }

    /// Applies what has arrived until `holds` is true, which happens soon.
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
    std::map<std::string, std::string> options;
    SurfaceContext context{desk, notices, options, {}};
    std::unique_ptr<Surface> surface = osc().open("0", context);
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

TEST_F(OscSurfaceTest, AnswersWhoAsksWithWhatHoldsThen) {
    Hearer hearer;
    const auto ask = [&](const char* path) {
        lo_send_from(to, hearer.server, LO_TT_IMMEDIATE, path, "");
        // The desk carries it out in the show's thread, as soon as it has come.
        const int64_t before = surface->counts()[0].second;
        EXPECT_TRUE(soon([&] { return surface->counts()[0].second > before - 1; }));
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (hearer.heard.empty() && std::chrono::steady_clock::now() < end) {
            desk.apply();
            lo_server_recv_noblock(hearer.server, 1);
        }
        return hearer.next();
    };
    using Args = std::vector<OscArgument>;
    lo_send_from(to, hearer.server, LO_TT_IMMEDIATE, "/reverie/strength", "f", 2.5F);
    EXPECT_EQ(ask("/reverie/strength"), (OscMessage{"/reverie/strength", {2.5}}));
    EXPECT_EQ(ask("/reverie/flow").arguments, Args{true});
    EXPECT_EQ(ask("/reverie/octaves").arguments, Args{2.0});
    lo_send_from(to, hearer.server, LO_TT_IMMEDIATE, "/reverie/layer/inception_3b", "f", -0.5F);
    EXPECT_EQ(ask("/reverie/layer/inception_3b").arguments, Args{-0.5});
    EXPECT_EQ(ask("/reverie/objective").arguments,
              Args{std::string("inception_4d - 0.5*inception_3b")});
    lo_send_from(to, hearer.server, LO_TT_IMMEDIATE, "/reverie/panic", "s", "hold");
    EXPECT_EQ(ask("/reverie/panic").arguments, Args{std::string("hold")});
    EXPECT_EQ(ask("/reverie/preset").arguments, Args{std::string()});
    EXPECT_EQ(ask("/reverie/crossfade").arguments, Args{0.0});
    EXPECT_EQ(ask("/reverie/record").arguments, Args{false});
}

/// 20,000 messages between two pictures: the last one of each key holds, and a request between two
/// others keeps its place.
TEST_F(OscSurfaceTest, AFloodIsFollowedByItsLastValue) {
    DeskClient flood = desk.join("flood");
    for (int k = 0; k < 20000; ++k) {
        flood.ask(request::SetParam{"pan_x", (k % 100) / 100.0});
        flood.ask(request::SetParam{"strength", (k % 50) / 25.0});
    }
    desk.apply();
    EXPECT_FLOAT_EQ(desk.params().pan_x, 0.99F);
    EXPECT_FLOAT_EQ(desk.params().strength, 49 / 25.0F);
    EXPECT_EQ(desk.refused(), 0);
    flood.ask(request::SetParam{"pan_x", 0.25});
    flood.ask(request::Undo{});
    flood.ask(request::SetParam{"pan_x", 0.5});
    desk.apply();
    EXPECT_FLOAT_EQ(desk.params().pan_x, 0.5F);
    flood.ask(request::Undo{});
    desk.apply();
    EXPECT_NE(desk.params().pan_x, 0.25F);
    for (int k = 0; k < 20000; ++k) flood.ask(request::Undo{});
    desk.apply();
    EXPECT_GT(desk.refused(), 0);
    EXPECT_EQ(notices.take().size(), 1U);
}

TEST_F(OscSurfaceTest, WhatTheDeskRefusesIsSaidOnceInAWhile) {
    DeskClient client = desk.join("test");
    for (int k = 0; k < 50; ++k) {
        client.ask(request::RunCrossfade{1, std::nullopt});
        desk.apply();
        desk.advance(0.1);
    }
    EXPECT_EQ(desk.refused(), 50);
    EXPECT_EQ(notices.take().size(), 1U);
    desk.advance(6);
    client.ask(request::RunCrossfade{1, std::nullopt});
    desk.apply();
    EXPECT_EQ(notices.take().size(), 1U);
}

TEST_F(OscSurfaceTest, SendsWhatChangesOnceAFrame) {
    Hearer hearer;
    const auto out = surface_kind("osc_out").open(hearer.port(), context);
    std::map<std::string, std::vector<OscArgument>> held;
    const auto frame = [&] {
        out->between_frames();
        size_t count = 0;
        while (lo_server_recv_noblock(hearer.server, 0) > 0) {
        }
        for (const OscMessage& message : hearer.heard) {
            held[message.path] = message.arguments;
            ++count;
        }
        hearer.heard.clear();
        return count;
    };
    EXPECT_GT(frame(), kParams.size() - 1);  // everything, at the beginning
    EXPECT_EQ(frame(), 0U);
    for (int k = 1; k <= 100; ++k) {
        lo_send(to, "/reverie/strength", "f", static_cast<float>(k) / 32);
        desk.apply();
    }
    EXPECT_TRUE(soon([&] { return desk.params().strength == 100 / 32.0F; }));
    EXPECT_EQ(frame(), 1U);  // only the last value, although OSC itself has set it
    EXPECT_EQ(held["/reverie/strength"], std::vector<OscArgument>{100 / 32.0});
    desk.perform(request::SetStrip{"inception_3b", -1, 0.5F});
    EXPECT_EQ(frame(), 2U);  // the layer, and the objective as text
    EXPECT_EQ(held["/reverie/layer/inception_3b"], std::vector<OscArgument>{0.5});
    desk.perform(request::RemoveStrip{"inception_3b", -1});
    frame();
    EXPECT_EQ(held["/reverie/layer/inception_3b"], std::vector<OscArgument>{0.0});
    desk.perform(request::SetRoute{0, new_route("zoom", "beat", false), ""});
    EXPECT_EQ(frame(), 1U);
    EXPECT_EQ(held["/reverie/modulation/1"], std::vector<OscArgument>{0.5});
    desk.perform(request::SetRouteAmount{0, -0.25});
    EXPECT_EQ(frame(), 1U);
    EXPECT_EQ(held["/reverie/modulation/1"], std::vector<OscArgument>{-0.25});
    desk.perform(request::RemoveRoute{0});
    EXPECT_EQ(frame(), 1U);
    EXPECT_EQ(held["/reverie/modulation/1"], std::vector<OscArgument>{0.0});
    // What a fade of nothing but what moves passes through is sent too.
    desk.perform(request::SetRoute{0, new_route("zoom", "beat", false), ""});
    frame();
    desk.perform(request::LoadPreset{"tides", 2.0});
    desk.advance(1);
    frame();
    EXPECT_EQ(held["/reverie/modulation/1"],
              std::vector<OscArgument>{desk.modulation().routes[0].amount});
    desk.advance(5);
    frame();
    desk.perform(request::SetPanic{Panic::black});
    EXPECT_EQ(frame(), 1U);
    EXPECT_EQ(held["/reverie/panic"], std::vector<OscArgument>{std::string("black")});
}

/// A program that sends everything back at once: fades reach their end, and then nothing more is
/// sent.
TEST_F(OscSurfaceTest, AnEchoHoldsNoFadeUp) {
    Hearer hearer;
    options["--osc-out"] = hearer.port();
    surface.reset();
    surface = osc().open("0", context);
    lo_address_free(to);
    to = lo_address_new("127.0.0.1", port_of(*surface).c_str());
    const auto out = surface_kind("osc_out").open(hearer.port(), context);
    out->between_frames();
    while (lo_server_recv_noblock(hearer.server, 0) > 0) {
    }
    hearer.heard.clear();  // the state at the beginning, before anything fades
    desk.perform(request::LoadPreset{"fur", 1.0});
    Desk alone(Params(), notices);
    alone.perform(request::LoadPreset{"fur", 1.0});
    int64_t echoed = 0;
    size_t sent = 0;
    for (int frame = 0; frame < 45; ++frame) {
        desk.advance(1.0 / 30);
        alone.advance(1.0 / 30);
        out->between_frames();
        while (lo_server_recv_noblock(hearer.server, 0) > 0) {
        }
        sent = hearer.heard.size();
        for (const OscMessage& message : hearer.heard) {
            if (message.arguments.size() != 1) continue;
            const char* const path = message.path.c_str();
            if (const auto* number = std::get_if<double>(message.arguments.data()))
                lo_send(to, path, "f", *number);
            else if (const auto* text = std::get_if<std::string>(message.arguments.data()))
                lo_send(to, path, "s", text->c_str());
            else
                continue;
            ++echoed;
        }
        hearer.heard.clear();
        EXPECT_TRUE(soon([&] { return surface->counts()[0].second >= echoed; }));
    }
    EXPECT_GT(echoed, 100);
    EXPECT_EQ(sent, 0U);
    EXPECT_EQ(desk.params(), alone.params());
}

TEST_F(OscSurfaceTest, SendsNothingToItself) {
    options["--osc"] = "9765";
    EXPECT_THROW(surface_kind("osc_out").open("127.0.0.1:9765", context), UsageError);
    EXPECT_NE(surface_kind("osc_out").open("127.0.0.1:9766", context), nullptr);
}

TEST_F(OscSurfaceTest, AnotherListenerOnItsPortIsAnError) {
    try {
        osc().open(port_of(*surface), context);
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("another program listens there"),
                  std::string::npos)
            << error.what();
    }
    for (const char* wrong : {"", "abc", "70000", ":9000", "9000x", "127.0.0.1:", "-1"})
        EXPECT_THROW(osc().open(wrong, context), UsageError) << wrong;
}

}  // namespace
}  // namespace reverie
