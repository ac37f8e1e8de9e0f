// Hot cues: as they are kept, and as the desk plays them.
#include "src/control/cues.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "src/control/desk.h"
#include "src/control/osc/osc_requests.h"
#include "src/control/toml_params.h"
#include "src/util/error.h"
#include "src/util/text_file.h"

namespace reverie {
namespace {

TEST(Cues, AreReadAsTheyAreWritten) {
    Cues cues;
    cues[0] = {"fur", 0.25, Quantise::bar};
    cues[4] = {"night \"two\"", std::nullopt, Quantise::off};
    cues[8] = {"", 12, std::nullopt};
    EXPECT_EQ(parse_cues(to_toml(cues), "cues.toml"), cues);
    EXPECT_EQ(parse_cues(to_toml(Cues()), "cues.toml"), Cues());
    EXPECT_EQ(parse_cues("", "cues.toml"), Cues());
}

TEST(Cues, ComplainWithFileAndLine) {
    const struct {
        const char *text, *complaint;
    } cases[] = {
        {"[[cue]]\nnumber = 10", "c.toml:1: a cue has a number from 1 to 9"},
        {"[[cue]]\npreset = \"fur\"", "c.toml:1: a cue has a number"},
        {"[[cue]]\nnumber = 1\nfade = -1", "c.toml:3: fade takes 0 to 3600"},
        {"[[cue]]\nnumber = 1\nfade = nan", "c.toml:3: fade takes 0 to 3600"},
        {"[[cue]]\nnumber = 1\nwait = \"bars\"", "c.toml:3: wait 'bars' is none of off, beat"},
        {"[[cue]]\nnumber = 1\npresett = \"fur\"", "c.toml:3: unknown key 'presett'"},
        {"[cue]\nnumber = 1", "c.toml:1: cues are tables; write [[cue]]"},
        {"[[cue]]\nnumber = ", "c.toml:2: "},
    };
    for (const auto& c : cases) {
        try {
            parse_cues(c.text, "c.toml");
            ADD_FAILURE() << c.text;
        } catch (const Error& error) {
            EXPECT_EQ(std::string(error.what()).rfind(c.complaint, 0), 0U) << error.what();
        }
    }
}

class DeskCues : public ::testing::Test {
  protected:
    ~DeskCues() override { std::filesystem::remove_all(file_.parent_path()); }

    DeskWorld world() {
        DeskWorld world;
        world.load = [](const std::string& name) {
            return parse_preset(
                name == "loud" ? "[params]\nstrength = 3\n" : "[params]\nstrength = 2\n",
                name + ".toml");
        };
        world.names = [] { return std::vector<std::string>{"calm", "loud"}; };
        world.now_s = [this] { return now_s_; };
        return world;
    }
    void play(int number) {
        hand_.ask(request::PlayCue{number});
        desk_.apply();
    }
    std::string said() {
        std::string text;
        for (const Notice& notice : notices_.take()) text += notice.text + "\n";
        return text;
    }

    double now_s_ = 0;
    Notices notices_;
    Desk desk_{Params(), notices_, world()};
    DeskClient hand_ = desk_.join("hand");
    const std::filesystem::path file_ = std::filesystem::temp_directory_path() /
                                        ("reverie_cues_" + std::to_string(::getpid())) /
                                        "cues.toml";
};

TEST_F(DeskCues, WithoutAPresetOfItsOwnACueHasTheOneOfItsNumber) {
    desk_.perform(request::SetFadeTime{0});
    play(2);
    EXPECT_EQ(desk_.preset(), "loud");
    play(3);
    EXPECT_NE(said().find("no preset lies under cue 3"), std::string::npos);
    play(10);
    EXPECT_NE(said().find("there is no cue 10; there are 1 to 9"), std::string::npos);
    EXPECT_EQ(desk_.preset(), "loud");
}

TEST_F(DeskCues, EachFadesAndWaitsAsItSays) {
    desk_.perform(request::SetCue{5, {"loud", 4, Quantise::bar}});
    desk_.perform(request::SetCue{6, {"calm", 0, Quantise::off}});
    desk_.tempo().follow(TempoSource::ear, 120, 0, 0);  // bars at 0, 2, 4, …
    now_s_ = 0.5;
    play(5);
    EXPECT_EQ(desk_.waiting(), 1U);
    now_s_ = 1.99;
    desk_.apply();
    EXPECT_EQ(desk_.preset(), "");
    now_s_ = 2.01;
    desk_.apply();
    EXPECT_EQ(desk_.preset(), "loud");
    desk_.advance(1);
    EXPECT_NEAR(desk_.params().strength, 1.5, 1e-5) << "a quarter of the way from 1 to 3";
    // All others wait for four bars; this one does not.
    desk_.perform(request::SetQuantise{Quantise::four_bars});
    play(6);
    EXPECT_EQ(desk_.params().strength, 2);
    play(1);  // it says nothing
    EXPECT_EQ(desk_.waiting(), 1U);
    hand_.ask(request::Undo{});
    desk_.apply();
    EXPECT_NEAR(desk_.params().strength, 1.5, 1e-5) << "of one step";
}

TEST_F(DeskCues, AreKeptAndReadAgain) {
    desk_.open_cues(file_);
    EXPECT_EQ(said(), "");
    desk_.perform(request::SetCue{2, {"calm", 1.5, std::nullopt}});
    Desk again(Params(), notices_, world());
    again.open_cues(file_);
    EXPECT_EQ(again.cues(), desk_.cues());
    EXPECT_EQ(again.cues()[1].preset, "calm");
}

TEST_F(DeskCues, AFileThatIsWrongIsLeftAsItIs) {
    std::filesystem::create_directories(file_.parent_path());
    const std::string wrong = "[[cue]]\nnumber = 1\npreset = 7\n";
    std::ofstream(file_) << wrong;
    desk_.open_cues(file_);
    EXPECT_NE(said().find("cues.toml:3"), std::string::npos);
    desk_.perform(request::SetCue{1, {"calm", 1, std::nullopt}});
    EXPECT_EQ(read_text_file(file_), wrong);
}

TEST(CuesByOsc, AreNumbers) {
    const auto play = osc_request({"/reverie/cue", {4.0}});
    EXPECT_EQ(play.request->as<request::PlayCue>()->number, 4);
    for (const double number : {0.0, 10.0, 1.5})
        EXPECT_THROW(osc_request({"/reverie/cue", {number}}), Error) << number;
    EXPECT_THROW(osc_request({"/reverie/cue", {}}), Error);
    const auto amount = osc_request({"/reverie/modulation/2", {-0.75}});
    EXPECT_EQ(amount.request->as<request::SetRouteAmount>()->number, 1);
    EXPECT_EQ(amount.request->as<request::SetRouteAmount>()->amount, -0.75);
    for (const char* path :
         {"/reverie/modulation/0", "/reverie/modulation/", "/reverie/modulation/x"})
        EXPECT_THROW(osc_request({path, {1.0}}), Error) << path;
}

}  // namespace
}  // namespace reverie
