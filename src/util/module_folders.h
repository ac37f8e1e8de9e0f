// Where modules lie that are loaded only where they are asked for: the CPU's and the GPU's kernels,
// Link.
#pragma once

#include <filesystem>
#include <vector>

namespace reverie {

/// In the order in which they are searched: $REVERIE_MODULES, beside the program, above it (a test
/// in a build), and ../lib/reverie.
std::vector<std::filesystem::path> module_folders();

}  // namespace reverie
