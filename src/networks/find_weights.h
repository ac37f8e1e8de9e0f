// Finds weights files.
#pragma once

#include <string>
#include <vector>

namespace reverie {

/// The folder of `weights fetch`: $XDG_DATA_HOME/reverie/weights, or that under ~/.local/share. ""
/// if neither is known.
std::string user_weights_folder();

/// Folders that are searched for a name, in order: the user's, the build's weights/ beside the
/// program, the installed share/reverie/weights.
std::vector<std::string> weights_folders();

/// A network that can be named.
struct NamedWeights {
    std::string name;
    std::string path;
};
/// All of them, each by the name that find_weights takes; those that came with the program are
/// "embedded" and "embedded-small" where a user's own of the same name hides them.
std::vector<NamedWeights> list_weights();

/// What find_weights takes for this file, now and after another one was fetched or the folder was
/// changed: "embedded", "embedded-small", a name of list_weights(), or else its absolute path.
std::string name_of_weights(const std::string& path);

/// What the user asks for by --weights (`asked`) or REVERIE_WEIGHTS; "": nothing.
std::string wanted_weights(const std::string& asked);

/// The weights file to load: `asked` (--weights: a file, "embedded", "embedded-small", or a name
/// without ending in one of the folders), else REVERIE_WEIGHTS (likewise), else the embedded
/// network: what a user fetches does not change what a command without --weights gives. Throws
/// Error that says where it looked.
std::string find_weights(const std::string& asked);

}  // namespace reverie
