// OSC: packets that liblo writes against what is read of them, and a desk that is played over UDP
// by liblo's own sender.
#include <gtest/gtest.h>
#include <lo/lo.h>
#include <lo/lo_lowlevel.h>

#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "src/control/desk.h"
#include "src/control/osc_query.h"
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
        const double middle = info.is_flag() ? 1 : (info.low + info.high) / 2;
        const OscAsked asked = osc_request({"/reverie/" + std::string(info.key), {middle}});
        ASSERT_TRUE(asked.request && std::holds_alternative<request::SetParam>(*asked.request))
            << info.key;
        EXPECT_EQ(std::get<request::SetParam>(*asked.request).key, info.key);
        EXPECT_EQ(std::get<request::SetParam>(*asked.request).value, middle);
        EXPECT_EQ(asked.note, "");
    }
}

TEST(OscRequest, LayersAreSetByNameAndChannel) {
    const auto strip = [](const char* path) {
        return std::get<request::SetStrip>(osc_request({path, {0.7}}).request.value());
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
        {{"/reverie/strenght", {}}, "OSC /reverie/strenght: "},
        {{"/reverie/", {}}, "OSC /reverie/: "},
        {{"/reverie/layer/", {1.0}}, "OSC /reverie/layer/: "},
        {{"/reverie/layer/4c", {1e30}}, "OSC /reverie/layer/4c: expected a weight"},
        {{"/reverie/freeze", {std::string("maybe")}}, "OSC /reverie/freeze: expected 0, 1 or"},
        {{"/reverie/fade", {-1.0}}, "OSC /reverie/fade: expected 0 to 3600 seconds"},
        {{"/reverie/panic", {1.0}}, "OSC /reverie/panic: expected off"},
        {{"/reverie/source", {std::string("/etc/passwd")}}, "OSC /reverie/source: expected"},
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

TEST(OscRequest, OpensNoPathOfTheNetwork) {
    for (const char* path : {"../secret", "/etc/passwd", "a/b", ".hidden", "-", "", "frame%05d",
                             "rtmp:host", "look.toml", "line\nbreak", "a\\b"}) {
        const std::string name = path;
        EXPECT_THROW(osc_request({"/reverie/preset", {name}}), Error) << name;
        EXPECT_THROW(osc_request({"/reverie/crossfade/ends", {name + "/", name}}), Error) << name;
        if (name == "look.toml") continue;
        EXPECT_THROW(osc_request({"/reverie/record", {true, name}}), Error) << name;
    }
    const auto target = [](const char* name) {
        const auto asked = osc_request({"/reverie/record", {1.0, std::string(name)}});
        return std::get<request::SwitchOutput>(*asked.request).target;
    };
    EXPECT_EQ(target("Été 2"), "Été 2.mp4");
    EXPECT_EQ(target("set.mkv"), "set.mkv");
    EXPECT_EQ(target("look.toml"), "look.toml.mp4");
    const OscMessage clip{"/reverie/source", {std::string("/films/clip.mp4")}};
    EXPECT_THROW(osc_request(clip, {"camera:0"}), Error);
    EXPECT_TRUE(osc_request(clip, {"/films/clip.mp4"}).request);
    EXPECT_TRUE(osc_request({"/reverie/source", {std::string("pattern:clouds")}}).request);
}

TEST(OscRequest, NumbersOutOfRangeAreTakenAtTheEnd) {
    for (const ParamInfo& info : kParams) {
        if (!info.is_numeric()) continue;
        const OscAsked asked = osc_request({"/reverie/" + std::string(info.key), {1e12}});
        EXPECT_EQ(std::get<request::SetParam>(*asked.request).value, info.high) << info.key;
        EXPECT_NE(asked.note.find(range_text(info)), std::string::npos) << asked.note;
    }
}

TEST(OscRequest, AButtonThatIsLetGoAsksForNothing) {
    for (const char* path : {"/reverie/snapshot", "/reverie/tap", "/reverie/undo", "/reverie/clear",
                             "/reverie/preset/next", "/reverie/reset"}) {
        EXPECT_TRUE(osc_request({path, {}}).request) << path;
        EXPECT_TRUE(osc_request({path, {1.0}}).request) << path;
        EXPECT_FALSE(osc_request({path, {0.0}}).request) << path;
    }
}

/// Whatever the desk says of an address, asked of that address, changes nothing.
TEST(OscState, SetAsItIsChangesNothing) {
    Notices notices;
    Params params;
    params.strength = 2.25F;
    params.octaves = 5;
    params.flow = false;
    params.objective = parse_objective("0.5*inception_4c + inception_3b:17");
    Desk desk(params, notices);
    bool strips = false;
    std::vector<std::string> keys;
    DeskClient client = desk.join("test", [&](const DeskChange& change) {
        strips = strips || change.strips;
        keys.insert(keys.end(), change.params.begin(), change.params.end());
    });
    const std::vector<OscMessage> state = osc_state(desk);
    EXPECT_GT(state.size(), kParams.size());
    for (const OscMessage& message : state) {
        EXPECT_EQ(osc_value(desk, message.path), message.arguments) << message.path;
        EXPECT_EQ(read_osc_packet(write_osc_packet(message))[0].path, message.path);
        if (message.path == "/reverie/preset" || message.path == "/reverie/crossfade/ends" ||
            message.path == "/reverie/source")
            continue;  // nothing is loaded, and there is no show
        if (message.path == "/reverie/record") continue;
        const auto read = read_osc_packet(write_osc_packet(message));
        client.ask(osc_request(read[0]).request.value());
        desk.apply();
    }
    EXPECT_FALSE(strips);
    EXPECT_EQ(keys, std::vector<std::string>());
    EXPECT_EQ(desk.params(), params);
    EXPECT_EQ(desk.refused(), 0);
}

/// liblo as the other side: what it has heard.
struct Hearer {
    lo_server server = lo_server_new(nullptr, nullptr);
    std::vector<OscMessage> heard;
    Hearer() {
        lo_server_add_method(
            server, nullptr, nullptr,
            [](const char* path, const char* types, lo_arg** values, int count, lo_message,
               void* self) {
                OscMessage message{path, {}};
                for (int i = 0; i < count; ++i) {
                    if (types[i] == 'f') message.arguments.push_back(double{values[i]->f});
                    if (types[i] == 'i')
                        message.arguments.push_back(static_cast<double>(values[i]->i));
                    if (types[i] == 's') message.arguments.push_back(std::string(&values[i]->s));
                    if (types[i] == 'T' || types[i] == 'F')
                        message.arguments.push_back(types[i] == 'T');
                }
                static_cast<Hearer*>(self)->heard.push_back(message);
                return 0;
            },
            this);
    }
    Hearer(const Hearer&) = delete;
    Hearer& operator=(const Hearer&) = delete;
    ~Hearer() { lo_server_free(server); }
    std::string port() const { return std::to_string(lo_server_get_port(server)); }
    /// The next message; the test fails where none comes.
    OscMessage next() {
        while (heard.empty() && lo_server_recv_noblock(server, 20000) > 0) {
        }
        if (heard.empty()) return {"nothing came", {}};
        OscMessage first = heard.front();
        heard.erase(heard.begin());
        return first;
    }
};

TEST(OscPacket, BundlesAreWrittenAsLibloReadsThem) {
    std::vector<OscMessage> messages;
    for (int i = 0; i < 100; ++i)
        messages.push_back({"/reverie/layer/inception_4c:" + std::to_string(i), {i / 128.0}});
    messages.push_back({"/reverie/flow", {false, true, int32_t{-7}, std::string("sept")}});
    Hearer hearer;
    std::vector<OscMessage> read;
    for (Packet bundle : write_osc_bundles(messages, 500)) {
        EXPECT_LE(bundle.size(), 500U);
        for (OscMessage& message : read_osc_packet(bundle)) read.push_back(std::move(message));
        lo_server_dispatch_data(hearer.server, bundle.data(), bundle.size());
    }
    messages.back().arguments[2] = -7.0;  // read as a number
    EXPECT_EQ(read, messages);
    EXPECT_EQ(hearer.heard, messages);
}

TEST(OscQuery, HoldsEveryAddressWithItsRange) {
    const auto json =
        nlohmann::json::parse(osc_query_json(osc_nodes({"conv2", "inception_4c/5x5"})));
    const auto at = [&](std::string path) {
        nlohmann::json node = json;
        for (size_t from = 1, end = 0; from < path.size(); from = end + 1) {
            end = std::min(path.find('/', from), path.size());
            node = node.at("CONTENTS").at(path.substr(from, end - from));
        }
        return node;
    };
    for (const ParamInfo& info : kParams) {
        const std::string path = "/reverie/" + std::string(info.key);
        const nlohmann::json node = at(path);
        EXPECT_EQ(node.at("FULL_PATH"), path);
        EXPECT_EQ(node.at("ACCESS"), 3);
        EXPECT_EQ(node.at("VALUE").size(), node.at("TYPE").get<std::string>().size());
        if (!info.is_numeric()) continue;
        EXPECT_EQ(node.at("RANGE")[0].at("MIN"), info.low) << path;
        EXPECT_EQ(node.at("RANGE")[0].at("MAX"), info.high) << path;
        EXPECT_EQ(node.at("TYPE"), info.is_integer() ? "i" : "f") << path;
    }
    EXPECT_EQ(at("/reverie/layer/inception_4c/5x5").at("RANGE")[0].at("MIN"), -1);
    EXPECT_EQ(at("/reverie/layer/inception_4c").at("ACCESS"), 0);
    EXPECT_EQ(at("/reverie/snapshot").at("ACCESS"), 2);
    EXPECT_EQ(at("/reverie/panic").at("RANGE")[0].at("VALS").size(), 4U);
    EXPECT_EQ(at("/reverie/crossfade").at("FULL_PATH"), "/reverie/crossfade");
    EXPECT_EQ(at("/reverie/crossfade").at("TYPE"), "f");
}

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

/// 20,000 messages between two pictures: the last of each key holds, and what was asked between
/// two others is in its place.
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
    EXPECT_GT(frame(), kParams.size() - 1);  // all of it, at the beginning
    EXPECT_EQ(frame(), 0U);
    for (int k = 1; k <= 100; ++k) {
        lo_send(to, "/reverie/strength", "f", static_cast<float>(k) / 32);
        desk.apply();
    }
    EXPECT_TRUE(soon([&] { return desk.params().strength == 100 / 32.0F; }));
    EXPECT_EQ(frame(), 1U);  // the last value alone, though OSC itself has set it
    EXPECT_EQ(held["/reverie/strength"], std::vector<OscArgument>{100 / 32.0});
    desk.perform(request::SetStrip{"inception_3b", -1, 0.5F});
    EXPECT_EQ(frame(), 2U);  // the layer, and the objective as text
    EXPECT_EQ(held["/reverie/layer/inception_3b"], std::vector<OscArgument>{0.5});
    desk.perform(request::RemoveStrip{"inception_3b", -1});
    frame();
    EXPECT_EQ(held["/reverie/layer/inception_3b"], std::vector<OscArgument>{0.0});
    desk.perform(request::SetPanic{Panic::black});
    EXPECT_EQ(frame(), 1U);
    EXPECT_EQ(held["/reverie/panic"], std::vector<OscArgument>{std::string("black")});
}

/// A program that sends back at once all that it is sent: fades arrive, and all comes to rest.
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
    hearer.heard.clear();  // what holds at the beginning, before anything fades
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
