// Where a show's state is kept: the user's state folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "src/show/show_state.h"

namespace reverie {

/// $XDG_STATE_HOME/reverie/live.toml, or ~/.local/state/reverie/live.toml; empty where there is no
/// home.
std::filesystem::path state_path();

struct TakenUp {
    std::optional<ShowState> state;  ///< none: there was none, or it was of no use
    std::string note;                ///< one line on what was found, "" for nothing
};
/// Reads the state. One that is damaged, or from a newer program, is moved aside to "….damaged" and
/// named in the note.
TakenUp take_up_state(const std::filesystem::path& path);

/// Whole or not at all; makes the folder. Throws Error.
void keep_state(const std::filesystem::path& path, const ShowState& state);

}  // namespace reverie
