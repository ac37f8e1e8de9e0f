// The counter-based generator against the vectors that its authors publish with Random123
// (kat_vectors, philox4x32 with 10 rounds).
#include "src/util/rng.h"

#include <gtest/gtest.h>

namespace reverie {
namespace {

TEST(Philox, GivesThePublishedWords) {
    EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
              (RandomWords{0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U}));
    EXPECT_EQ(philox({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}),
              (RandomWords{0x408f276dU, 0x41c83b0eU, 0xa20bc7c6U, 0x6d5451fdU}));
    EXPECT_EQ(
        philox({0x243f6a88U, 0x85a308d3U, 0x13198a2eU, 0x03707344U}, {0xa4093822U, 0x299f31d0U}),
        (RandomWords{0xd16cfe09U, 0x94fdccebU, 0x5001e420U, 0x24126ea1U}));
}

TEST(Symmetric, CoversItsRangeAndNoMore) {
    EXPECT_EQ(symmetric(0, 32), -32);
    EXPECT_EQ(symmetric(~0U, 32), 32);
    EXPECT_EQ(symmetric(0x80000000U, 32), 0);
    EXPECT_EQ(symmetric(~0U, 0), 0);
}

}  // namespace
}  // namespace reverie
