// A file of another program's weights, or an archive with one in it, becomes a weights file that is
// known to load.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "src/net/import/import.h"

namespace reverie {

struct ImportJob {
    std::filesystem::path from, to;
    ImportOptions options;
    bool overwrite = false;
    std::map<std::string, std::string> metadata;  ///< added to what the import knows
};

/// Writes a temporary file, loads it as a check, and renames it to `to`. Returns one line each
/// for what the user may want to know. Throws Error: `to` exists, or its folder does not;
/// import_weights; load_weights. Nothing is left behind then.
std::vector<std::string> import_file(const ImportJob& job);

}  // namespace reverie
