#include "src/cli/command_tree.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

namespace reverie {
namespace {

/// What an option or argument takes, wherever one of this name stands. The parser itself knows only
/// TEXT, which says nothing. What is not listed keeps the parser's word.
struct ValueName {
    const char* option;
    const char* value;
};
constexpr ValueName kValueNames[] = {
    {"--at", "TIMES"},           {"--background", "COLOUR"}, {"--checkpoint", "SECONDS"},
    {"--codec", "CODEC"},        {"--controls", "FILE"},     {"--device", "DEVICE"},
    {"--dump", "FILE"},          {"--duration", "TIME"},     {"--filters", "FILE"},
    {"--find", "WORD"},          {"--fps", "RATE"},          {"--guide", "FILE"},
    {"--health", "FILE"},        {"--into", "FOLDER"},       {"--layer", "LAYER"},
    {"--layers", "LAYERS"},      {"--like", "FILE"},         {"--loop", "TIME"},
    {"--monitor", "NUMBER"},     {"--network", "NETWORK"},   {"--objective", "LAYERS"},
    {"--output", "FILE"},        {"--preset", "PRESET"},     {"--presets", "NAMES"},
    {"--preview", "FILE"},       {"--record", "FILE"},       {"--record-dry", "FILE"},
    {"--run-up", "TIME"},        {"--score", "SCORE"},       {"--second", "SOURCE"},
    {"--set", "KEY=VALUE"},      {"--shot-list", "FILE"},    {"--size", "SIZE"},
    {"--sound", "SOUND"},        {"--start", "TIME"},        {"--stream", "URL"},
    {"--take", "FILE"},          {"--vary", "KEY=VALUES"},   {"--virtual-camera", "CAMERA"},
    {"--walk-presets", "NAMES"}, {"--weights", "NETWORK"},   {"--when-done", "COMMAND"},
    {"dream", "FILE"},           {"file", "FILE"},           {"first", "FILE"},
    {"folder", "FOLDER"},        {"image", "FILE"},          {"input", "INPUT"},
    {"jobs", "NUMBER"},          {"layer", "LAYER"},         {"network", "NETWORK"},
    {"second", "FILE"},          {"source", "SOURCE"},
};

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
    return parts;
}

/// "INT:{8,10,16}" and "FLOAT:FLOAT in [0 - 63]", as the parser describes values.
void read_type(const std::string& type, OptionInfo& info) {
    const size_t braces = type.find(":{");
    const size_t range = type.find(" in [");
    info.value = type;
    if (braces != std::string::npos) {
        info.value = type.substr(0, braces);
        const size_t end = type.find('}', braces);
        info.choices = split(type.substr(braces + 2, end - braces - 2), ',');
    } else if (range != std::string::npos) {
        info.value = type.substr(0, type.rfind(':', range));
        const size_t first = range + std::string(" in [").size();
        info.range = type.substr(first, type.find(']', first) - first);
        const size_t dash = info.range.find(" - ");
        if (dash != std::string::npos) info.range.replace(dash, 3, " to ");
    }
    if (info.value == "TEXT" && !info.choices.empty()) info.value = "WORD";
    if (info.value == "INT" || info.value == "UINT" || info.value == "FLOAT") info.value = "NUMBER";
}

OptionInfo describe(const CLI::Option& option) {
    OptionInfo info;
    const std::vector<std::string>& long_names = option.get_lnames();
    for (const std::string& name : long_names) info.names.push_back("--" + name);
    for (const std::string& name : option.get_snames()) info.names.push_back("-" + name);
    if (info.names.empty()) info.names.push_back(option.get_name());
    info.help = option.get_description();
    info.group = option.get_group();
    info.required = option.get_required();
    const bool takes_value = option.get_items_expected_max() > 0;
    if (takes_value) {
        read_type(option.get_type_name(), info);
        info.initial = option.get_default_str();
    }
    info.repeats = takes_value && option.get_expected_max() > 1;
    return info;
}

const char* value_name(const CLI::Option& option) {
    for (const ValueName& row : kValueNames) {
        if (option.check_name(row.option)) return row.value;
    }
    return nullptr;
}

}  // namespace

void name_values(CLI::App& app) {
    for (CLI::Option* option : app.get_options()) {
        if (option->get_items_expected_max() == 0) continue;
        if (const char* value = value_name(*option)) option->type_name(value);
    }
    for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        name_values(*command);
}

CommandInfo describe(const CLI::App& app) {
    CommandInfo info;
    info.name = app.get_name();
    info.help = app.get_description();
    for (const CLI::Option* option : app.get_options()) {
        OptionInfo each = describe(*option);
        const bool named = each.names.front().starts_with('-');
        (named ? info.options : info.arguments).push_back(std::move(each));
    }
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        info.commands.push_back(describe(*command));
    return info;
}

}  // namespace reverie
