// Which parts of one block of memory are whose and when: blocks whose lifetimes do not meet share
// their bytes.
#pragma once

#include <cstddef>
#include <vector>

namespace reverie {

class MemoryPlanner {
  public:
    /// Announces a block; returns its number.
    int add(size_t bytes);
    /// The block is in use at that time (a step's number). It is kept from its first to its last
    /// use.
    void touch(int block, int time);
    /// Lays all blocks out (largest first, each at the lowest place where it meets no other).
    /// Returns the bytes in all.
    size_t solve();
    /// After solve(): where the block begins, a multiple of 64.
    size_t offset(int block) const { return blocks_[block].offset; }

  private:
    struct Block {
        size_t bytes;
        int first, last;
        size_t offset;
    };
    std::vector<Block> blocks_;
};

}  // namespace reverie
