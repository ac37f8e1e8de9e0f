// Parameters in TOML files: what presets and scores share. Every complaint is one line that begins
// with file:line.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>

#include "src/dream/params.h"

namespace reverie {

/// Parses TOML text. `file`: its name in errors. Throws Error "file:line: …".
toml::table parse_toml(std::string_view text, const std::string& file);

/// "file:line" of `node`.
std::string place_of(const std::string& file, const toml::node& node);

/// Throws Error "file:line: message" with the line of `node`.
[[noreturn]] void fail_at(const std::string& file, const toml::node& node,
                          const std::string& message);

/// Sets the parameter `key` from a TOML value: numbers for numbers, booleans for flags, a string
/// for the objective. Throws Error "file:line: …" for an unknown key, a wrong type, a value out of
/// range.
void set_from_toml(Params& params, std::string_view key, const toml::node& value,
                   const std::string& file);

/// One of `params`, under its key, as set_from_toml reads it back.
void insert_param(toml::table& values, const Params& params, const ParamInfo& info);
/// All of `params`, as set_from_toml reads them back.
toml::table params_table(const Params& params);

/// The string at `key`, "" where there is none. Throws Error "file:line: …" where it is something
/// else.
std::string toml_string(const toml::table& table, std::string_view key, const std::string& file);

}  // namespace reverie
