// How a result was made, as a text that the result itself holds: the command, its parameters, the
// preset and the score as they were then, the network. A TOML file, so that it can be read, and kept
// as a look of one's own.
#pragma once

#include <string>
#include <vector>

#include "src/dream/params.h"

namespace reverie {

struct Recipe {
    std::string command;  ///< without what a look does not depend on: output, machine
    std::string look;     ///< the words of it that chose the look
    std::string version;  ///< of the program
    std::string network;  ///< SHA-256 of its file
    Params params;        ///< at the beginning: the command's own, the preset's, set by hand
    bool objective_by_hand = false;    ///< else it is in its portable form
    std::string preset, score;         ///< whole files; "": none
    std::vector<std::string> by_hand;  ///< parameters that the score does not move
};

std::string to_text(const Recipe& recipe);
/// A path or URL as a recipe names it: the name alone. Folders, hosts, users and what follows a '?' of
/// a URL, which may let somebody in, are the user's own affair.
std::string without_place(const std::string& path);
/// As to_text() wrote it. `file`: its name in errors. Throws Error.
Recipe parse_recipe(const std::string& text, const std::string& file);
/// The recipe in a video or picture. Throws Error: cannot be read, has none.
Recipe read_recipe(const std::string& path);

}  // namespace reverie
