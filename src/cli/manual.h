// The manual page, reverie(1): all commands, options, parameters, presets and keys from the tables
// that the program itself goes by.
#pragma once

#include <string>

namespace reverie {

/// As man(1) reads it.
std::string manual_page();

}  // namespace reverie
