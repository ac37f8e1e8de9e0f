// Changes at the desk that wait for the beat, taps, and the modulation of presets.
#include <gtest/gtest.h>

#include "src/control/desk.h"

namespace reverie {
namespace {

class DeskTempo : public ::testing::Test {
  protected:
    static Preset preset(const std::string& name) {
        if (name == "pulse")
            return parse_preset(
                "[params]\nstep = 3\n[[modulation]]\ntarget = \"strength\"\nsource = \"beat\"\n",
                "pulse.toml");
        if (name == "odd")
            return parse_preset("[[modulation]]\ntarget = \"strength\"\nsource = \"theremin\"\n",
                                "odd.toml");
        return parse_preset("[params]\nstep = 4\n", "plain.toml");
    }
    DeskWorld world() {
        DeskWorld world;
        world.load = preset;
        world.names = [] { return std::vector<std::string>{"plain", "pulse"}; };
        world.now_s = [this] { return now_s_; };
        world.late_s = [] { return 0.1; };
        return world;
    }

    double now_s_ = 0;
    Notices notices_;
    Desk desk_{Params(), notices_, world()};
    DeskClient hand_ = desk_.join("hand");
};

TEST_F(DeskTempo, ChangesWaitForTheirBarAndAreBegunBeforeIt) {
    desk_.tempo().follow(TempoSource::ear, 120, 0, 0);  // bars at 0, 2, 4, …
    hand_.ask(request::SetQuantise{Quantise::bar});
    now_s_ = 0.3;
    hand_.ask(request::LoadPreset{"plain", 0});
    hand_.ask(request::SetParam{"chroma", 2});
    desk_.apply();
    EXPECT_EQ(desk_.params().chroma, 2);  // a fader does not wait
    EXPECT_EQ(desk_.waiting(), 1U);
    now_s_ = 1.89;
    desk_.apply();
    EXPECT_EQ(desk_.preset(), "");
    now_s_ = 1.91;  // a change shows a tenth of a second later
    desk_.apply();
    EXPECT_EQ(desk_.preset(), "plain");
    EXPECT_EQ(desk_.params().step, 4);
    EXPECT_EQ(desk_.waiting(), 0U);
    // Too late for this bar: the next one.
    now_s_ = 3.95;
    hand_.ask(request::LoadPreset{"pulse", 0});
    desk_.apply();
    now_s_ = 5.85;
    desk_.apply();
    EXPECT_EQ(desk_.preset(), "plain");
    now_s_ = 5.95;
    desk_.apply();
    EXPECT_EQ(desk_.preset(), "pulse");
}

TEST_F(DeskTempo, WithoutATempoNothingWaits) {
    hand_.ask(request::SetQuantise{Quantise::four_bars});
    hand_.ask(request::LoadPreset{"plain", 0});
    desk_.apply();
    EXPECT_EQ(desk_.preset(), "plain");
}

TEST_F(DeskTempo, ATapCountsWhenItWasMade) {
    for (int i = 0; i < 4; ++i) {
        now_s_ = 5 + i * 0.6;
        hand_.ask(request::Tap{});
        now_s_ += 0.05 * (i % 2);  // sometimes the desk looks a little later
        desk_.apply();
    }
    EXPECT_NEAR(desk_.tempo().bpm(), 100, 1e-6);
    EXPECT_NEAR(*desk_.tempo().beat_at(5), 0, 1e-6);
    hand_.ask(request::SetTempo{999});
    desk_.apply();
    EXPECT_NEAR(desk_.tempo().bpm(), 100, 1e-6);
    const std::vector<Notice> said = notices_.take();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_NE(said[0].text.find("999 is no tempo"), std::string::npos);
}

TEST_F(DeskTempo, WhatMovesComesAndGoesWithThePreset) {
    desk_.perform(request::LoadPreset{"pulse", 0});
    ASSERT_EQ(desk_.modulation().routes.size(), 1U);
    EXPECT_EQ(desk_.modulation().routes[0].amount, 1);
    desk_.perform(request::LoadPreset{"plain", 2});
    desk_.advance(0.5);
    ASSERT_EQ(desk_.modulation().routes.size(), 1U);
    EXPECT_NEAR(desk_.modulation().routes[0].amount, 0.75, 1e-9);
    desk_.advance(2);
    EXPECT_TRUE(desk_.modulation().routes.empty());
    desk_.perform(request::LoadPreset{"odd", 2});  // said at once, however slowly it comes
    desk_.advance(2);
    ASSERT_EQ(desk_.modulation().routes.size(), 1U);  // kept
    const std::vector<Notice> said = notices_.take();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_NE(said[0].text.find("theremin"), std::string::npos);
}

TEST_F(DeskTempo, UndoOfAPresetBringsBackWhatMovedBefore) {
    const auto moves = [&] {
        std::vector<std::string> sources;
        for (const ModulationRoute& route : desk_.modulation().routes)
            sources.push_back(route.source);
        return sources;
    };
    const auto play = [&](const Request& request) {
        hand_.ask(request);
        desk_.apply();
        desk_.advance(1);
    };
    play(request::LoadPreset{"pulse", 0});
    play(request::SetParam{"chroma", 2});
    play(request::LoadPreset{"plain", 0.5});
    EXPECT_TRUE(moves().empty());
    EXPECT_EQ(desk_.params().step, 4);
    play(request::Undo{});
    EXPECT_EQ(moves(), std::vector<std::string>{"beat"});
    EXPECT_EQ(desk_.params().step, 3);
    play(request::Redo{});
    EXPECT_TRUE(moves().empty());
    play(request::Undo{});
    play(request::Undo{});  // of a knob: what moves stays
    EXPECT_EQ(moves(), std::vector<std::string>{"beat"});
    play(request::Undo{});
    EXPECT_TRUE(moves().empty());
    // A preset that changes nothing but what moves is a step, too.
    play(request::LoadPreset{"odd", 0});
    play(request::Undo{});
    EXPECT_TRUE(moves().empty());
    // In the middle of a fade.
    play(request::LoadPreset{"pulse", 0});
    hand_.ask(request::LoadPreset{"plain", 4});
    desk_.apply();
    desk_.advance(1);
    play(request::Undo{});
    desk_.advance(10);
    EXPECT_EQ(moves(), std::vector<std::string>{"beat"});
    EXPECT_EQ(desk_.modulation().routes[0].amount, 1);
}

TEST_F(DeskTempo, UndoOfACrossfadeBringsBackWhatMovedBefore) {
    desk_.perform(request::LoadPreset{"pulse", 0});
    hand_.ask(request::SetCrossfadeEnds{"odd", "plain"});
    desk_.apply();
    EXPECT_EQ(desk_.modulation().routes[0].source, "theremin");
    hand_.ask(request::Undo{});
    desk_.apply();
    ASSERT_EQ(desk_.modulation().routes.size(), 1U);
    EXPECT_EQ(desk_.modulation().routes[0].source, "beat");
}

}  // namespace
}  // namespace reverie
