// Starred channels: as they are kept, and as the desk plays them.
#include "src/control/stars.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "src/control/desk.h"
#include "src/control/osc/osc_requests.h"
#include "src/control/toml_params.h"
#include "src/util/error.h"
#include "src/util/text_file.h"

namespace reverie::stars_test {
namespace {

const Stars kBank{{"inception_4e", 416}, {"inception_4c", 7}, {"inception_4b", 0}};

TEST(Stars, AreReadAsTheyAreWritten) {
    EXPECT_EQ(parse_stars(to_toml(kBank), "stars.toml"), kBank);
    EXPECT_EQ(parse_stars(to_toml(Stars()), "stars.toml"), Stars());
    EXPECT_EQ(parse_stars("", "stars.toml"), Stars());
    EXPECT_EQ(parse_stars("stars = [\"a:1\", \"b:2\", \"a:1\"]", "stars.toml").size(), 2U);
}

TEST(Stars, ComplainWithFileAndLine) {
    for (const auto& [text, complaint] : std::vector<std::pair<std::string, std::string>>{
             {"stars = [\n\"inception_4c\"]", "s.toml:2: 'inception_4c' is no channel"},
             {"stars = [3]", "s.toml:1: '' is no channel"},
             {"stars = [\"a:1 + b:2\"]", "s.toml:1: 'a:1 + b:2' is no channel"},
             {"star = []", "s.toml:1: there is one list in it"},
             {"stars = \"a:1\"", "s.toml:1: there is one list in it"},
             {"stars = [", "s.toml:1: "}}) {
        try {
            parse_stars(text, "s.toml");
            ADD_FAILURE() << text;
        } catch (const Error& error) {
            EXPECT_EQ(std::string(error.what()).rfind(complaint, 0), 0U) << error.what();
        }
    }
}

TEST(Stars, ThatComeWithTheNetworkFillAPad) {
    const std::string file = REVERIE_ROOT "/weights/googlenet.bank.toml";
    EXPECT_EQ(parse_stars(read_text_file(file), file).size(), 64U) << "each of them once";
}

class DeskStars : public ::testing::Test {
  protected:
    DeskStars() { std::filesystem::create_directories(file_.parent_path()); }
    ~DeskStars() override { std::filesystem::remove_all(file_.parent_path()); }

    std::filesystem::path file_ = std::filesystem::temp_directory_path() /
                                  ("reverie_stars_" + std::to_string(::getpid())) / "stars.toml";
    Notices notices_;
};

TEST_F(DeskStars, AreKeptOnceTheyChange) {
    Desk desk(Params(), notices_);
    desk.open_stars(file_, kBank);
    EXPECT_EQ(desk.stars(), kBank);
    EXPECT_FALSE(std::filesystem::exists(file_));
    desk.perform(request::StarChannel{{"inception_4c", 7}, Switch::toggle});
    desk.perform(request::StarChannel{{"inception_3b", 5}, Switch::toggle});
    desk.perform(request::StarChannel{{"inception_3b", 5}, Switch::on});
    const Stars changed{{"inception_4e", 416}, {"inception_4b", 0}, {"inception_3b", 5}};
    EXPECT_EQ(desk.stars(), changed);
    Desk later(Params(), notices_);
    later.open_stars(file_, kBank);
    EXPECT_EQ(later.stars(), changed);
}

TEST_F(DeskStars, AreLeftAloneInAFileThatIsWrong) {
    std::ofstream(file_) << "stars = 5";
    Desk desk(Params(), notices_);
    desk.open_stars(file_, kBank);
    EXPECT_EQ(notices_.take().size(), 1U);
    desk.perform(request::StarChannel{{"inception_4c", 7}, Switch::off});
    EXPECT_EQ(desk.stars().size(), 2U);
    EXPECT_EQ(read_text_file(file_), "stars = 5");
}

TEST_F(DeskStars, ArePlayedByNumber) {
    DeskWorld world;
    world.from_portable = [](Objective objective) {  // each channel is another one here
        for (Term& term : objective.terms) ++term.channel;
        return objective;
    };
    Desk desk(Params(), notices_, std::move(world));
    desk.open_stars("", kBank);
    const OscAsked asked = osc_request({"/reverie/star/2", {0.75}});
    ASSERT_TRUE(asked.request);
    desk.perform(*asked.request);
    EXPECT_EQ(desk.mixer().at("inception_4c", 8).weight, 0.75F);
    EXPECT_EQ(osc_value(desk, "/reverie/star/2"), std::vector<OscArgument>{0.75});
    EXPECT_EQ(osc_value(desk, "/reverie/star/64"), std::vector<OscArgument>{0.0});
    EXPECT_THROW(osc_request({"/reverie/star/0", {1.0}}), Error);
    EXPECT_THROW(desk.perform(request::SetStar{4, 1}), Error) << "there are three";
}

}  // namespace
}  // namespace reverie::stars_test
