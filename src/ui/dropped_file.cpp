#include "src/ui/dropped_file.h"

#include <filesystem>
#include <utility>

#include "src/control/preset.h"
#include "src/control/toml_params.h"
#include "src/media/recipe_file.h"
#include "src/render/recipe.h"
#include "src/util/error.h"
#include "src/util/text_file.h"

namespace reverie {
namespace {

namespace fs = std::filesystem;

/// As --like takes it up; a score is another thing to play, and is named.
Request look_of(const Recipe& recipe, const std::string& path) {
    Modulation modulation;
    if (!recipe.preset.empty()) modulation = parse_preset(recipe.preset, path).modulation;
    const std::string name = fs::path(path).filename().string();
    return request::TakeUpLook{recipe.score.empty() ? name : name + ", without its score",
                               recipe.params, !recipe.objective_by_hand, std::move(modulation)};
}

}  // namespace

std::vector<Request> requests_of_dropped(const std::string& path) {
    if (fs::path(path).extension() == ".toml") {
        if (parse_toml(read_text_file(path), path).contains("keyframe"))
            return {request::OpenScore{path}, request::PlayScore{Switch::on}};
        return {request::LoadPreset{path, std::nullopt}};
    }
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return {request::OpenSource{path}};
    const std::string recipe = recipe_in(path);
    if (recipe.empty()) return {request::OpenSource{path}};
    return {look_of(parse_recipe(recipe, path), path)};
}

}  // namespace reverie
