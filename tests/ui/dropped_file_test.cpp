// What is dropped onto the window does what it says: a result's look is that of --like, presets and
// scores are played, what cannot be read changes nothing.
#include "src/ui/dropped_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "src/media/recipe_file.h"
#include "src/render/param_schedule.h"
#include "src/render/recipe.h"
#include "src/util/error.h"
#include "tests/support/overlay_rig.h"

namespace reverie::dropped_file_test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMoves =
    "[[modulation]]\ntarget = \"zoom\"\nsource = \"level\"\namount = 0.3\n";
constexpr const char* kScore =
    "[[keyframe]]\nat = 0\nstrength = 1\nstep = 1\n[[keyframe]]\nat = 8\nstrength = 3\nstep = 2\n";

class DroppedFile : public testing::Test {
  protected:
    DroppedFile() {
        std::string name = (fs::temp_directory_path() / "reverie_dropped_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw Error("no temporary folder");
        folder_ = name;
        recipe_.params.strength = 1.7F;
        recipe_.params.seed = 77;
        recipe_.params.objective = parse_objective("0.7*inception_3b + inception_4c:17");
        recipe_.preset = kMoves;
    }
    ~DroppedFile() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }

    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return folder_ / name;
    }
    /// The beginning of a PNG, which is all that is looked at.
    std::string picture(const std::string& name, const std::string& recipe) const {
        std::string png("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16);
        png.resize(png.size() + 17);
        const std::vector<uint8_t> bytes =
            with_recipe({reinterpret_cast<const uint8_t*>(png.data()), png.size()}, "png", recipe);
        return write(name, {bytes.begin(), bytes.end()});
    }
    void drop(const std::vector<std::string>& paths) { rig_.frame({DropEvent{paths}}); }

    fs::path folder_;
    Recipe recipe_;
    test::OverlayRig rig_{{1280, 720}};
};

TEST_F(DroppedFile, AResultGivesTheLookOfLike) {
    const std::string path = picture("un rêve à 100 % – 夢.png", to_text(recipe_));
    ParamOptions like;
    like.like = path;
    const ParamSchedule schedule(like, Params());
    drop({path});
    const auto* look = rig_.last<request::TakeUpLook>();
    ASSERT_NE(look, nullptr);
    EXPECT_EQ(look->from, "un rêve à 100 % – 夢.png");
    EXPECT_EQ(look->params, schedule.base());
    EXPECT_EQ(look->modulation.routes, schedule.modulation().routes);
    EXPECT_TRUE(look->portable);
    EXPECT_EQ(rig_.last<request::OpenSource>(), nullptr);
}

TEST_F(DroppedFile, AScoreIsLeftOutAndSaid) {
    recipe_.score = kScore;
    drop({picture("night.png", to_text(recipe_))});
    ASSERT_NE(rig_.last<request::TakeUpLook>(), nullptr);
    EXPECT_EQ(rig_.last<request::TakeUpLook>()->from, "night.png, without its score");
    EXPECT_FALSE(rig_.desk.score().playing());
}

TEST_F(DroppedFile, PresetsAndScoresArePlayed) {
    const std::string preset = write("mine.toml", "[params]\nstrength = 2.5\n");
    drop({preset});
    ASSERT_NE(rig_.last<request::LoadPreset>(), nullptr);
    EXPECT_EQ(rig_.last<request::LoadPreset>()->name, preset);
    const std::string score = write("night.toml", kScore);
    drop({score});
    ASSERT_NE(rig_.last<request::OpenScore>(), nullptr);
    EXPECT_EQ(rig_.last<request::OpenScore>()->name, score);
    EXPECT_TRUE(rig_.desk.score().playing());
    EXPECT_EQ(rig_.last<request::OpenSource>(), nullptr);
}

TEST_F(DroppedFile, AnyOtherPictureOrFolderIsTheSource) {
    const std::string plain = picture("plain.png", "");
    drop({plain, picture("dream.png", to_text(recipe_))});
    EXPECT_EQ(rig_.model.source.spec, plain);
    drop({folder_.string()});
    EXPECT_EQ(rig_.model.source.spec, folder_.string());
    EXPECT_EQ(rig_.last<request::TakeUpLook>(), nullptr);
}

TEST_F(DroppedFile, WhatCannotBeReadChangesNothing) {
    const std::string before = rig_.model.source.spec;
    recipe_.preset = "[params]\nstrength = none\n";
    for (const std::string& path :
         {(folder_ / "nothing.mp4").string(), (folder_ / "nothing.toml").string(),
          write("notes.txt", "some words"), write("broken.toml", "strength = = 1\n"),
          picture("broken.png", to_text(recipe_))}) {
        EXPECT_THROW(requests_of_dropped(path), Error) << path;
        drop({path});
        EXPECT_TRUE(rig_.requests.empty()) << path;
    }
    EXPECT_EQ(rig_.model.source.spec, before);
}

}  // namespace
}  // namespace reverie::dropped_file_test
