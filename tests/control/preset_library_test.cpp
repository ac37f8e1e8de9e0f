#include "src/control/preset_library.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "src/util/error.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

/// A home folder of its own for each test.
class Library : public testing::Test {
  protected:
    void SetUp() override {
        home_ = fs::temp_directory_path() /
                (std::string("reverie_") +
                 testing::UnitTest::GetInstance()->current_test_info()->name());
        fs::create_directories(home_ / "reverie" / "presets");
        ::setenv("XDG_CONFIG_HOME", home_.c_str(), 1);
    }
    void TearDown() override { fs::remove_all(home_); }
    fs::path write(const std::string& name, const std::string& text) {
        std::ofstream(home_ / "reverie" / "presets" / name) << text;
        return home_ / "reverie" / "presets" / name;
    }

    fs::path home_;
};

TEST_F(Library, EveryBuiltInPresetIsRightAndLikeNoOther) {
    std::set<std::string> seen;
    EXPECT_GE(embedded_presets().size(), 8U);
    for (const EmbeddedFile& file : embedded_presets()) {
        const Preset preset = load_preset(std::string(file.name));
        EXPECT_FALSE(preset.title.empty()) << file.name;
        EXPECT_FALSE(preset.description.empty()) << file.name;
        Params params;
        preset.apply(params);
        std::string all;
        for (const ParamInfo& info : kParams) all += get_param(params, info.key) + " ";
        EXPECT_TRUE(seen.insert(all).second) << file.name;
    }
}

TEST_F(Library, EveryBuiltInScorePlays) {
    EXPECT_GE(embedded_scores().size(), 1U);
    for (const EmbeddedFile& file : embedded_scores()) {
        const Score score = load_score(std::string(file.name));
        EXPECT_FALSE(score.title.empty()) << file.name;
        for (int i = 0; i <= 100; ++i) score.at(i * 0.2, 20, Params());
    }
}

TEST_F(Library, TheUsersOwnComeFirst) {
    write("fur.toml", "title = \"Mine\"\n");
    write("broken.toml", "[params]\nstep = 99\n");
    EXPECT_EQ(load_preset("fur").title, "Mine");
    const std::vector<LibraryEntry> entries = list_presets();
    ASSERT_EQ(entries.size(), embedded_presets().size() + 2);
    EXPECT_EQ(entries[0].name, "broken");
    EXPECT_NE(entries[0].description.find("broken.toml:2: step = 99 is out of range"),
              std::string::npos);
    EXPECT_EQ(entries[1].name, "fur");
}

TEST_F(Library, WhatIsSavedIsReadBackToTheBit) {
    Params params;
    set_param(params, "objective", "0.7*inception_3b - 0.25*inception_4c:17");
    set_param(params, "octave_ratio", "1.7");
    set_param(params, "flow", "off");
    set_param(params, "seed", "2147483647");
    save_preset("night", params, false);
    Params back;
    load_preset("night").apply(back);
    EXPECT_EQ(back, params);
    EXPECT_THROW(save_preset("night", params, false), Error);
    params.step = 3.25F;
    save_preset("night", params, true);
    load_preset("night").apply(back);
    EXPECT_EQ(back, params);
    EXPECT_THROW(save_preset("../night", params, true), Error);
    EXPECT_THROW(save_preset("", params, true), Error);
}

TEST_F(Library, PathsAreReadAndUnknownNamesExplained) {
    const fs::path file = write("other.toml", "title = \"Path\"\n");
    EXPECT_EQ(load_preset(file).title, "Path");
    EXPECT_THROW(load_preset("./not_there.toml"), Error);
    try {
        load_preset("fru");
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_EQ(std::string(error.what()).rfind("unknown preset 'fru'; did you mean fur", 0), 0U)
            << error.what();
    }
    EXPECT_THROW(load_score("jorney"), UsageError);
    EXPECT_THROW(load_preset(home_.string() + "/"), Error);
    // It can be opened, and not read: no empty preset.
    fs::create_symlink("/proc/self/mem", home_ / "unread.toml");
    EXPECT_THROW(load_preset(home_ / "unread.toml"), Error);
}

}  // namespace
}  // namespace reverie
