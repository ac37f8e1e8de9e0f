#include "src/net/memory_planner.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace reverie {

int MemoryPlanner::add(size_t bytes) {
    blocks_.push_back({0, std::numeric_limits<int>::max(), -1, 0});
    const int block = static_cast<int>(blocks_.size()) - 1;
    resize(block, bytes);
    return block;
}

void MemoryPlanner::resize(int block, size_t bytes) {
    blocks_[block].bytes = (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

void MemoryPlanner::touch(int block, int time) {
    blocks_[block].first = std::min(blocks_[block].first, time);
    blocks_[block].last = std::max(blocks_[block].last, time);
}

size_t MemoryPlanner::solve() {
    std::vector<int> order(blocks_.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return blocks_[a].bytes > blocks_[b].bytes; });
    std::vector<int> placed;  // by offset
    size_t total = 0;
    for (const int index : order) {
        Block& block = blocks_[index];
        if (block.last < block.first) continue;  // never in use
        size_t at = 0;
        for (const int other : placed) {
            const Block& o = blocks_[other];
            if (o.last < block.first || block.last < o.first) continue;
            if (o.offset >= at + block.bytes) break;
            at = std::max(at, o.offset + o.bytes);
        }
        block.offset = at;
        total = std::max(total, at + block.bytes);
        const auto where = std::find_if(placed.begin(), placed.end(),
                                        [&](int other) { return blocks_[other].offset > at; });
        placed.insert(where, index);
    }
    return total;
}

}  // namespace reverie
