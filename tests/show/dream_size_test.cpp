// The size that a show on a CPU dreams at, and that of its picture.
#include <gtest/gtest.h>

#include "tests/support/played_show.h"

namespace reverie::dream_size_test {
namespace {

struct Case {
    Size source;
    SizeRequest asked;
    std::optional<double> budget_ms;
    Size picture, dream;
};

class DreamSize : public testing::TestWithParam<Case> {};

TEST_P(DreamSize, IsTheCpusAndThePictureKeepsItsOwn) {
    const Case& with = GetParam();
    ShowOptions options = test::small_show(with.source.width, with.source.height);
    options.size = with.asked;
    options.budget_ms = with.budget_ms;
    Runtime runtime = test::machine_on(open_device({"cpu", 2}));
    LiveShow show(runtime, options);
    const auto begun = std::chrono::steady_clock::now();
    // Until then, where the source opens slowly, a pattern of another size stands in.
    while (show.video() == nullptr || show.flow().data == nullptr) {
        ASSERT_LT(std::chrono::steady_clock::now() - begun, std::chrono::minutes(1));
        show.advance(0.05);
    }
    EXPECT_EQ((Size{show.picture().width, show.picture().height}), with.picture);
    EXPECT_EQ((Size{show.flow().width, show.flow().height}), with.dream);
}

INSTANTIATE_TEST_SUITE_P(Shows, DreamSize,
                         testing::Values(Case{{707, 53}, {}, {}, {707, 53}, {640, 48}},
                                         Case{{97, 41}, {707, 53}, {}, {707, 53}, {640, 48}},
                                         Case{{97, 41}, {41, 961}, 70, {41, 961}, {28, 640}},
                                         Case{{707, 53}, {641, 0}, {}, {641, 48}, {640, 48}},
                                         Case{{707, 53}, {97, 41}, {}, {97, 41}, {97, 41}},
                                         Case{{97, 41}, {707, 53}, 0, {707, 53}, {707, 53}},
                                         Case{{707, 53}, {}, 0, {707, 53}, {707, 53}}));

}  // namespace
}  // namespace reverie::dream_size_test
