// The user's folders, by the XDG Base Directory Specification 0.8: the environment's folder if it
// is an absolute path (a relative one is ignored), else the default one under $HOME.
#pragma once

#include <cstdint>
#include <filesystem>

namespace reverie {

enum class UserFolder : uint8_t {
    config,  ///< $XDG_CONFIG_HOME, ~/.config
    data,    ///< $XDG_DATA_HOME, ~/.local/share
    state,   ///< $XDG_STATE_HOME, ~/.local/state
    cache    ///< $XDG_CACHE_HOME, ~/.cache
};

/// The program's own folder in it, which need not exist; empty if there is no home.
std::filesystem::path user_folder(UserFolder kind);

}  // namespace reverie
