#include "src/util/error.h"

#include <gtest/gtest.h>

namespace reverie {
namespace {

TEST(NearestNames, PutsTheLikeliestFirst) {
    const std::vector<std::string> names{"inception_3a", "inception_4c", "inception_4d",
                                         "conv2/3x3"};
    ASSERT_FALSE(nearest_names("inceptoin_4d", names).empty());
    EXPECT_EQ(nearest_names("inceptoin_4d", names)[0], "inception_4d");
    EXPECT_EQ(nearest_names("4c", names)[0], "inception_4c");
    EXPECT_TRUE(nearest_names("zzzzzzzzzzzz", {"a"}).empty());
}

TEST(DidYouMean, IsASentenceOrNothing) {
    EXPECT_EQ(did_you_mean("steb", {"step"}), "; did you mean step?");
    EXPECT_EQ(did_you_mean("qqqqqqqqqqqq", {"x"}), "");
    EXPECT_EQ(did_you_mean("x", {"conv1/7x7_s2", "fur"}, "; try another"), "; try another");
    EXPECT_EQ(did_you_mean("steb", {"step"}, "; try another"), "; did you mean step?");
}

TEST(OneLine, HasNoControlCharactersAndALimit) {
    EXPECT_EQ(one_line("a\x1b[2J\nb\x7f\tc"), "a?[2J?b??c");
    EXPECT_EQ(one_line("12345", 5), "12345");
    EXPECT_EQ(one_line("123456", 5), "12345…");
    EXPECT_EQ(one_line("ééé", 5), "éé…") << "no half of a character";
}

}  // namespace
}  // namespace reverie
