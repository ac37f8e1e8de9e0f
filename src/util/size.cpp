#include "src/util/size.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "src/util/error.h"
#include "src/util/number_text.h"

namespace reverie {
namespace {

constexpr int kMaxSide = 32768;

int even(double size) { return std::max(2, static_cast<int>(std::lround(size / 2)) * 2); }

}  // namespace

SizeRequest parse_size(std::string_view text) {
    const size_t cross = text.find('x');
    if (cross != std::string_view::npos) {
        const std::string_view width = text.substr(0, cross);
        const std::string_view height = text.substr(cross + 1);
        const std::optional<int> w = width.empty() ? 0 : parse_whole(width);
        const std::optional<int> h = height.empty() ? 0 : parse_whole(height);
        const bool fits = w && h && *w <= kMaxSide && *h <= kMaxSide;
        const bool positive =
            fits && (width.empty() || *w > 0) && (height.empty() || *h > 0) && *w + *h > 0;
        if (positive) return {*w, *h};
    }
    throw UsageError(
        fmt::format("--size {}: expected WIDTHxHEIGHT in px, as in 640x360, 640x or x360, up to {}",
                    one_line(text), kMaxSide));
}

Size choose_size(const SizeRequest& request, int source_width, int source_height) {
    Size size{request.width, request.height};
    if (size.width == 0 && size.height == 0) return {source_width, source_height};
    if (size.width == 0)
        size.width = even(static_cast<double>(size.height) * source_width / source_height);
    if (size.height == 0)
        size.height = even(static_cast<double>(size.width) * source_height / source_width);
    return size;
}

}  // namespace reverie
