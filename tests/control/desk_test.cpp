// The desk alone: three clients play it, and what each of them hears is compared with the requests.
#include "src/control/desk.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "src/util/error.h"

namespace reverie::desk_test {
namespace {

using namespace request;

/// Invented presets, and a network in which "4c" is short for "inception_4c" and which has no layer
/// "inception_9z".
DeskWorld small_world() {
    DeskWorld world;
    world.full_name = [](const std::string& name) {
        return name.starts_with("inception_") ? name : "inception_" + name;
    };
    world.check = [](const Objective& objective) {
        for (const Term& term : objective.terms)
            require(term.layer != "inception_9z", "there is no layer inception_9z");
    };
    world.load = [](const std::string& name) {
        Preset preset;
        if (name == "bold")
            preset.settings = {{"strength", "3"}, {"flow", "off"}};
        else if (name == "calm")
            preset.settings = {{"strength", "1.5"}, {"objective", "4c"}};
        else
            throw UsageError("unknown preset " + name);
        if (name == "calm") preset.objective_at = "calm.toml:2";
        return preset;
    };
    world.names = [] { return std::vector<std::string>{"bold", "calm"}; };
    return world;
}

class DeskTest : public testing::Test {
  protected:
    void ask(DeskClient& client, Request request) {
        client.ask(std::move(request));
        desk.apply();
    }
    std::string said() {
        std::string text;
        for (const Notice& notice : notices.take()) text += notice.text + "\n";
        return text;
    }
    const Params& now() const { return desk.params(); }

