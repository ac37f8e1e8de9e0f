// What is kept beside an output: found again as it was, refused where the job has changed, gone when
// it is done.
#include "src/render/journal.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "src/render/resume.h"
#include "src/util/error.h"
#include "tests/support/error_of.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;
using test::error_of;

class JournalTest : public testing::Test {
  protected:
    JournalTest() {
        std::string name = (fs::temp_directory_path() / "reverie_journal_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw Error("no temporary folder");
        folder_ = name;
        options_ = {(folder_ / "dream.mp4").string(), "reverie render 'a b.mp4'", 0.001, false};
    }
    ~JournalTest() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    void keep_one(int64_t frame) const {
        Journal journal(options_);
        journal.require_same("step", "1.5");
        journal.save({frame, 24, 777, std::string("a\0b\n", 4)});
    }
    ptrdiff_t files() const { return std::distance(fs::directory_iterator(folder_), {}); }

    fs::path folder_;
    JournalOptions options_;
};

TEST_F(JournalTest, ACheckpointIsFoundAsItWas) {
    keep_one(48);
    keep_one(96);
    EXPECT_EQ(files(), 1);
    const std::string found = Journal::interrupted(options_.output);
    EXPECT_NE(found.find("frame 96"), std::string::npos) << found;
    EXPECT_NE(found.find("reverie render 'a b.mp4' --resume"), std::string::npos) << found;
    options_.resume = true;
    Journal journal(options_);
    ASSERT_NE(journal.resumed(), nullptr);
    EXPECT_EQ(journal.resumed()->frame, 96);
    EXPECT_EQ(journal.resumed()->segment, 24);
    EXPECT_EQ(journal.resumed()->log_bytes, 777);
    EXPECT_EQ(journal.resumed()->state, std::string("a\0b\n", 4));
    journal.finish();
    EXPECT_EQ(files(), 0);
    EXPECT_EQ(Journal::interrupted(options_.output), "");
}

TEST_F(JournalTest, WithoutACheckpointNothingStays) {
    {
        const Journal journal(options_);
        std::ofstream(journal.packet_log()) << "packets";
        EXPECT_EQ(files(), 1);
    }
    EXPECT_EQ(files(), 0);
}

TEST_F(JournalTest, WhatHasChangedIsNamed) {
    keep_one(48);
    options_.resume = true;
    Journal journal(options_);
    EXPECT_EQ(error_of([&] { journal.require_same("step", "1.5"); }), "");
    const std::string error = error_of([&] { journal.require_same("step", "2"); });
    EXPECT_NE(error.find("step is 2, and was 1.5"), std::string::npos) << error;
    EXPECT_EQ(error.find('\n'), std::string::npos);
    EXPECT_NE(error_of([&] { journal.require_same("new", "1"); }), "");
}

TEST_F(JournalTest, TornFilesAreNone) {
    keep_one(48);
    fs::path state;
    for (const auto& entry : fs::recursive_directory_iterator(folder_))
        if (entry.path().filename() == "state") state = entry.path();
    for (auto bytes = fs::file_size(state); bytes > 0; --bytes) {
        fs::resize_file(state, bytes - 1);
        EXPECT_EQ(Journal::interrupted(options_.output), "") << bytes;
    }
}

TEST_F(JournalTest, TwoRunsDoNotShareAnOutput) {
    const Journal journal(options_);
    EXPECT_NE(error_of([&] { Journal other(options_); }).find("another run"), std::string::npos);
}

TEST_F(JournalTest, WhatAStoppedRunHasLeftMayBeReplaced) {
    std::ofstream(options_.output) << "the first half";
    {
        Journal journal(options_);
        journal.save({48, 24, 0, ""});
        journal.stop(options_.output);
    }
    options_.resume = true;
    EXPECT_TRUE(Journal(options_).is_left_over(options_.output));
    std::ofstream(options_.output) << "something else of the user";
    EXPECT_FALSE(Journal(options_).is_left_over(options_.output));
}

TEST(Segments, AreLongWherePicturesAreQuick) {
    EXPECT_EQ(frames_of_segment({160, 90}, DeviceKind::cpu), 120);
    EXPECT_EQ(frames_of_segment({1280, 720}, DeviceKind::cpu), 30);
    EXPECT_EQ(frames_of_segment({3840, 2160}, DeviceKind::cpu), 24);
    EXPECT_EQ(frames_of_segment({3840, 2160}, DeviceKind::cuda), 120);
}

}  // namespace
}  // namespace reverie
