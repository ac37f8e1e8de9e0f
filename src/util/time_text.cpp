#include "src/util/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "src/util/error.h"
#include "src/util/number_text.h"

namespace reverie {

double parse_seconds(std::string_view text, std::string_view option) {
    std::string_view rest = text;
    const bool has_clock = rest.find(':') != std::string_view::npos;
    if (!has_clock && rest.ends_with('s')) rest.remove_suffix(1);
    double seconds = 0;
    for (int part = 0; part < 3; ++part) {
        const size_t colon = rest.find(':');
        const bool last = colon == std::string_view::npos;
        const std::optional<double> value = parse_decimal(rest.substr(0, colon));
        if (!value || (!last && *value != std::floor(*value))) break;
        seconds = seconds * 60 + *value;
        if (last) return seconds;
        rest.remove_prefix(colon + 1);
    }
    throw UsageError(fmt::format("{} {}: expected a time, as in 12.5, 12.5s, 1:30 or 1:02:03",
                                 option, one_line(text)));
}

std::string clock_text(double seconds) {
    const auto whole_seconds = static_cast<long long>(std::lround(std::max(0.0, seconds)));
    const long long hours = whole_seconds / 3600;
    const long long minutes = whole_seconds / 60 % 60;
    if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole_seconds % 60);
    return fmt::format("{}:{:02}", minutes, whole_seconds % 60);
}

}  // namespace reverie
