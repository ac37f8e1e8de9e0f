#include "src/media/rate_text.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "src/util/error.h"
#include "src/util/number_text.h"

namespace reverie {

Rational parse_rate(std::string_view text) {
    const size_t slash = text.find('/');
    if (slash != std::string_view::npos) {
        const std::optional<int> num = parse_whole(text.substr(0, slash));
        const std::optional<int> den = parse_whole(text.substr(slash + 1));
        if (num && den && *num > 0 && *den > 0) return {*num, *den};
    } else if (const std::optional<double> rate = parse_decimal(text);
               rate && *rate >= 0.01 && *rate <= 1000) {
        if (std::abs(*rate - std::round(*rate)) < 1e-6)
            return {static_cast<int>(std::lround(*rate)), 1};
        // 23.976, 29.97 and 59.94 are short for the rates of NTSC.
        const double ntsc = std::round(*rate);
        if (std::abs(*rate - ntsc / 1.001) < 0.005) return {static_cast<int>(ntsc) * 1000, 1001};
        return {static_cast<int>(std::lround(*rate * 1000)), 1000};
    }
    throw UsageError(
        fmt::format("--fps {}: expected a rate, as in 25, 29.97 or 30000/1001", one_line(text)));
}

}  // namespace reverie
