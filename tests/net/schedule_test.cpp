// The schedule against an independent computation of which work waits for which: all orders that
// its streams and waits allow respect the dependencies.
#include "src/net/schedule.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace reverie {
namespace {

using Uses = std::vector<std::vector<Use>>;

/// [a][b]: b is done when a begins, according to streams and waits alone.
std::vector<std::vector<bool>> what_is_done(const Schedule& schedule, int count) {
    std::vector<std::vector<bool>> done(count, std::vector<bool>(count, false));
    for (int a = 0; a < count; ++a) {
        std::vector<int> direct = schedule.turn(a).after;
        for (int b = 0; b < a; ++b) {
            if (schedule.turn(b).stream == schedule.turn(a).stream) direct.push_back(b);
        }
        for (const int b : direct) {
            done[a][b] = true;
            for (int c = 0; c < b; ++c) done[a][c] = done[a][c] || done[b][c];
        }
    }
    return done;
}

/// Channel by channel.
bool touch_the_same(const std::vector<Use>& a, const std::vector<Use>& b) {
    std::set<std::pair<int, int>> read, written;
    for (const Use& use : a) {
        for (int c = 0; c < use.channels; ++c)
            (use.write ? written : read).insert({use.block, use.first_channel + c});
    }
    for (const Use& use : b) {
        for (int c = 0; c < use.channels; ++c) {
            const std::pair<int, int> here{use.block, use.first_channel + c};
            if (written.count(here) > 0 || (use.write && read.count(here) > 0)) return true;
        }
    }
    return false;
}

Uses random_uses(std::mt19937& random) {
    Uses uses(1 + random() % 40);
    for (std::vector<Use>& action : uses) {
        for (int i = 0; i < 3; ++i) {
            action.push_back({static_cast<int>(random() % 8), random() % 3 == 0,
                              static_cast<int>(random() % 7), 1 + static_cast<int>(random() % 3)});
        }
    }
    return uses;
}

TEST(Schedule, KeepsTheOrderOfWhatTouchesTheSameChannels) {
    std::mt19937 random(1);
    int side_by_side = 0;
    for (int run = 0; run < 300; ++run) {
        const Uses uses = random_uses(random);
        const int count = static_cast<int>(uses.size());
        const int streams = 1 + static_cast<int>(random() % 4);
        const Schedule schedule(uses, streams);
        const auto done = what_is_done(schedule, count);
        for (int a = 0; a < count; ++a) {
            ASSERT_GE(schedule.turn(a).stream, 0);
            ASSERT_LT(schedule.turn(a).stream, streams);
            for (const int other : schedule.turn(a).after) {
                ASSERT_LT(other, a);
                ASSERT_TRUE(schedule.turn(other).awaited);
            }
            for (int b = 0; b < a; ++b) {
                if (touch_the_same(uses[a], uses[b])) {
                    ASSERT_TRUE(done[a][b]) << "run " << run << ", actions " << b << " and " << a;
                }
                // Pieces of work whose intervals do not overlap never run at the same time.
                if (schedule.interval(b).last < schedule.interval(a).first) {
                    ASSERT_TRUE(done[a][b])
                        << "run " << run << ", intervals of " << b << " and " << a;
                }
                side_by_side += done[a][b] ? 0 : 1;
            }
        }
    }
    EXPECT_GT(side_by_side, 0);
}

TEST(Schedule, OneLaneIsTheListItself) {
    std::mt19937 random(2);
    const Uses uses = random_uses(random);
    const Schedule schedule(uses, 1);
    for (int a = 0; a < static_cast<int>(uses.size()); ++a) {
        EXPECT_EQ(schedule.turn(a).stream, 0);
        EXPECT_TRUE(schedule.turn(a).after.empty());
        EXPECT_EQ(schedule.interval(a).first, a);
        EXPECT_EQ(schedule.interval(a).last, a);
    }
}

/// An inception module: 1×1 convolutions as one, 3×3 and 5×5 after it, a pool and its projection.
TEST(Schedule, BranchesOfAModuleRunSideBySide) {
    constexpr int kIn = 0, kOut = 1, kPooled = 2, kNext = 3;
    const Uses uses{
        {{kIn, true}},                                   // 0: the module before
        {{kIn}, {kOut, true, 60, 60}},                   // 1: 1×1 | 3×3_reduce | 5×5_reduce
        {{kOut, false, 80, 20}, {kOut, true, 0, 20}},    // 2: 3×3
        {{kOut, false, 100, 20}, {kOut, true, 20, 20}},  // 3: 5×5
        {{kIn}, {kPooled, true}},                        // 4: pool
        {{kPooled}, {kOut, true, 40, 20}},               // 5: projection
        {{kOut, false, 0, 80}, {kNext, true}},           // 6: the next module
    };
    const Schedule schedule(uses, 3);
    const auto done = what_is_done(schedule, 7);
    EXPECT_FALSE(done[3][2]);
    EXPECT_FALSE(done[4][1]);
    EXPECT_FALSE(done[5][3]);
    EXPECT_TRUE(done[5][4]);
    for (int action = 0; action < 6; ++action) EXPECT_TRUE(done[6][action]) << action;
}

}  // namespace
}  // namespace reverie
