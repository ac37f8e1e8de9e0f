// A score at the desk: played while the show is live, recorded by hands, undone, saved.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "src/control/desk.h"
#include "src/control/modulation_edit.h"
#include "src/control/preset_library.h"
#include "src/util/error.h"

namespace reverie {
namespace {

class DeskScore : public ::testing::Test {
  protected:
    DeskWorld world() {
        DeskWorld world;
        world.now_s = [this] { return now_s_; };
        world.load = [](const std::string&) {
            return parse_preset("[params]\nstrength = 3\noctaves = 5\n", "p.toml");
        };
        world.load_score = [](const std::string& name) {
            if (name == "odd")
                return read_timeline("[[keyframe]]\nat = 0\nstep = 2\nglow = 3\n", "odd.toml");
            return read_timeline(
                "length = 10\n[[keyframe]]\nat = 0\nstrength = 0\n[[keyframe]]\nat = 10\n"
                "strength = 4\n[[modulation]]\ntarget = \"zoom\"\nsource = \"level\"\n",
                name + ".toml");
        };
        return world;
    }
    void ask(Request request) {
        hand_.ask(std::move(request));
        desk_.apply();
    }
    void pass(double seconds, double step_s = 1.0 / 64) {
        for (double gone = 0; gone < seconds - 1e-9; gone += step_s) {
            now_s_ += step_s;
            desk_.apply();
            desk_.advance(step_s);
        }
    }
    float strength() const { return desk_.params().strength; }
    const Timeline& timeline() const { return *desk_.score().timeline(); }
    std::string said() {
        std::string text;
        for (const Notice& notice : notices_.take()) text += notice.text + "\n";
        return text;
    }

