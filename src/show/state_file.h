// Saves and restores a show's state in the user's state folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "src/show/show_state.h"

namespace reverie {

/// $XDG_STATE_HOME/reverie/live.toml, or ~/.local/state/reverie/live.toml; empty if there is no
/// home.
std::filesystem::path state_path();

struct RestoredState {
    std::optional<ShowState> state;  ///< none: missing or unusable
    std::string note;                ///< one line on the result; or ""
};
/// Reads the state. A file that is damaged, or from a newer program, is renamed to "….damaged"
/// and named in the note.
RestoredState restore_state(const std::filesystem::path& path);

/// Writes the file atomically; creates the folder. Throws Error.
void keep_state(const std::filesystem::path& path, const ShowState& state);

}  // namespace reverie
