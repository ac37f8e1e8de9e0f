// Areas against their pixels, counted one by one.
#include "src/gl/area.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace reverie {
namespace {

bool has(const Area& a, int x, int y) {
    return x >= a.x && x < a.x + a.width && y >= a.y && y < a.y + a.height;
}

TEST(Areas, WhatIsCommonAndWhatIsLeftAreEveryPixelOnce) {
    std::mt19937 random(11);
    std::uniform_int_distribution<int> place(0, 12), extent(0, 9);
    for (int round = 0; round < 500; ++round) {
        const Area a{place(random), place(random), extent(random), extent(random)};
        const Area b{place(random), place(random), extent(random), extent(random)};
        const Area both = common(a, b);
        const std::vector<Area> left = without(a, b);
        for (const Area& piece : left) ASSERT_FALSE(piece.empty());
        for (int y = 0; y < 24; ++y) {
            for (int x = 0; x < 24; ++x) {
                const bool in_a = has(a, x, y), in_b = has(b, x, y);
                ASSERT_EQ(has(both, x, y), in_a && in_b) << round;
                const auto times = std::count_if(left.begin(), left.end(),
                                                 [&](const Area& p) { return has(p, x, y); });
                ASSERT_EQ(times, in_a && !in_b ? 1 : 0) << round;
            }
        }
    }
}

}  // namespace
}  // namespace reverie