    double now_s_ = 100;
    Notices notices_;
    Desk desk_{Params(), notices_, world()};
    DeskClient hand_ = desk_.join("hand");
};

TEST_F(DeskScore, MovesItsParametersAndNoOthersWhileItPlays) {
    ask(request::OpenScore{"rise"});
    ask(request::PlayScore{Switch::on});
    const float chroma = desk_.params().chroma;
    for (int i = 1; i <= 9; ++i) {
        pass(1);
        EXPECT_NEAR(strength(), 0.4 * i, 1e-3);
    }
    EXPECT_EQ(desk_.params().chroma, chroma);
    pass(2);
    EXPECT_FALSE(desk_.score().playing()) << "its end";
    EXPECT_EQ(strength(), 4);
    ask(request::SetParam{"strength", 1});
    pass(1);
    EXPECT_EQ(strength(), 1) << "it stands, and leaves the desk alone";
    ask(request::LoopScore{Switch::on});
    ask(request::PlayScore{Switch::on});
    pass(12.5);
    EXPECT_TRUE(desk_.score().playing());
    EXPECT_NEAR(strength(), 1, 1e-3) << "for the second time";
    EXPECT_EQ(said(), "");
}

TEST_F(DeskScore, WhatAHandTakesIsTheHandsUntilItIsGivenBack) {
    ask(request::OpenScore{"rise"});
    ask(request::PlayScore{Switch::on});
    pass(1);
    ask(request::SetParam{"strength", 2.5});
    pass(2);
    EXPECT_EQ(strength(), 2.5F);
    ask(request::GiveBack{"strength"});
    pass(1);
    EXPECT_NEAR(strength(), 0.4 * 4, 1e-3);
    // Also by a preset's fade, in all that it changes.
    ask(request::LoadPreset{"p", 1});
    pass(2);
    EXPECT_EQ(strength(), 3);
    EXPECT_EQ(desk_.params().octaves, 5);
    ask(request::SeekScore{5});
    pass(1.0 / 64);
    EXPECT_NEAR(strength(), 2, 0.02) << "another place gives all back";
}

TEST_F(DeskScore, RecordsAKeyframeWhereItIsOnTheGrid) {
    ask(request::SetParam{"strength", 2});
    ask(request::RecordKeyframe{"strength"});
    ask(request::SeekScore{7.31});
    ask(request::SetScoreSnap{ScoreSnap::second});
    ask(request::SetParam{"strength", 3});
    ask(request::RecordKeyframe{"strength"});
    pass(0.1);
    EXPECT_EQ(strength(), 3) << "what was set stands";
    ASSERT_EQ(timeline().points.size(), 2U);
    EXPECT_EQ(timeline().points[1].at, (ScoreTime{7, false}));
    EXPECT_EQ(std::get<double>(timeline().points[1].value), 3);
    // Without a tempo there is no beat to snap to; with one, keyframes stand where it is heard.
    ask(request::SetScoreSnap{ScoreSnap::beat});
    EXPECT_EQ(desk_.score_grid(), ScoreGrid());
    ask(request::EditScore{edit::Move{"strength", 7, 7.31}, ""});
    EXPECT_EQ(timeline().points[1].at.value, 7.31);
    desk_.perform(request::SetTempo{120});
    EXPECT_THROW(desk_.perform(request::SetTempo{999}), Error);
    EXPECT_THROW(desk_.perform(request::SetTempo{0}), Error);
    ask(request::PlayScore{Switch::on});
    pass(1);
    const double place_s = desk_.score().time_s();
    ask(request::EditScore{edit::Move{"strength", 7.31, 9.1}, ""});
    const double at_s = timeline().points[1].at.value;
    const double beat = *desk_.tempo().beat_at(now_s_ + at_s - place_s);
    EXPECT_NEAR(beat, std::round(beat), 1e-6);
    EXPECT_NEAR(at_s, 9.1, 0.25);
}

TEST_F(DeskScore, TheFirstKeyframeIsOfTheWholeLook) {
    ask(request::SetParam{"chroma", 1.25});
    ask(request::RecordKeyframe{});
    EXPECT_EQ(timeline().tracks(), (std::vector<std::string>{"objective", "chroma"}));
}

TEST_F(DeskScore, AHandThatIsRecordedComesBackAsItWas) {
    ask(request::EditScore{edit::SetLength{8}, ""});
    ask(request::SetParam{"strength", 1});
    ask(request::RecordKeyframe{"strength"});
    ask(request::RecordScore{Switch::on});
    ask(request::PlayScore{Switch::on});
    pass(2);
    std::vector<std::pair<double, double>> played;
    ask(request::Touch{"strength"});
    for (int i = 0; i < 128; ++i) {
        ask(request::SetParam{"strength", 2 + std::sin(0.05 * i)});
        pass(1.0 / 64);
        played.emplace_back(desk_.score().time_s(), strength());
    }
    ask(request::Release{"strength"});
    pass(3);
    ask(request::PlayScore{Switch::off});
    ask(request::RecordScore{Switch::off});
    EXPECT_LT(timeline().points.size(), 40U);
    EXPECT_GT(timeline().points.size(), 5U);
    const Score score = *timeline().score();
    for (const auto& [time_s, value] : played)
        EXPECT_NEAR(score.at(time_s, 8, {}).strength, value, 0.03) << time_s;
    EXPECT_NEAR(score.at(1.9, 8, {}).strength, 1, 1e-3) << "before, it was as before";
    const Timeline recorded = timeline();
    ask(request::Undo{});
    EXPECT_EQ(timeline().points.size(), 1U) << "one gesture is one step";
    ask(request::Redo{});
    EXPECT_EQ(timeline(), recorded);
}

TEST_F(DeskScore, EditsAreUndoneStepByStep) {
    std::vector<Timeline> states{timeline()};
    const auto step = [&](Request request) {
        ask(std::move(request));
        states.push_back(timeline());
    };
    step(request::RecordKeyframe{"strength"});
    step(request::EditScore{edit::Record{"chroma", 4, 2.0}, ""});
    step(request::EditScore{edit::SetEase{"", 4, Ease::hold}, ""});
    step(request::EditScore{edit::Move{"chroma", 4, 6}, ""});
    step(request::LoopScore{Switch::on});
    step(request::EditScore{edit::RemoveTrack{"strength"}, ""});
    step(request::OpenScore{""});
    EXPECT_TRUE(timeline().points.empty());
    for (size_t i = states.size() - 1; i-- > 0;) {
        ask(request::Undo{});
        EXPECT_EQ(timeline(), states[i]) << i;
    }
    EXPECT_EQ(said(), "");
    // A drag is one step.
    ask(request::EditScore{edit::Record{"chroma", 4, 2.0}, ""});
    const Timeline before = timeline();
    ask(request::Touch{"score/keyframe"});
    for (int i = 0; i < 20; ++i)
        ask(request::EditScore{edit::Move{"chroma", 4 + 0.1 * i, 4.1 + 0.1 * i}, "score/keyframe"});
    ask(request::Release{"score/keyframe"});
    EXPECT_NEAR(timeline().points[0].at.value, 6, 1e-9);
    ask(request::Undo{});
    EXPECT_EQ(timeline(), before);
    ask(request::EditScore{edit::Remove{"chroma", 17}, ""});
    EXPECT_NE(said().find("chroma has no keyframe at 17"), std::string::npos);
    EXPECT_EQ(timeline(), before);
}

TEST_F(DeskScore, KeysOfAnotherVersionAreSaidAndKept) {
    ask(request::OpenScore{"odd"});
    EXPECT_NE(said().find("this version has no glow: kept, and quiet"), std::string::npos);
    ask(request::PlayScore{Switch::on});
    pass(0.1);
    EXPECT_EQ(desk_.params().step, 2);
}

TEST_F(DeskScore, WhatItMovesBesideItselfComesAndGoesWithIt) {
    ask(request::SetRoute{0, new_route("chroma", "beat", false), ""});
    ask(request::OpenScore{"rise"});
    ASSERT_EQ(desk_.modulation().routes.size(), 2U);
    ask(request::OpenScore{"odd"});
    ASSERT_EQ(desk_.modulation().routes.size(), 1U);
    EXPECT_EQ(desk_.modulation().routes[0].target, "chroma");
}

TEST_F(DeskScore, IsSavedAndReadBackToTheSameValues) {
    const std::filesystem::path home =
        std::filesystem::temp_directory_path() / "reverie_desk_score_saved";
    std::filesystem::remove_all(home);
    ::setenv("XDG_CONFIG_HOME", home.c_str(), 1);
    ask(request::OpenScore{"rise"});
    ask(request::EditScore{edit::Record{"chroma", 3.25, 0.7}, ""});
    ask(request::EditScore{edit::SetEase{"strength", 0, Ease::smooth}, ""});
    EXPECT_TRUE(desk_.score_changed());
    ask(request::SaveScore{"mine", false});
    EXPECT_FALSE(desk_.score_changed());
    EXPECT_EQ(said(), "the score mine is saved\n");
    const Score saved = load_score("mine");
    EXPECT_EQ(saved.modulation.routes.size(), 1U);
    ask(request::PlayScore{Switch::on});
    for (int i = 0; i < 30; ++i) {
        pass(0.25);
        EXPECT_EQ(desk_.params(), saved.at(desk_.score().time_s(), 99, Params()));
    }
    ask(request::SaveScore{"mine", false});
    EXPECT_NE(said().find("there is a score mine already"), std::string::npos);
    ask(request::SaveScore{"../mine", false});
    EXPECT_NE(said().find("cannot name a score"), std::string::npos);
    // A folder that cannot be written to, whoever asks: a file stands in its place.
    std::filesystem::remove_all(home);
    std::ofstream(home) << "no folder";
    ask(request::EditScore{edit::Record{"chroma", 5, 0.9}, ""});
    const Timeline edited = timeline();
    ask(request::SaveScore{"other", false});
    EXPECT_NE(said().find("cannot write " + home.string()), std::string::npos);
    EXPECT_TRUE(desk_.score_changed());
    EXPECT_EQ(timeline(), edited) << "nothing is lost";
    std::filesystem::remove_all(home);
    ::unsetenv("XDG_CONFIG_HOME");
}

}  // namespace
}  // namespace reverie