    Notices notices;
    Desk desk{Params(), notices, small_world()};
    DeskClient overlay = desk.join("overlay"), keys = desk.join("keyboard"), pad = desk.join("pad");
};

TEST_F(DeskTest, NothingHappensBetweenTwoFrames) {
    pad.ask(SetParam{"strength", 2.5});
    EXPECT_EQ(now().strength, 1);
    desk.apply();
    EXPECT_EQ(now().strength, 2.5F);
    pad.ask({SetParam{"strength", 3}, SetParam{"octaves", 5}});
    desk.apply();
    EXPECT_EQ(now().strength, 3);
    EXPECT_EQ(now().octaves, 5);
}

TEST_F(DeskTest, EveryParameterIsSetToEitherEnd) {
    for (const ParamInfo& info : kParams) {
        if (info.is_objective()) continue;
        for (const double value :
             {info.is_flag() ? 0.0 : info.low, info.is_flag() ? 1.0 : info.high}) {
            Params expected = now();
            set_number(expected, info, value);
            ask(pad, SetParam{std::string(info.key), value});
            EXPECT_EQ(now(), expected) << info.key;
        }
    }
    EXPECT_EQ(said(), "");
}

TEST_F(DeskTest, WhatCannotBeIsSaidAndLosesNothing) {
    const Params before = now();
    pad.ask({SetParam{"strenght", 1}, SetParam{"objective", 1}, SetStrip{"9z", -1, 1},
             SetObjective{parse_objective("inception_9z")}, LoadPreset{"none", 0}, Snapshot{},
             RunCrossfade{1, 2}, SetParam{"chroma", NAN}});
    desk.apply();
    EXPECT_EQ(now(), before);
    EXPECT_FALSE(desk.can_undo());
    const std::string text = said();
    for (const char* part : {"did you mean strength", "objective is no number", "inception_9z",
                             "unknown preset none", "a snapshot is not possible", "choose presets"})
        EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
    ask(pad, SetParam{"chroma", 77});
    EXPECT_EQ(now().chroma, 4);
    EXPECT_NE(said().find("chroma"), std::string::npos);
}

TEST_F(DeskTest, AHeldFaderIsOneStepHoweverLong) {
    overlay.ask(Touch{"strength"});
    for (int i = 1; i <= 5; ++i) {
        ask(overlay, SetParam{"strength", 1 + i / 10.0});
        desk.advance(3);
    }
    ask(overlay, Release{"strength"});
    // Another touch right after it is another step.
    overlay.ask({Touch{"zoom"}, SetParam{"zoom", 2}, Release{"zoom"}});
    desk.apply();
    ask(keys, Undo{});
    EXPECT_EQ(now().zoom, 1);
    EXPECT_EQ(now().strength, 1.5F);
    ask(keys, Undo{});
    EXPECT_EQ(now().strength, 1);
    EXPECT_FALSE(desk.can_undo());
    ask(keys, Redo{});
    EXPECT_EQ(now().strength, 1.5F);
}

TEST_F(DeskTest, ADoubleClickIsOneStep) {
    const auto press = [&](double value) {
        overlay.ask({Touch{"strength"}, SetParam{"strength", value}, Release{"strength"}});
        desk.apply();
    };
    press(3);
    desk.advance(5);
    press(2);
    desk.advance(0.3);
    press(1);
    ask(keys, Undo{});
    EXPECT_EQ(now().strength, 3);
    ask(keys, Undo{});
    EXPECT_EQ(now().strength, 1);
}

TEST_F(DeskTest, TwoKnobsTurnedTogetherAreOneStepAndAPauseEndsIt) {
    for (int i = 0; i < 4; ++i) {
        ask(pad, SetParam{"strength", 2 + i / 10.0});
        ask(pad, SetParam{"chroma", 1 + i / 10.0});
        desk.advance(0.1);
    }
    desk.advance(1);
    ask(pad, SetParam{"chroma", 3});
    ask(pad, Undo{});
    EXPECT_NEAR(now().chroma, 1.3, 1e-6);
    ask(pad, Undo{});
    EXPECT_EQ(now().chroma, 0.5F);
    EXPECT_EQ(now().strength, 1);
    EXPECT_FALSE(desk.can_undo());
}

TEST_F(DeskTest, AnotherHandsChangesSurviveAnUndo) {
    ask(overlay, SetParam{"strength", 2});
    ask(pad, SetParam{"zoom", 1.5});
    desk.perform(SetParam{"half_life", 9});  // by the program itself: no step
    ask(keys, Undo{});
    EXPECT_EQ(now().zoom, 1);
    EXPECT_EQ(now().strength, 2);
    EXPECT_EQ(now().half_life, 9);
    ask(keys, Undo{});
    EXPECT_EQ(now().strength, 1);
    EXPECT_EQ(now().half_life, 9);
}

TEST_F(DeskTest, StripsMuteAndSoloComeToTheObjective) {
    ask(pad, ClearStrips{});
    EXPECT_TRUE(now().objective.terms.empty());
    desk.advance(1);
    ask(pad, SetStrip{"4c", -1, 0.5F});
    ask(pad, SetStrip{"inception_4d", 17, -0.25F});
    EXPECT_EQ(now().objective, parse_objective("0.5*inception_4c - 0.25*inception_4d:17"));
    ask(overlay, SoloStrip{"4d", 17});
    EXPECT_EQ(now().objective, parse_objective("-0.25*inception_4d:17"));
    ask(overlay, SoloStrip{"inception_4d", 17});
    ask(keys, MuteStrip{"4d", 17, Switch::on});
    ask(keys, MuteStrip{"4d", 17, Switch::on});
    EXPECT_EQ(now().objective, parse_objective("0.5*inception_4c"));
    EXPECT_EQ(desk.mixer().at("inception_4d", 17).weight, -0.25F) << "what is silent is kept";
    ask(keys, MuteStrip{"4d", 17, Switch::off});
    ask(pad, RemoveStrip{"4c", -1});
    EXPECT_EQ(now().objective, parse_objective("-0.25*inception_4d:17"));
    // An objective from another client appears on the strips at once.
    ask(pad, SetObjective{parse_objective("2*3a")});
    EXPECT_EQ(desk.mixer().at("inception_3a").weight, 2);
    EXPECT_EQ(desk.mixer().strips().size(), 1U);
}

TEST_F(DeskTest, AnUndoOfAFaderKeepsWhatIsMuted) {
    ask(pad, SetObjective{parse_objective("0.8*3b + 4c")});
    ask(pad, MuteStrip{"4c", -1, Switch::on});
    ask(pad, SetStrip{"3b", -1, 0.3F});
    desk.advance(1);
    ask(keys, Undo{});
    EXPECT_EQ(now().objective, parse_objective("0.8*inception_3b"));
    EXPECT_TRUE(desk.mixer().at("inception_4c").muted);
}

TEST_F(DeskTest, PresetsFadeStepAndAreUndone) {
    ask(pad, SetFadeTime{4});
    ask(pad, LoadPreset{"bold", std::nullopt});
    EXPECT_EQ(desk.preset(), "bold");
    desk.advance(1);
    EXPECT_NEAR(now().strength, 1 + 0.25 * 2, 1e-5);
    EXPECT_TRUE(now().flow) << "switched at the end";
    ask(keys, Undo{});
    desk.advance(10);
    EXPECT_EQ(now(), Params()) << "what was on its way has stopped";
    ask(keys, StepPreset{1});
    EXPECT_EQ(desk.preset(), "calm");
    ask(keys, StepPreset{1});
    EXPECT_EQ(desk.preset(), "bold");
    ask(keys, StepPreset{-1});
    EXPECT_EQ(desk.preset(), "calm");
    desk.advance(4);
    EXPECT_EQ(now().strength, 1.5F);
    EXPECT_EQ(to_text(now().objective), "4c");
}

TEST_F(DeskTest, AResultsLookIsFadedToAndUndone) {
    ask(pad, SetFadeTime{2});
    ask(pad, LoadPreset{"bold", 0.0});
    const Params before = now();
    Params look;
    look.strength = 1;
    look.seed = 77;
    look.objective = parse_objective("inception_4c:17 - 0.5*3a");
    ask(overlay, TakeUpLook{"dream.mp4", look, false, {}});
    EXPECT_EQ(said(), "the look of dream.mp4\n");
    desk.advance(0.5);
    EXPECT_NEAR(now().strength, before.strength + 0.25 * (look.strength - before.strength), 1e-5);
    desk.advance(2);
    EXPECT_EQ(now(), look);
    EXPECT_EQ(desk.preset(), "");
    ask(keys, Undo{});
    EXPECT_EQ(now(), before);
}

TEST_F(DeskTest, TheCrossfadeIsPlayedByHandAndByItself) {
    ask(pad, SetCrossfadeEnds{"bold", "calm"});
    EXPECT_EQ(now().strength, 3);
    for (const float x : {0.25F, 0.5F}) ask(pad, MoveCrossfade{x});
    EXPECT_NEAR(now().strength, 2.25, 1e-5);
    desk.advance(1);
    ask(pad, RunCrossfade{1, 2.0});
    desk.advance(0.5);
    EXPECT_NEAR(desk.crossfade().position, 0.75, 1e-5);
    desk.advance(5);
    EXPECT_EQ(now().strength, 1.5F);
    ask(keys, Undo{});
    EXPECT_NEAR(now().strength, 2.25, 1e-5);
    ask(keys, Undo{});
    EXPECT_EQ(now().strength, 3);
    ask(keys, Undo{});
    EXPECT_EQ(now().strength, 1);
}

TEST_F(DeskTest, AfterAChangeOfNetworkAllSpeakItsWords) {
    ask(pad, SetObjective{parse_objective("3a")});
    ask(pad, SetCrossfadeEnds{"calm", "bold"});
    ask(pad, SetObjective{parse_objective("4d")});
    desk.change_network([](const Objective& o) {
        Objective mapped = o;
        for (Term& term : mapped.terms) term.layer = "mixed_" + term.layer;
        return mapped;
    });
    EXPECT_EQ(to_text(now().objective), "mixed_4d");
    ask(pad, MoveCrossfade{0});
    EXPECT_EQ(to_text(now().objective), "mixed_4c");
    ask(keys, Undo{});
    ask(keys, Undo{});
    ask(keys, Undo{});
    EXPECT_EQ(to_text(now().objective), "mixed_3a");
}

TEST_F(DeskTest, ListenersHearWhatHasChangedAndByWhom) {
    std::vector<std::string> heard;
    DeskClient lamps = desk.join("lamps", [&](const DeskChange& change) {
        std::string line = change.client.empty() ? "-" : std::string(change.client);
        for (const std::string_view key : change.params) line += " " + std::string(key);
        if (change.strips) line += " strips";
        if (change.preset) line += " preset";
        if (change.crossfade) line += " crossfade";
        heard.push_back(line);
    });
    ask(pad, SetParam{"zoom", 2});
    ask(keys, MuteStrip{"4d", -1, Switch::on});
    ask(overlay, LoadPreset{"bold", 1.0});
    desk.advance(0.5);
    desk.advance(0.5);
    desk.advance(0.5);  // nothing is fading
    ask(lamps, Freeze{});
    const std::vector<std::string> expected{"pad zoom",        "keyboard objective strips",
                                            "overlay preset",  "- strength",
                                            "- strength flow", "lamps"};
    EXPECT_EQ(heard, expected);
    lamps = DeskClient();
    ask(pad, SetParam{"zoom", 3});
    EXPECT_EQ(heard.size(), expected.size());
}

TEST_F(DeskTest, WhoLeavesWhileOthersAreToldHearsNothingMore) {
    int heard = 0;
    std::optional<DeskClient> second;
    DeskClient first = desk.join("first", [&](const DeskChange&) { second.reset(); });
    second = desk.join("second", [&](const DeskChange&) { ++heard; });
    ask(pad, SetParam{"zoom", 2});
    ask(pad, SetParam{"zoom", 3});
    EXPECT_EQ(heard, 0);
}

TEST_F(DeskTest, SwitchesAndHandlers) {
    std::vector<std::string> opened;
    desk.handle<OpenSource>([&](const OpenSource& r) { opened.push_back(r.spec); });
    pad.ask({Freeze{}, SetPanic{Panic::black}, OpenSource{"a"}, OpenSource{"b"}});
    desk.apply();
    EXPECT_TRUE(desk.frozen());
    EXPECT_EQ(desk.panic(), Panic::black);
    EXPECT_EQ(opened, (std::vector<std::string>{"a", "b"}));
    pad.ask({Freeze{Switch::on}, SetPanic{.to = Panic::source, .toggle = true}});
    desk.apply();
    EXPECT_TRUE(desk.frozen());
    EXPECT_EQ(desk.panic(), Panic::source);
    pad.ask({Freeze{}, SetPanic{.to = Panic::source, .toggle = true}});
    desk.apply();
    EXPECT_FALSE(desk.frozen());
    EXPECT_EQ(desk.panic(), Panic::off);
}

TEST_F(DeskTest, ManyHandsAskAtOnce) {
    constexpr int kEach = 2000;
    int64_t sum = 0;
    desk.handle<SeekSource>([&](const SeekSource& r) { sum += static_cast<int64_t>(r.seconds); });
    std::vector<std::thread> hands;
    for (DeskClient* client : {&overlay, &keys, &pad}) {
        hands.emplace_back([client] {
            for (int i = 1; i <= kEach; ++i) client->ask(SeekSource{static_cast<double>(i)});
        });
    }
    for (int i = 0; i < 100; ++i) desk.apply();
    for (std::thread& hand : hands) hand.join();
    desk.apply();
    EXPECT_EQ(sum, 3LL * kEach * (kEach + 1) / 2);
}

}  // namespace
}  // namespace reverie::desk_test
