#include "src/render/recipe.h"

#include <fmt/format.h>

#include <sstream>

#include "src/control/toml_params.h"
#include "src/media/recipe_file.h"
#include "src/util/error.h"

namespace reverie {

std::string to_text(const Recipe& recipe) {
    toml::array by_hand;
    for (const std::string& key : recipe.by_hand) by_hand.push_back(key);
    toml::table table{{"command", recipe.command},
                      {"look", recipe.look},
                      {"version", recipe.version},
                      {"network", recipe.network},
                      {"objective_by_hand", recipe.objective_by_hand},
                      {"by_hand", std::move(by_hand)},
                      {"params", params_table(recipe.params)}};
    if (!recipe.preset.empty()) table.insert("preset", recipe.preset);
    if (!recipe.score.empty()) table.insert("score", recipe.score);
    std::ostringstream text;
    text << kRecipeLine << '\n' << table << '\n';
    return text.str();
}

std::string without_place(const std::string& path) {
    const bool url = path.find("://") != std::string::npos;
    const std::string whole = url ? path.substr(0, path.find_first_of("?#")) : path;
    const size_t end = whole.find_last_not_of('/');  // of a folder
    if (end == std::string::npos) return whole.substr(0, 1);
    const std::string name = whole.substr(0, end + 1);
    return name.substr(name.find_last_of('/') + 1);
}

Recipe parse_recipe(const std::string& text, const std::string& file) {
    const toml::table table = parse_toml(text, file);
    Recipe recipe;
    recipe.command = toml_string(table, "command", file);
    recipe.look = toml_string(table, "look", file);
    recipe.version = toml_string(table, "version", file);
    recipe.network = toml_string(table, "network", file);
    recipe.preset = toml_string(table, "preset", file);
    recipe.score = toml_string(table, "score", file);
    recipe.objective_by_hand = table["objective_by_hand"].value_or(false);
    if (const toml::table* params = table["params"].as_table()) {
        for (const auto& [key, value] : *params)
            set_from_toml(recipe.params, key.str(), value, file);
    }
    if (const toml::array* keys = table["by_hand"].as_array()) {
        for (const toml::node& key : *keys) recipe.by_hand.push_back(key.value_or(std::string()));
    }
    return recipe;
}

Recipe read_recipe(const std::string& path) {
    const std::string text = recipe_in(path);
    require(!text.empty(),
            fmt::format("'{}' does not say how it was made; files of reverie do: mp4, mov, mkv, "
                        "webm, png, jpg, tif",
                        path));
    return parse_recipe(text, path);
}

}  // namespace reverie
