#include "src/control/preset.h"

#include <fmt/format.h>

#include "src/control/modulation_file.h"
#include "src/control/toml_params.h"
#include "src/util/error.h"

namespace reverie {

void Preset::apply(Params& params) const {
    for (const auto& [key, value] : settings) set_param(params, key, value);
}

Preset parse_preset(std::string_view text, const std::string& file) {
    const toml::table root = parse_toml(text, file);
    Preset preset;
    preset.title = toml_string(root, "title", file);
    preset.description = toml_string(root, "description", file);
    preset.modulation = read_modulation(root, file);
    for (const auto& [key, node] : root) {
        if (key == "title" || key == "description" || key == "modulation") continue;
        if (key != "params") {
            fail_at(file, node,
                    fmt::format(
                        "unknown key '{}'; a preset has title, description, [params] and "
                        "[[modulation]]{}",
                        key.str(),
                        did_you_mean(key.str(), {"title", "description", "params", "modulation"})));
        }
        if (!node.is_table())
            fail_at(file, node, "params is not a table; write [params] on a line of its own");
        Params checked;
        for (const auto& [param, value] : *node.as_table()) {
            set_from_toml(checked, param.str(), value, file);
            preset.settings.emplace_back(param.str(), get_param(checked, param.str()));
            if (find_param(param.str()).is_objective()) preset.objective_at = place_of(file, value);
        }
    }
    return preset;
}

}  // namespace reverie
