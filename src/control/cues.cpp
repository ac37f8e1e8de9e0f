#include "src/control/cues.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <vector>

#include "src/control/toml_params.h"
#include "src/util/error.h"
#include "src/util/user_folders.h"

namespace reverie {
namespace {

Quantise read_wait(const toml::table& table, const std::string& file) {
    const std::string name = toml_string(table, "wait", file);
    std::vector<std::string_view> known;
    for (const auto& [word, quantise] : kQuantises) {
        if (word == name) return quantise;
        known.push_back(word);
    }
    fail_at(file, *table.get("wait"),
            fmt::format("wait '{}' is none of {}", name, fmt::join(known, ", ")));
}

void read_cue(const toml::table& table, const std::string& file, Cues& cues) {
    const std::vector<std::string> known{"number", "preset", "fade", "wait"};
    for (const auto& [key, node] : table) {
        if (std::find(known.begin(), known.end(), key.str()) == known.end())
            fail_at(file, node,
                    fmt::format("unknown key '{}'; a cue has {}{}", key.str(),
                                fmt::join(known, ", "), did_you_mean(key.str(), known)));
    }
    const auto number = table["number"].value_exact<int64_t>().value_or(0);
    if (number < 1 || number > kCues)
        fail_at(file, table, fmt::format("a cue has a number from 1 to {}", kCues));
    Cue& cue = cues[static_cast<size_t>(number - 1)];
    cue.preset = toml_string(table, "preset", file);
    if (const toml::node* node = table.get("fade")) {
        const double fade_s = node->is_number() ? node->value<double>().value_or(NAN) : NAN;
        if (!(fade_s >= 0 && fade_s <= kLongestFadeS))
            fail_at(file, *node, fmt::format("fade takes 0 to {:g} seconds", kLongestFadeS));
        cue.fade_s = fade_s;
    }
    if (table.contains("wait")) cue.wait = read_wait(table, file);
}

}  // namespace

Cues parse_cues(std::string_view text, const std::string& file) {
    const toml::table root = parse_toml(text, file);
    Cues cues;
    for (const auto& [key, node] : root) {
        if (key.str() != "cue" || !node.is_array_of_tables())
            fail_at(file, node, "cues are tables; write [[cue]] before each");
        for (const toml::node& one : *node.as_array()) read_cue(*one.as_table(), file, cues);
    }
    return cues;
}

std::string to_toml(const Cues& cues) {
    toml::array tables;
    for (size_t i = 0; i < cues.size(); ++i) {
        const Cue& cue = cues[i];
        if (cue == Cue()) continue;
        toml::table table{{"number", static_cast<int64_t>(i + 1)}};
        if (!cue.preset.empty()) table.insert("preset", cue.preset);
        if (cue.fade_s) table.insert("fade", *cue.fade_s);
        for (const auto& [word, quantise] : kQuantises) {
            if (cue.wait == quantise) table.insert("wait", std::string(word));
        }
        tables.push_back(std::move(table));
    }
    toml::table root;
    if (!tables.empty()) root.insert("cue", std::move(tables));
    std::ostringstream text;
    text << root << '\n';
    return text.str();
}

std::filesystem::path cues_path() {
    const std::filesystem::path folder = user_folder(UserFolder::config);
    return folder.empty() ? folder : folder / "cues.toml";
}

}  // namespace reverie
