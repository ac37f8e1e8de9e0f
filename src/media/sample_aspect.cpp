#include "src/media/sample_aspect.h"

#include <fmt/format.h>

extern "C" {
#include <libavutil/rational.h>
}

#include <algorithm>
#include <cmath>

namespace reverie {
namespace {

constexpr int64_t kMost = 65535;  ///< of numerator and denominator, as H.264 stores them

/// Do width × height px have the aspect ratio `ratio`, within one pixel?
bool has_shape(int width, int height, double ratio) {
    return std::abs(width - height * ratio) <= 1 || std::abs(height - width / ratio) <= 1;
}

double shown(const SourceInfo& info) {
    return info.sample_aspect.value() * info.width / info.height;
}

std::string ratio_text(int64_t num, int64_t den) {
    int a = 1;
    int b = 1;
    const bool exact = av_reduce(&a, &b, num, den, 100) != 0;
    return exact ? fmt::format("{}:{}", a, b)
                 : fmt::format("{:.2f}:1", static_cast<double>(num) / static_cast<double>(den));
}

int even(double size) { return std::max(2, static_cast<int>(std::lround(size / 2)) * 2); }

}  // namespace

Rational aspect_at(const SourceInfo& info, int width, int height) {
    const Rational old = info.sample_aspect;
    if (!old.known() || has_shape(width, height, static_cast<double>(info.width) / info.height))
        return old;
    Rational aspect{1, 1};
    av_reduce(&aspect.num, &aspect.den, int64_t{old.num} * info.width * height,
              int64_t{old.den} * info.height * width, kMost);
    return aspect;
}

std::string shape_note(const SourceInfo& info, int width, int height) {
    const Rational aspect = aspect_at(info, width, height);
    if (aspect == info.sample_aspect || has_shape(width, height, shown(info))) return "";
    return fmt::format(
        "{} is {}, but {}x{} px is not: pixels become {}, so that a player shows the same shape; "
        "for square pixels try {}x{}",
        info.name,
        ratio_text(int64_t{info.sample_aspect.num} * info.width,
                   int64_t{info.sample_aspect.den} * info.height),
        width, height, ratio_text(aspect.num, aspect.den), width, even(width / shown(info)));
}

}  // namespace reverie
