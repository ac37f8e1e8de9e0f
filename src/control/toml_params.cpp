#include "src/control/toml_params.h"

#include <fmt/format.h>

#include "src/util/error.h"

namespace reverie {
namespace {

std::string_view kind_of(const toml::node& node) {
    if (node.is_string()) return "a string";
    if (node.is_boolean()) return "true or false";
    if (node.is_number()) return "a number";
    if (node.is_array()) return "an array";
    if (node.is_table()) return "a table";
    return "a date or time";
}

}  // namespace

toml::table parse_toml(std::string_view text, const std::string& file) {
    try {
        return toml::parse(text, file);
    } catch (const toml::parse_error& error) {
        std::string why(error.description());  // it quotes the text, ends of lines as well
        for (char& c : why) {
            if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
        }
        throw Error(fmt::format("{}:{}: {}", file, error.source().begin.line, why));
    }
}

std::string place_of(const std::string& file, const toml::node& node) {
    return fmt::format("{}:{}", file, node.source().begin.line);
}

void fail_at(const std::string& file, const toml::node& node, const std::string& message) {
    throw Error(fmt::format("{}: {}", place_of(file, node), message));
}

void set_from_toml(Params& params, std::string_view key, const toml::node& value,
                   const std::string& file) {
    try {
        const ParamInfo& info = find_param(key);
        const auto wrong_type = [&](std::string_view wanted) {
            throw Error(fmt::format("{} takes {}, not {}", key, wanted, kind_of(value)));
        };
        if (info.is_objective()) {
            if (!value.is_string()) wrong_type("an expression in quotes");
            set_param(params, key, value.as_string()->get());
        } else if (info.is_flag()) {
            if (!value.is_boolean()) wrong_type("true or false");
            set_number(params, info, value.as_boolean()->get() ? 1 : 0);
        } else {
            if (!value.is_number()) wrong_type("a number");
            set_number(params, info, value.value<double>().value_or(0));
        }
    } catch (const Error& error) {
        fail_at(file, value, error.what());
    }
}

void insert_param(toml::table& values, const Params& params, const ParamInfo& info) {
    const std::string key(info.key);
    if (info.is_objective()) {
        values.insert(key, get_param(params, info.key));
    } else if (info.is_flag()) {
        values.insert(key, number_of(params, info) != 0);
    } else if (info.is_integer()) {
        values.insert(key, static_cast<int64_t>(number_of(params, info)));
    } else {
        // As it is written elsewhere: 1.4, not the float's 1.39999998.
        values.insert(key, std::strtod(get_param(params, info.key).c_str(), nullptr));
    }
}

toml::table params_table(const Params& params) {
    toml::table values;
    for (const ParamInfo& info : kParams) insert_param(values, params, info);
    return values;
}

std::string toml_string(const toml::table& table, std::string_view key, const std::string& file) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return "";
    if (!node->is_string())
        fail_at(file, *node, fmt::format("{} takes a string, not {}", key, kind_of(*node)));
    return node->as_string()->get();
}

}  // namespace reverie
