// The commands: one file each. Every add_… puts its command and options on the parser, and when the
// user chose it, leaves what is to be done in `action`; nothing runs while the command line is
// still being read.
#pragma once

#include <functional>
#include <string>

#include "src/cli/options.h"
#include "src/session/session_options.h"

namespace CLI {
class App;
}

namespace reverie {

using Action = std::function<void()>;

void add_live(CLI::App& app, const GlobalOptions& globals, Action& action);
void add_render(CLI::App& app, const GlobalOptions& globals, Action& action);
void add_still(CLI::App& app, const GlobalOptions& globals, Action& action);
void add_zoom(CLI::App& app, const GlobalOptions& globals, Action& action);
void add_draft(CLI::App& app, const GlobalOptions& globals, Action& action);
void add_atlas(CLI::App& app, const GlobalOptions& globals, Action& action);
void add_sees(CLI::App& app, const GlobalOptions& globals, Action& action);
void add_show(CLI::App& app, const GlobalOptions& globals, Action& action);
void add_queue(CLI::App& app, const GlobalOptions& globals, Action& action);
void add_list(CLI::App& app, const GlobalOptions& globals, Action& action);
void add_weights(CLI::App& app, const GlobalOptions& globals, Action& action);
void add_doctor(CLI::App& app, const GlobalOptions& globals, Action& action);
void add_lab(CLI::App& app, const GlobalOptions& globals, Action& action);

/// Reads the command line. The action lives as long as it likes. Throws UsageError in one line;
/// after --help, --version or a question of a shell, which it answers, there is no action.
Action parse_command_line(int argc, const char* const* argv);

/// A word as a shell reads it back.
std::string quoted(const std::string& word);

}  // namespace reverie
