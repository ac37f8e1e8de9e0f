// A counter-based random generator: the numbers depend on a seed and a counter alone, not on what
// was drawn before, so that any frame, octave and step can be done again, in any order, with the
// same bits. Philox 4x32-10 of Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1,
// 2, 3", 2011.
#pragma once

#include <array>
#include <cstdint>

namespace reverie {

using RandomWords = std::array<uint32_t, 4>;

/// Four random words for a counter and a key.
constexpr RandomWords philox(RandomWords counter, std::array<uint32_t, 2> key) {
    constexpr uint64_t kMultiply0 = 0xD2511F53U, kMultiply1 = 0xCD9E8D57U;
    constexpr uint32_t kWeyl0 = 0x9E3779B9U, kWeyl1 = 0xBB67AE85U;
    constexpr int kRounds = 10;
    for (int round = 0; round < kRounds; ++round) {
        const uint64_t p0 = kMultiply0 * counter[0], p1 = kMultiply1 * counter[2];
        counter = {
            static_cast<uint32_t>(p1 >> 32U) ^ counter[1] ^ key[0], static_cast<uint32_t>(p1),
            static_cast<uint32_t>(p0 >> 32U) ^ counter[3] ^ key[1], static_cast<uint32_t>(p0)};
        key = {key[0] + kWeyl0, key[1] + kWeyl1};
    }
    return counter;
}

/// A whole number in −reach … reach from a random word, each as likely as the others (but for
/// 2⁻³²).
constexpr int symmetric(uint32_t word, int reach) {
    return static_cast<int>(
               (static_cast<uint64_t>(word) * (2 * static_cast<uint64_t>(reach) + 1)) >> 32U) -
           reach;
}

}  // namespace reverie
