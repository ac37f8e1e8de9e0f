// A preset: a TOML file with a title, a description, values for some parameters, and
// what moves by itself.
//
//     title = "Fur"
//     description = "Soft pelts and faces"
//     [params]
//     objective = "inception_4d"
//     smoothing = 1
//     [[modulation]]             # what moves by itself: see modulation.h
//     target = "strength"
//     source = "beat"
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/control/modulation.h"
#include "src/dream/params.h"

namespace reverie {

struct Preset {
    std::string title;
    std::string description;
    std::vector<std::pair<std::string, std::string>>
        settings;              ///< key and value as text, each valid
    std::string objective_at;  ///< "file:line" of the objective; "" where it names none

    Modulation modulation;  ///< in place of that of the preset before, whatever that had

    /// Sets what the preset names; the rest of `params` stays.
    void apply(Params& params) const;
};

/// Reads a preset. `file`: its name in errors. Throws Error "file:line: …" for what is no TOML,
/// an unknown key, a wrong type or a value out of range.
Preset parse_preset(std::string_view text, const std::string& file);

}  // namespace reverie
