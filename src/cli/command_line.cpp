// The parser as a whole, and its complaints in one line each.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <sstream>

#include "src/cli/command_tree.h"
#include "src/cli/commands.h"
#include "src/cli/complete.h"
#include "src/render/recipe.h"
#include "src/session/session_options.h"
#include "src/util/console.h"
#include "src/util/error.h"

namespace reverie {
namespace {

/// The innermost command that was chosen.
const CLI::App& chosen_command(const CLI::App& app) {
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    return chosen.empty() ? app : chosen_command(*chosen.front());
}

std::vector<std::string> command_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(command->get_name());
    }
    return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* level = &app; level != nullptr; level = level->get_parent()) {
        for (const CLI::Option* option : level->get_options()) {
            for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        }
    }
    return names;
}

std::string full_name(const CLI::App& app) {
    const CLI::App* parent = app.get_parent();
    return parent == nullptr ? "reverie" : full_name(*parent) + " " + app.get_name();
}

/// What is wrong with a command line that CLI11 refused, in one line.
std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
    const CLI::App& command = chosen_command(app);
    const std::string help = fmt::format("; {} --help shows what there is", full_name(command));
    const std::vector<std::string> commands = command_names(command);
    const std::vector<std::string> extras = app.remaining(true);
    if (!commands.empty()) {
        const auto word = std::find_if(extras.begin(), extras.end(),
                                       [](const std::string& e) { return !e.starts_with('-'); });
        if (word == extras.end()) {
            return fmt::format("there is no command after {}; use one of {}", full_name(command),
                               fmt::join(commands, ", "));
        }
        return fmt::format("unknown command '{}'{}", *word, did_you_mean(*word, commands, help));
    }
    if (!extras.empty()) {
        const std::string name = extras.front().substr(0, extras.front().find('='));
        return fmt::format(
            "unexpected '{}'{}", extras.front(),
            name.starts_with('-') ? did_you_mean(name, option_names(command), help) : help);
    }
    std::string text = error.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text + help;
}

void add_commands(CLI::App& app, const GlobalOptions& globals, Action& action) {
    add_live(app, globals, action);
    add_render(app, globals, action);
    add_still(app, globals, action);
    add_zoom(app, globals, action);
    add_draft(app, globals, action);
    add_atlas(app, globals, action);
    add_sees(app, globals, action);
    add_show(app, globals, action);
    add_queue(app, globals, action);
    add_list(app, globals, action);
    add_weights(app, globals, action);
    add_doctor(app, globals, action);
    add_lab(app, globals, action);
    app.require_subcommand(1);
}

/// An option that was given without its value would take the next option for it.
void refuse_options_as_values(CLI::App& app) {
    const CLI::Validator value(
        [](const std::string& text) {
            return text.starts_with("--") ? fmt::format("its value is missing before {}", text)
                                          : "";
        },
        "", "");
    for (CLI::Option* option : app.get_options()) {
        if (option->get_items_expected_max() > 0) option->check(value);
    }
    for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        refuse_options_as_values(*command);
}

std::string as_typed(int argc, const char* const* argv) {
    std::string all;
    for (int i = 0; i < argc; ++i) all += (i > 0 ? " " : "") + quoted(argv[i]);
    return all;
}

/// Into what a result says of its command: the words that decide it, and those that choose its look.
/// Where it lies, and what the machine is asked for, is the user's own affair.
void split_command(const CLI::App& app, GlobalOptions& globals) {
    constexpr std::array kNotSaid{"output", "preview", "overwrite", "resume",    "checkpoint",
                                  "device", "threads", "memory-mb", "quiet",     "verbose",
                                  "like",   "shots",   "shot",      "shot-list", "join"};
    constexpr std::array kLook{"preset", "score", "set", "objective", "seed"};
    constexpr std::array kPlaces{"",       "guide", "preset", "score",
                                 "second", "sound", "take",   "weights"};  // "": the input
    const CLI::App& command = chosen_command(app);
    globals.made_by = full_name(command);
    for (const CLI::App* level = &command; level != nullptr; level = level->get_parent()) {
        for (const CLI::Option* option : level->get_options()) {
            const std::vector<std::string>& names = option->get_lnames();
            const std::string name = names.empty() ? "" : names.front();
            const bool said = std::find(kNotSaid.begin(), kNotSaid.end(), name) == kNotSaid.end();
            if (option->count() == 0 || !said) continue;
            std::string& words = std::find(kLook.begin(), kLook.end(), name) != kLook.end()
                                     ? globals.look
                                     : globals.made_by;
            const bool flag = option->get_items_expected_max() == 0;
            const bool place = std::find(kPlaces.begin(), kPlaces.end(), name) != kPlaces.end();
            for (const std::string& value : option->results()) {
                if (!words.empty()) words += ' ';
                if (!name.empty()) words += "--" + name + (flag ? "" : " ");
                if (!flag) words += quoted(place ? without_place(value) : value);
            }
        }
    }
}

/// Everything that the program understands.
void add_all(CLI::App& app, GlobalOptions& globals, Action& action) {
    app.name("reverie");
    app.description(
        "Reverie dreams: a network trained to recognise things paints what it seems to see into a "
        "video.");
    app.set_version_flag("--version", "reverie " REVERIE_VERSION);
    app.fallthrough();
    add_global_options(app, globals);
    add_commands(app, globals, action);
    name_values(app);
}

}  // namespace

CommandInfo command_tree() {
    GlobalOptions globals;
    Action action;
    CLI::App app;
    add_all(app, globals, action);
    return describe(app);
}

std::string quoted(const std::string& word) {
    constexpr std::string_view kPlain = "_-+=:,./@%^";
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [&](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               kPlain.find(c) != std::string_view::npos;
    });
    if (plain) return word;
    std::string inside;
    for (const char c : word) inside += c == '\'' ? "'\\''" : std::string(1, c);
    return "'" + inside + "'";
}

Action parse_command_line(int argc, const char* const* argv) {
    // What a shell asks is read as it was typed: half of a command line is none.
    if (argc > 1 && std::string_view(argv[1]) == kCompleteOption) {
        write_out(to_text(complete(command_tree(), {argv + 2, argv + argc})));
        return {};
    }
    const auto globals = std::make_shared<GlobalOptions>();
    CLI::App app;
    Action action;
    add_all(app, *globals, action);
    refuse_options_as_values(app);
    globals->command = as_typed(argc, argv);
    try {
        app.parse(argc, argv);
        split_command(app, *globals);
    } catch (const CLI::Success& wanted) {  // --help, --version
        std::ostringstream text;
        app.exit(wanted, text, text);
        write_out(text.str());
        return {};
    } catch (const CLI::ParseError& error) {
        throw UsageError(complaint(app, error));
    }
    // The commands refer to `globals`.
    return [globals, action] { action(); };
}

}  // namespace reverie
