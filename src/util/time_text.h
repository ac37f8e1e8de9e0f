// Times as people write and read them.
#pragma once

#include <string>
#include <string_view>

namespace reverie {

/// Seconds from "12.5", "12.5s", "1:30" or "1:02:03.5". `option`: its name in errors. Throws
/// UsageError.
double parse_seconds(std::string_view text, std::string_view option);

/// "1:02:03", "2:05", "0:07".
std::string clock_text(double seconds);

}  // namespace reverie
