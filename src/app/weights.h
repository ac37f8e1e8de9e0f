// Where the network's weights are.
#pragma once

#include <string>
#include <vector>

namespace reverie {

/// Folders that are searched, in order: the build's weights/ beside the program, the installed
/// share/reverie/weights.
std::vector<std::string> weights_folders();

/// The weights file to load: `asked` (--weights: a file, or a name without ending in one of the
/// folders), else REVERIE_WEIGHTS (likewise), else googlenet.safetensors in the first folder that
/// has it. Throws Error that says where it looked.
std::string find_weights(const std::string& asked);

}  // namespace reverie
