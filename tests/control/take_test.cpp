// Takes as text: what is written is read back as the same, what was cut off is read until there,
// and what is no take, or a damaged one, is said in one line.
#include "src/control/take.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "src/control/modulation_file.h"
#include "src/control/take_reader.h"
#include "src/control/toml_params.h"
#include "tests/support/error_of.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

TakeHead some_head() {
    return {.version = "0.1",
            .network = "embedded",
            .weights = std::string(64, 'a'),
            .precision = "bf16",
            .device = "a \"device\"",
            .memory_mb = 300,
            .sound = "",
            .dry = "set.source.mkv"};
}

TakePicture some_picture(int64_t number) {
    TakePicture picture;
    picture.number = number;
    picture.time_s = 1.0 / 3 + static_cast<double>(number) / 30;
    if (number == 0) {
        picture.size = {97, 55};
        picture.dream_size = {64, 36};
    }
    picture.frame = TakeFrame{0, 2, 0.1, 13 + number, 5 + number};
    return picture;
}

/// Every value of it differs from what it is by itself.
TakePicture full_picture() {
    TakePicture picture = some_picture(0);
    picture.set = {{"strength", "0.1"}, {"objective", "0.5*inception_3b:17"}};
    picture.modulation = read_modulation(
        parse_toml("[[modulation]]\ntarget = \"step\"\nsource = \"beat\"\namount = 0.1\n", "m"),
        "m");
    picture.brush =
        BrushChange{0, true, {{{{0.1F, 1.0F / 3}, {-0.2F, 1}}, 0.07F, 0.4F, true}, {{{0, 0}}}}};
    Heard heard;
    heard.sound = {0.1F, 0.2F, 0.3F, 0.4F, 0.5F, 0, 0};
    heard.beat = 17.0 / 3;
    picture.heard = {{0.12, heard}, {0.13, {}}};
    picture.seen = Seen{0.7F, 1, {{{"inception_4c", 17, 1}, 0.3F}}};
    picture.panic = Panic::hold;
    picture.frozen = true;
    return picture;
}

/// The second stroke goes on.
TakePicture painted_picture(int64_t number) {
    TakePicture picture = some_picture(number);
    picture.brush = BrushChange{1, true, {{{{0, 0}, {0.5F, 0.5F}}}}};
    return picture;
}

TEST(TakeLine, IsReadBackAsTheSame) {
    const TakeBegin begin{{2, 1.3F, 0.04, 1.1}, {1, 4, 0.7071F}};
    const TakeDreamed dreamed{true, 3, 112.5,
                              DreamedInstead{{{{"conv2", 3, 0.1F}}}, 2, 1.4F, 0.5F}};
    const std::vector<TakeEvent> events{
        some_head(),
        TakeSource{1, "a b.mp4", {320, 180}, {30000, 1001}, {1, 90000}, true, "red"},
        begin,
        dreamed,
        TakeReset{},
        TakeNetwork{"other", "ff"},
        TakeAsked{"osc", "panic", {"step", "seed"}},
        full_picture(),
        TakeEnd{1800}};
    for (const TakeEvent& event : events) {
        const std::string line = take_line(event);
        EXPECT_EQ(line.find('\n'), std::string::npos);
        const TakeEvent back = parse_take_line(line);
        EXPECT_EQ(back.index(), event.index()) << line;
        EXPECT_EQ(take_line(back), line);
    }
    const auto picture = std::get<TakePicture>(parse_take_line(take_line(full_picture())));
    const TakePicture want = full_picture();
    EXPECT_EQ(picture.time_s, want.time_s);
    EXPECT_EQ(picture.set, want.set);
    EXPECT_EQ(picture.frame, want.frame);
    ASSERT_EQ(picture.heard.size(), 2U);
    EXPECT_EQ(picture.heard[0].heard.sound, want.heard[0].heard.sound);
    EXPECT_EQ(picture.heard[0].heard.beat, want.heard[0].heard.beat);
    EXPECT_EQ(picture.heard[1].heard.beat, std::nullopt);
    EXPECT_EQ(picture.seen->layers, want.seen->layers);
    EXPECT_EQ(picture.panic, want.panic);
    ASSERT_EQ(picture.modulation->routes.size(), 1U);
    EXPECT_EQ(picture.modulation->routes[0].amount, 0.1);
    EXPECT_EQ(picture.brush, want.brush);
    TakePicture still = full_picture();
    still.modulation = Modulation();
    const auto stands = std::get<TakePicture>(parse_take_line(take_line(still)));
    ASSERT_TRUE(stands.modulation.has_value()) << "nothing moves from here on";
    EXPECT_TRUE(stands.modulation->routes.empty());
    const auto back = std::get<TakeDreamed>(parse_take_line(take_line(dreamed)));
    EXPECT_EQ(back.instead->objective, dreamed.instead->objective);
    EXPECT_EQ(back.instead->octave_ratio, 1.4F);
}

