// What may stand at the end of a command line that is being typed. The shells' own scripts
// (tools/packaging/completions) only ask, and show the answer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/cli/command_tree.h"

namespace reverie {

/// `reverie --complete WORD…`: all words after the program's name, the unfinished one last, be it
/// empty.
inline constexpr std::string_view kCompleteOption = "--complete";

struct Completion {
    std::string text;  ///< the whole word
    std::string help;  ///< a few words on it, or ""
};

struct Completions {
    std::vector<Completion> words;  ///< that begin as the unfinished one
    bool files = false;             ///< files may stand there, too
    bool goes_on = false;           ///< no space follows: the words are beginnings
};

/// Of `words` as above. Whatever cannot be found out is left out: throws nothing.
Completions complete(const CommandInfo& program, const std::vector<std::string>& words);

/// For the scripts: a line each, "word<TAB>help"; ":files" and ":goes-on" are said on lines of
/// their own.
std::string to_text(const Completions& completions);

}  // namespace reverie
