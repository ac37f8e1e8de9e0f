// OSC: packets that liblo writes against what is read from them, and what each address asks for.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "src/control/desk.h"
#include "src/control/osc/osc_query.h"
#include "src/control/osc/osc_requests.h"
#include "src/dream/params.h"
#include "src/util/error.h"
#include "tests/control/liblo_peer.h"

namespace reverie {
namespace {

using test::Hearer;
using test::LoMessage;
using test::Packet;

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
        // Cut anywhere, it gives an error or the complete messages.
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
        ASSERT_TRUE(asked.request && asked.request->is<request::SetParam>()) << info.key;
        EXPECT_EQ(asked.request->as<request::SetParam>()->key, info.key);
        EXPECT_EQ(asked.request->as<request::SetParam>()->value, middle);
        EXPECT_EQ(asked.note, "");
    }
}

TEST(OscRequest, LayersAreSetByNameAndChannel) {
    const auto strip = [](const char* path) {
        return *osc_request({path, {0.7}}).request.value().as<request::SetStrip>();
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
    for (const char* file : {"/etc/passwd.png", "1-../mask.png", "fifo."}) {
        const std::string at = std::string("4c@") + file;
        EXPECT_THROW(osc_request({"/reverie/objective", {"3b + 0.5*" + at}}), Error) << file;
        EXPECT_THROW(osc_request({"/reverie/layer/" + at, {1.0}}), Error) << file;
    }
    EXPECT_TRUE(osc_request({"/reverie/objective", {std::string("4c@room")}}).request);
    EXPECT_TRUE(osc_request({"/reverie/layer/4c@1-person", {1.0}}).request);
    const auto target = [](const char* name) {
        const auto asked = osc_request({"/reverie/record", {1.0, std::string(name)}});
        return asked.request->as<request::SwitchOutput>()->target;
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
        EXPECT_EQ(asked.request->as<request::SetParam>()->value, info.high) << info.key;
        EXPECT_NE(asked.note.find(range_text(info)), std::string::npos) << asked.note;
    }
}

TEST(OscRequest, TheBrushPaintsDots) {
    const auto asked = [](const char* path, std::vector<OscArgument> arguments) {
        return osc_request({path, std::move(arguments)}).request.value();
    };
    const auto dot = *asked("/reverie/brush", {0.25, 0.5, 0.1}).as<request::Paint>();
    EXPECT_EQ(dot.stroke, (BrushStroke{{{0.25F, 0.5F}}, 0.1F, 0.5F, false}));
    EXPECT_EQ(dot.control, "");
    EXPECT_TRUE(
        asked("/reverie/brush", {0.25, 0.5, 0.1, int32_t{1}}).as<request::Paint>()->stroke.erases);
    EXPECT_FALSE(asked("/reverie/brush/clear", {}).as<request::FillBrush>()->full);
    for (const std::vector<OscArgument>& wrong :
         {std::vector<OscArgument>{}, {0.5, 0.5}, {0.5, 1.5, 0.1}, {0.5, NAN, 0.1}})
        EXPECT_THROW(asked("/reverie/brush", wrong), Error);
}

TEST(OscRequest, TheTempoAndWhatWaitsForItAreSet) {
    Notices notices;
    Desk desk(Params(), notices);
    DeskClient client = desk.join("osc");
    const auto play = [&](const OscMessage& message) {
        client.ask(osc_request(message).request.value());
        desk.apply();
    };
    play({"/reverie/tempo", {123.5}});
    EXPECT_EQ(desk.tempo().bpm(), 123.5);
    EXPECT_EQ(osc_value(desk, "/reverie/tempo"), std::vector<OscArgument>{123.5});
    for (const auto& [name, quantise] : {std::pair{"beat", Quantise::beat},
                                         {"bar", Quantise::bar},
                                         {"four_bars", Quantise::four_bars},
                                         {"off", Quantise::off}}) {
        play({"/reverie/quantise", {std::string(name)}});
        EXPECT_EQ(desk.quantise(), quantise);
        EXPECT_EQ(osc_value(desk, "/reverie/quantise"),
                  std::vector<OscArgument>{std::string(name)});
    }
    play({"/reverie/tempo", {0.0}});
    EXPECT_TRUE(desk.tempo().follow(TempoSource::ear, 90, 0, 1));
    for (const double bpm : {-3.0, 1.0, 999.0})
        EXPECT_THROW(osc_request({"/reverie/tempo", {bpm}}), Error) << bpm;
    EXPECT_THROW(osc_request({"/reverie/quantise", {std::string("sometimes")}}), Error);
    EXPECT_EQ(desk.refused(), 0);
}

TEST(OscRequest, TheBeatIsToldAndCannotBeSet) {
    Notices notices;
    double now_s = 0;
    DeskWorld world;
    world.now_s = [&] { return now_s; };
    Desk desk(Params(), notices, world);
    const auto beat = [&] { return std::get<int32_t>(osc_value(desk, "/reverie/beat").at(0)); };
    EXPECT_EQ(beat(), 0);
    desk.tempo().follow(TempoSource::ear, 120, -3, 10);  // the bar's second beat is at 10 s
    for (int i = -40; i < 40; ++i) {
        now_s = 10.1 + i * 0.5;
        EXPECT_EQ(beat(), 1 + (i + 1 + 400) % 4) << now_s;
    }
    EXPECT_THROW(osc_request({"/reverie/beat", {1.0}}), Error);
    EXPECT_TRUE(osc_request({"/reverie/beat", {}}).request->is<request::Report>());
}

TEST(OscRequest, AButtonThatIsLetGoAsksForNothing) {
    for (const char* path : {"/reverie/snapshot", "/reverie/tap", "/reverie/undo", "/reverie/clear",
                             "/reverie/preset/next", "/reverie/reset"}) {
        EXPECT_TRUE(osc_request({path, {}}).request) << path;
        EXPECT_TRUE(osc_request({path, {1.0}}).request) << path;
        EXPECT_FALSE(osc_request({path, {0.0}}).request) << path;
    }
}

/// Sending the desk's own state of an address back to that address changes nothing.
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
            message.path == "/reverie/source" || message.path == "/reverie/view")
            continue;  // nothing is loaded, and there is no show
        if (message.path == "/reverie/record" || message.path == "/reverie/beat") continue;
        const auto read = read_osc_packet(write_osc_packet(message));
        client.ask(osc_request(read[0]).request.value());
        desk.apply();
    }
    EXPECT_FALSE(strips);
    EXPECT_EQ(keys, std::vector<std::string>());
    EXPECT_EQ(desk.params(), params);
    EXPECT_EQ(desk.refused(), 0);
}

TEST(OscRequest, WhatIsWrongIsSaidInOneLineWhateverItsAddressHolds) {
    for (const char* path : {"/reverie/s\n#~", "/reverie/layer/4c:\t1\n", "/reverie/\x7f\x01",
                             "/reverie/modulation/1\n", "/reverie/mute/a\nb:c"}) {
        try {
            osc_request({path, {0.5}});
            continue;  // a name that only the network knows
        } catch (const Error& error) {
            const std::string line = error.what();
            EXPECT_TRUE(std::none_of(line.begin(), line.end(), [](char c) {
                return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
            })) << line;
            EXPECT_GT(line.size(), 20U);
        }
    }
}

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
    EXPECT_EQ(at("/reverie/beat").at("ACCESS"), 1);
    EXPECT_EQ(at("/reverie/panic").at("RANGE")[0].at("VALS").size(), 4U);
    EXPECT_EQ(at("/reverie/crossfade").at("FULL_PATH"), "/reverie/crossfade");
    EXPECT_EQ(at("/reverie/crossfade").at("TYPE"), "f");
}

}  // namespace
}  // namespace reverie
