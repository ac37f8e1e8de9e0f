// Numbers as people write them: whole strings only, nothing negative.
#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace reverie {

/// A whole non-negative number that fills all of `text`.
inline std::optional<int> parse_whole(std::string_view text) {
    int value = 0;
    const auto [stop, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc() || stop != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

/// A finite non-negative number that fills all of `text`.
inline std::optional<double> parse_decimal(std::string_view text) {
    double value = 0;
    const auto [stop, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc() || stop != text.data() + text.size() || !std::isfinite(value) ||
        value < 0)
        return std::nullopt;
    return value;
}

}  // namespace reverie
