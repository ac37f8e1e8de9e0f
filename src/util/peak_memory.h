// The most memory that the process has taken.
#pragma once

#include <cstdint>

namespace reverie {

/// Since forget_peak_memory(), or since the process began: bytes that lay in memory at once. 0 where
/// the system does not say.
int64_t peak_memory_bytes();
/// Gives back what is free, and measures from now on.
void forget_peak_memory();

}  // namespace reverie
