// Presets and scores by name: the user's own (~/.config/reverie/presets, …/scores), then those
// built into the program; anything that looks like a path is read as one.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "src/control/preset.h"
#include "src/control/score.h"
#include "src/control/timeline/timeline.h"

namespace reverie {

struct EmbeddedFile {
    std::string_view name;  ///< without folder and ending
    std::string_view text;
};

/// Made at build from src/looks, sorted by name.
const std::vector<EmbeddedFile>& embedded_presets();
const std::vector<EmbeddedFile>& embedded_scores();
const std::vector<EmbeddedFile>& embedded_midi_maps();

/// A row of `list presets` and `list scores`.
struct LibraryEntry {
    std::string name;
    std::string title;
    std::string description;
    std::string origin;   ///< "" where built in, else the file
    std::string problem;  ///< why it cannot be used, with file and line; "" where it can
};

/// Where the user's own files of a kind ("presets", "scores", "midi") lie; empty where there is no
/// home.
std::filesystem::path user_files_folder(std::string_view kind);
/// The .toml files there, by name.
std::vector<std::filesystem::path> user_files(std::string_view kind);

/// `name` is a name, or a path if it has a '/' or ends in ".toml". Throws UsageError for an unknown
/// name (with the nearest), Error for a file that cannot be read or is wrong ("file:line: …").
Preset load_preset(const std::string& name);
Score load_score(const std::string& name);
/// A score to be edited: keys that this version does not have are kept. Throws as load_score().
Timeline load_timeline(const std::string& name);
/// The same, as it is written.
std::string preset_text(const std::string& name);
std::string score_text(const std::string& name);

/// Writes all of `params`, and what moves, as a preset of the user's own. Throws Error for a name
/// that is none for a file, one that is there already without `overwrite`, and where it cannot be
/// written.
void save_preset(const std::string& name, const Params& params, bool overwrite,
                 const Modulation& modulation = {});

/// Writes a score of the user's own, whose shares are of `duration_s`. Throws Error as save_preset().
void save_score(const std::string& name, const Timeline& timeline, double duration_s,
                bool overwrite);

/// All that can be named, the user's first; a file that is wrong is listed with its complaint as
/// its description.
std::vector<LibraryEntry> list_presets();
std::vector<LibraryEntry> list_scores();
/// Presets as a show offers them: each name once, the user's own in place of the built-in one.
std::vector<LibraryEntry> show_presets();
/// The names of those that can be used, in that order.
std::vector<std::string> preset_names();

}  // namespace reverie
