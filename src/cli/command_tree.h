// The command line as plain data: what the manual page prints and the shells complete. It is read
// from the parser, so that it says what the parser does.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace reverie {

struct OptionInfo {
    std::vector<std::string> names;    ///< "--output", "-o"; of an argument: the one word
    std::string value;                 ///< what it takes: "FILE", "PRESET"; "" for a switch
    std::vector<std::string> choices;  ///< where it takes one of a few
    std::string range;                 ///< "0 to 63", or ""
    std::string help;
    std::string initial;  ///< "" where none is told
    std::string group;    ///< "Output"
    bool required = false;
    bool repeats = false;  ///< may be given more than once

    bool takes_value() const { return !value.empty(); }
};

struct CommandInfo {
    std::string name;
    std::string help;
    std::vector<OptionInfo> arguments;  ///< in their order
    std::vector<OptionInfo> options;
    std::vector<CommandInfo> commands;
};

/// Gives each option of `app` and of its commands the word for what it takes, which --help, the
/// manual page and the completions show.
void name_values(CLI::App& app);

/// All of `app`.
CommandInfo describe(const CLI::App& app);

/// All that this program understands.
CommandInfo command_tree();

}  // namespace reverie
