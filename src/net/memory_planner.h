// Assigns blocks to one region of memory: blocks whose lifetimes do not overlap share their bytes.
#pragma once

#include <cstddef>
#include <vector>

namespace reverie {

class MemoryPlanner {
  public:
    /// Adds a block; returns its number.
    int add(size_t bytes);
    /// Another size of that block.
    void resize(int block, size_t bytes);
    /// Marks the block as used at that time (a step's number). It is kept from its first to its
    /// last use.
    void touch(int block, int time);
    /// Places all blocks (largest first, each at the lowest offset without overlap). Returns the
    /// total number of bytes.
    size_t solve();
    /// After solve(): the block's offset, a multiple of kAlignment.
    size_t offset(int block) const { return blocks_[block].offset; }

    static constexpr size_t kAlignment = 256;  ///< as a GPU aligns what it allocates

  private:
    struct Block {
        size_t bytes;
        int first, last;
        size_t offset;
    };
    std::vector<Block> blocks_;
};

}  // namespace reverie
