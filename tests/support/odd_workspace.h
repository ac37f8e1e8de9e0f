// A workspace of an odd size for a convolution that needs none, and whether anything else wrote to
// it while the convolution ran.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/conv.h"

namespace reverie::test {

/// As much as a copy of what it writes, or reads.
inline size_t odd_workspace_bytes(const ConvSpec& spec) {
    return 4 * static_cast<size_t>(spec.out_height) * spec.out_width * spec.out_channels + 1001;
}
/// What an engine that does not know it yet would say.
inline size_t most_odd_workspace_bytes(const ConvSpec& spec) {
    return 3 * odd_workspace_bytes(spec) / 2;
}

inline uint8_t odd_workspace_byte(size_t at, uint32_t seed) {
    return static_cast<uint8_t>((at * 7 + seed * 31) % 251);
}
inline void fill_odd_workspace(void* workspace, size_t bytes, uint32_t seed) {
    auto* const first = static_cast<uint8_t*>(workspace);
    for (size_t i = 0; i < bytes; ++i) first[i] = odd_workspace_byte(i, seed);
}
/// To its last byte at both ends.
inline bool odd_workspace_is_whole(const void* workspace, size_t bytes, uint32_t seed) {
    const auto* const first = static_cast<const uint8_t*>(workspace);
    for (size_t i = 0; i < bytes; ++i) {
        if (first[i] != odd_workspace_byte(i, seed)) return false;
    }
    return true;
}

}  // namespace reverie::test
