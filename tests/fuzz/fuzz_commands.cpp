// Fuzzes the command line: any words are a command, or refused by a UsageError of one line. Nothing is run.
#include "src/cli/commands.h"
#include "src/util/error.h"
#include "tests/fuzz/readers.h"

namespace reverie::fuzz {

/// Words end with a line.
void read_commands(const uint8_t* data, size_t size) {
    std::vector<std::string> words{"reverie"};
    const std::string_view text = text_of(data, size);
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        words.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    argv.push_back(nullptr);
    try {
        parse_command_line(static_cast<int>(words.size()), argv.data());
    } catch (const UsageError& error) {
        expect_one_line(error.what(), 20 * size + 4000);
    }
}

}  // namespace reverie::fuzz
