// Modulation in TOML files: the [[modulation]] tables of presets and scores (see modulation.h).
#pragma once

#include <toml++/toml.h>

#include <string>

#include "src/control/modulation.h"

namespace reverie {

/// Reads the [[modulation]] tables of `root`; none: an empty modulation. A source that this version
/// does not have is kept. Throws Error "file:line: …" for an unknown key or target, a wrong type,
/// and a number out of range.
Modulation read_modulation(const toml::table& root, const std::string& file);

/// As read_modulation() reads it back.
toml::array modulation_tables(const Modulation& modulation);

}  // namespace reverie
