// The memory planner against a brute-force check, on random lifetimes.
#include "src/net/memory_planner.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace reverie {
namespace {

constexpr size_t kAligned = 256;

struct Block {
    size_t bytes;
    int first, last;
};

/// Whether two blocks are ever in use at the same time, looked up time by time.
bool meet(const Block& a, const Block& b) {
    for (int t = a.first; t <= a.last; ++t) {
        if (t >= b.first && t <= b.last) return true;
    }
    return false;
}

std::vector<Block> random_blocks(std::mt19937& random) {
    std::vector<Block> blocks(1 + random() % 40);
    for (Block& block : blocks) {
        block.bytes = random() % 5 == 0 ? 0 : random() % 5000;
        block.first = static_cast<int>(random() % 30);
        block.last = block.first + static_cast<int>(random() % 10);
    }
    return blocks;
}

TEST(MemoryPlanner, BlocksInUseAtTheSameTimeNeverOverlap) {
    std::mt19937 random(1);
    for (int run = 0; run < 500; ++run) {
        const std::vector<Block> blocks = random_blocks(random);
        MemoryPlanner planner;
        size_t sum = 0;
        for (const Block& block : blocks) {
            const int number = planner.add(block.bytes);
            // In any order, and some of them more than once.
            planner.touch(number, block.last);
            planner.touch(number, block.first);
            planner.touch(number, (block.first + block.last) / 2);
            sum += (block.bytes + kAligned - 1) / kAligned * kAligned;
        }
        const size_t total = planner.solve();
        EXPECT_LE(total, sum);
        size_t most_at_once = 0;
        for (int t = 0; t < 40; ++t) {
            size_t now = 0;
            for (const Block& b : blocks) now += b.first <= t && t <= b.last ? b.bytes : 0;
            most_at_once = std::max(most_at_once, now);
        }
        EXPECT_GE(total, most_at_once);
        for (size_t i = 0; i < blocks.size(); ++i) {
            const size_t at = planner.offset(static_cast<int>(i));
            ASSERT_EQ(at % kAligned, 0U);
            ASSERT_LE(at + blocks[i].bytes, total);
            for (size_t j = 0; j < i; ++j) {
                if (!meet(blocks[i], blocks[j])) continue;
                const size_t other = planner.offset(static_cast<int>(j));
                ASSERT_TRUE(at + blocks[i].bytes <= other || other + blocks[j].bytes <= at)
                    << "run " << run << ", blocks " << j << " and " << i;
            }
        }
    }
}

TEST(MemoryPlanner, BlocksThatNeverMeetShareTheirBytes) {
    MemoryPlanner planner;
    for (int i = 0; i < 10; ++i) planner.touch(planner.add(768), i);
    EXPECT_EQ(planner.solve(), 768U);
}

TEST(MemoryPlanner, UnusedBlocksCostNothing) {
    MemoryPlanner planner;
    planner.add(1 << 20);
    planner.touch(planner.add(100), 3);
    EXPECT_EQ(planner.solve(), 256U);
}

TEST(MemoryPlanner, ABlockThatTurnsOutSmallerTakesLess) {
    MemoryPlanner planner;
    const int whole = planner.add(1000), part = planner.add(5000);
    for (const int block : {whole, part}) planner.touch(block, 0);
    EXPECT_EQ(planner.solve(), 1024U + 5120U);
    planner.resize(part, 700);
    EXPECT_EQ(planner.solve(), 1024U + 768U);
    planner.resize(part, 0);
    EXPECT_EQ(planner.solve(), 1024U);
}

}  // namespace
}  // namespace reverie
