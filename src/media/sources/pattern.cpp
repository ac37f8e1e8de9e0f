// Built-in patterns as a kind of source.
#include "src/media/pattern.h"

#include "src/media/source_kind.h"

namespace reverie {
namespace {

std::string name_in(const std::string& spec) {
    return spec.substr(std::string(kPatternPrefix).size());
}

std::string all_patterns() {
    std::string names;
    for (const std::string& name : pattern_names()) names += (names.empty() ? "" : "|") + name;
    return pattern_spec(names);
}

std::vector<SourceChoice> pattern_choices() {
    std::vector<SourceChoice> choices;
    for (const std::string& name : pattern_names())
        choices.push_back({pattern_spec(name), name, pattern_help(name), true});
    return choices;
}

}  // namespace

extern const SourceKind kPatternKind{
    .name = "pattern",
    .description = "built-in moving pictures",
    .help = [](SourceUse) { return all_patterns(); },
    .recognises = [](const std::string& spec) { return spec.starts_with(kPatternPrefix); },
    .open = [](const std::string& spec, const SourceOptions& options,
               CameraMemory*) { return open_pattern(name_in(spec), options); },
    .check = [](const std::string& spec) { require_pattern(name_in(spec)); },
    .needs_pace = [](const SourceInfo&) { return true; },
    .loops = [](const SourceInfo&) { return true; },
    .drawn = true,
    .listing = {.title = "Patterns", .choices = pattern_choices},
};

}  // namespace reverie
