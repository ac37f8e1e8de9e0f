#include "src/util/progress.h"

#include <gtest/gtest.h>

namespace reverie {
namespace {

TEST(ProgressLine, SaysShareRateAndTimeLeft) {
    EXPECT_EQ(progress_line({126, 0.42, 10.5}), " 42%  126 frames  12.0 fps  0:15 left");
    EXPECT_EQ(progress_line({126, 1.02, 10.5}), "100%  126 frames  12.0 fps  0:00 left");
    EXPECT_EQ(progress_line({126, -1, 10.5}), "126 frames  12.0 fps");
    EXPECT_EQ(progress_line({0, 0, 0}), "  0%  0 frames  0.0 fps");
    EXPECT_EQ(progress_line({1, 0.0001, 2}), "  0%  1 frame  0.5 fps  5:33:18 left");
}

TEST(Progress, IsSilentWhenQuiet) {
    testing::internal::CaptureStderr();
    {
        Progress progress(Progress::Style::none);
        for (int i = 0; i < 10; ++i) progress.update(i, 0.5);
        progress.note("a note");
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, NotesStandOnLinesOfTheirOwn) {
    testing::internal::CaptureStderr();
    Progress(Progress::Style::plain).note("a note");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "a note\n");
}

}  // namespace
}  // namespace reverie
