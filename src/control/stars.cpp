#include "src/control/stars.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/control/toml_params.h"
#include "src/dream/objective.h"
#include "src/util/error.h"
#include "src/util/user_folders.h"

namespace reverie {
namespace {

Star read_star(const toml::node& node, const std::string& file) {
    const std::string name = node.value<std::string>().value_or("");
    Objective read;
    try {
        read = parse_objective(name);
    } catch (const Error&) {
        // Said below.
    }
    const bool one = read.terms.size() == 1 && read.terms[0].channel >= 0;
    if (!one) fail_at(file, node, fmt::format("'{}' is no channel, as in inception_4c:17", name));
    return {read.terms[0].layer, read.terms[0].channel};
}

}  // namespace

Stars parse_stars(std::string_view text, const std::string& file) {
    const toml::table root = parse_toml(text, file);
    Stars stars;
    for (const auto& [key, node] : root) {
        const toml::array* const list = node.as_array();
        if (key.str() != "stars" || list == nullptr)
            fail_at(file, node, "there is one list in it: stars = [\"inception_4c:17\", …]");
        if (list->size() > kMostStars)
            fail_at(file, node, fmt::format("{} stars at the most", kMostStars));
        for (const toml::node& one : *list) switch_star(stars, read_star(one, file), true);
    }
    return stars;
}

std::string to_toml(const Stars& stars) {
    std::string text = "stars = [\n";
    for (const Star& star : stars)
        text += fmt::format("    \"{}:{}\",\n", star.layer, star.channel);
    return text + "]\n";
}

void switch_star(Stars& stars, const Star& star, bool on) {
    const auto found = std::find(stars.begin(), stars.end(), star);
    if (on && found == stars.end() && stars.size() < kMostStars) stars.push_back(star);
    if (!on && found != stars.end()) stars.erase(found);
}

std::filesystem::path stars_path() {
    const std::filesystem::path folder = user_folder(UserFolder::config);
    return folder.empty() ? folder : folder / "stars.toml";
}

}  // namespace reverie
