// reverie show FILE: how a result was made.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "src/cli/commands.h"
#include "src/media/recipe_file.h"
#include "src/render/recipe.h"
#include "src/util/console.h"

namespace reverie {

void add_show(CLI::App& app, const GlobalOptions& /*globals*/, Action& action) {
    const auto file = std::make_shared<std::string>();
    CLI::App* command =
        app.add_subcommand("show", "Print how a video or picture of reverie was made");
    command->fallthrough();
    command->add_option("file", *file, "a video or a picture that reverie has made")->required();
    command->callback(
        [&action, file] { action = [file] { print_out("{}", to_text(read_recipe(*file))); }; });
}

}  // namespace reverie