class TakeFile : public testing::Test {
  protected:
    ~TakeFile() override { fs::remove(path); }
    std::string problem(const std::string& text) {
        std::ofstream(path, std::ios::trunc) << text;
        return test::error_of([&] { read_take(path); });
    }
    static std::string whole() {
        std::string text;
        for (const TakeEvent& event : std::vector<TakeEvent>{
                 some_head(), TakeSource{0, "pattern:ink", {97, 55}, {}, {1, 25}, false, ""},
                 full_picture(), TakeBegin{{2, 1, 0.04, 1}, {0, 2, 1}}, painted_picture(1),
                 TakeDreamed{true, 1, 7, std::nullopt}, some_picture(2), TakeEnd{3}})
            text += take_line(event) + "\n";
        return text;
    }

    const std::string path =
        (fs::temp_directory_path() / ("reverie_take_" + std::to_string(::getpid()) + ".take"))
            .string();
};

TEST_F(TakeFile, SaysAllOfEachPicture) {
    EXPECT_EQ(problem(whole()), "");
    const Take take = read_take(path);
    EXPECT_TRUE(take.complete);
    ASSERT_EQ(take.pictures.size(), 3U);
    EXPECT_EQ(take.pictures[2].params.strength, 0.1F) << "as set two pictures before";
    EXPECT_EQ(take.pictures[2].panic, Panic::hold);
    EXPECT_EQ(take.pictures[2].dream_size, (Size{64, 36}));
    EXPECT_FALSE(take.pictures[2].modulation) << "only where it changes";
    EXPECT_EQ(take.pictures[0].brush->strokes.at(1).path.size(), 1U);
    const BrushMask& painted = *take.pictures[2].brush;
    EXPECT_TRUE(painted.filled);
    ASSERT_EQ(painted.strokes.size(), 2U) << "as painted until the picture before";
    EXPECT_EQ(painted.strokes[0], full_picture().brush->strokes[0]);
    EXPECT_EQ(painted.strokes[1].path.size(), 2U);
    ASSERT_EQ(take.pictures[1].before.size(), 1U);
    EXPECT_TRUE(std::get<TakenDream>(take.pictures[1].before[0]).result.taken)
        << "what became of it is known as it begins";
    EXPECT_NEAR(take.duration_s(), 2.0 / 30, 1e-9);
}

TEST_F(TakeFile, ThatWasCutOffIsReadUntilThere) {
    const std::string text = whole();
    const size_t two = text.find("{\"picture\":2");
    for (const size_t length : {text.find("{\"end\""), two + 7, two - 3}) {
        EXPECT_EQ(problem(text.substr(0, length)), "");
        const Take take = read_take(path);
        EXPECT_FALSE(take.complete);
        EXPECT_EQ(take.pictures.size(), length > two + 7 ? 3U : 2U);
    }
    EXPECT_NE(problem(text.substr(0, text.find("{\"picture\""))).find("holds no picture"),
              std::string::npos);
}

TEST_F(TakeFile, ThatIsDamagedOrNoneIsSaid) {
    EXPECT_NE(test::error_of([&] { read_take("/nowhere.take"); }).find("No such file"),
              std::string::npos);
    EXPECT_NE(problem("").find("is no take"), std::string::npos);
    EXPECT_NE(problem("{\"a\":1}\n").find("is no take"), std::string::npos);
    EXPECT_NE(problem("{\"reverie_take\":99}\n").find("of form 99"), std::string::npos);
    const std::string text = whole();
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string changed = text;
        changed.replace(changed.find(from), from.size(), to);
        return problem(changed);
    };
    EXPECT_NE(with("{\"picture\":1", "{\"picture\":7").find(":5: a picture is missing"),
              std::string::npos);
    EXPECT_NE(with("{\"begin\"", "{\"begun\"").find(":4: "), std::string::npos);
    EXPECT_NE(
        with("\"source\":0,\"opening\"", "\"source\":3,\"opening\"").find("source that is not"),
        std::string::npos);
    EXPECT_NE(with("\"strength\":\"0.1\"", "\"strenth\":\"0.1\"").find("strength"),
              std::string::npos);
    EXPECT_NE(with("{\"kept\":1", "{\"kept\":7").find("strokes are missing"), std::string::npos);
    EXPECT_NE(with("\"radius\":0.07", "\"radius\":1e30").find("no brush has painted"),
              std::string::npos);
    EXPECT_NE(with("\"hold\"", "\"sit\"").find("no panic 'sit'"), std::string::npos);
}

}  // namespace
}  // namespace reverie
