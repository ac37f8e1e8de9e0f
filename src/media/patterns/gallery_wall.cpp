#include "src/media/patterns/gallery_wall.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "src/media/patterns/pattern_texture.h"

namespace reverie {
namespace {

constexpr int kPaintings = 4;    // in a period, which is two pictures wide
constexpr double kFloor = 0.80;  // where the floor begins, in shares of the height
constexpr double kSkirting = 0.76;
constexpr double kFraction = 256;

struct Rgb {
    double r, g, b;
};
Rgb operator*(Rgb c, double s) { return {c.r * s, c.g * s, c.b * s}; }
Rgb mixed(Rgb a, Rgb b, double t) {
    return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

struct Palette {
    Rgb dark, middle, light;
};
constexpr std::array<Palette, kPaintings> kPalettes{{
    {{24, 40, 62}, {92, 128, 138}, {236, 214, 168}},
    {{52, 22, 20}, {168, 82, 44}, {244, 206, 128}},
    {{20, 38, 26}, {84, 118, 62}, {214, 218, 150}},
    {{38, 26, 56}, {138, 88, 132}, {238, 206, 206}},
}};

/// A point of the wall: x in periods, y in heights, both 0 … 1; `aspect`: a period's height for its
/// width.
class Scene {
  public:
    Scene(double aspect, uint64_t seed)
        : aspect_(aspect),
          plaster_(make_noise(512, 8, 6, 0.6F, seed + 11)),
          paint_(make_noise(256, 3, 6, 0.62F, seed + 12)),
          wood_(make_noise(512, 16, 5, 0.6F, seed + 13)) {}

    Rgb at(double x, double y) const {
        if (y > kFloor) return floor(x, y);
        if (y > kSkirting) return Rgb{206, 198, 182} * (y > kSkirting + 0.006 ? 0.92 : 0.55);
        return painting_or_wall(x, y);
    }

  private:
    /// A spot's light above each painting.
    static double light(double from_center, double y) {
        const double dx = from_center / 0.105, dy = (y - 0.34) / 0.42;
        return 0.50 + 0.62 * std::exp(-(dx * dx + dy * dy));
    }

    Rgb painting_or_wall(double x, double y) const {
        const double cell = x * kPaintings;
        const int number = static_cast<int>(cell) % kPaintings;
        const double from_center = (cell - std::floor(cell) - 0.5) / kPaintings;
        const double half_width = number % 2 == 0 ? 0.066 : 0.048;
        const double half_height = number % 2 == 0 ? 0.17 : 0.22;
        const double dx = std::abs(from_center) * aspect_, dy = std::abs(y - 0.36);
        const double inside = std::min(half_width * aspect_ - dx, half_height - dy);
        const double lit = light(from_center, y);
        if (inside > 0.028) return painting(number, from_center, y) * (lit * 0.95);
        if (inside > 0) return frame(inside) * lit;
        const float plaster = sample(plaster_, x * 2, y / aspect_ * 2);
        // The frame's own shadow, from the light above.
        const double under =
            std::min(half_width * aspect_ + 0.004 - dx, half_height - std::abs(y - 0.385));
        const double shadow = 1 - 0.4 * std::clamp(under / 0.02 + 0.5, 0.0, 1.0);
        return Rgb{122, 132, 118} * (lit * shadow * (0.82 + 0.36 * plaster));
    }

    static Rgb frame(double inside) {
        const double bead = std::abs(std::sin(inside / 0.028 * 3.1416 * 2));
        return mixed({96, 66, 24}, {226, 182, 92}, 0.25 + 0.75 * bead);
    }

    Rgb painting(int number, double x, double y) const {
        const double u = x * 5 + number * 0.37, v = y * 1.4 + number * 0.21;
        const float bend = sample(paint_, u * 0.7, v * 0.7);
        const float t = sample(paint_, u + 0.35 * bend, v + 0.3 * bend);
        const Palette& p = kPalettes[number];
        const double sky = std::clamp(0.5 + (0.36 - y) * 1.6 + (t - 0.5) * 1.6, 0.0, 1.0);
        return sky < 0.5 ? mixed(p.dark, p.middle, sky * 2) : mixed(p.middle, p.light, sky * 2 - 1);
    }

    Rgb floor(double x, double y) const {
        const double depth = (y - kFloor) / (1 - kFloor);
        const double row = std::pow(depth, 0.7) * 5;
        const int board = static_cast<int>(row);
        const double along = x * 8 + board * 0.37;
        const float grain = sample(wood_, x * 3 + board * 0.19, row * 0.35);
        const double gap = std::min(row - board, std::abs(along - std::round(along)) * 6);
        const double seam = gap < 0.05 ? 0.55 : 1;
        const double tone = 0.72 + 0.10 * ((board * 7 + static_cast<int>(along) * 3) % 4);
        return Rgb{136, 96, 60} * (seam * tone * (0.62 + 0.5 * grain) * (0.7 + 0.35 * depth));
    }

    static float sample(const Field& field, double u, double v) {
        const auto size = static_cast<float>(field.size);
        return field.sample(static_cast<float>(u) * size, static_cast<float>(v) * size);
    }

    double aspect_;
    Field plaster_, paint_, wood_;
};

}  // namespace

GalleryWall::GalleryWall(int width, int height, uint64_t seed)
    : width_(width), height_(height), period_(2 * width) {
    const Scene scene(static_cast<double>(period_) / height, seed);
    for (auto& plane : planes_) plane.resize(static_cast<size_t>(period_ + 1) * height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x <= period_; ++x) {
            const Rgb c = scene.at((x % period_ + 0.5) / period_, (y + 0.5) / height);
            const size_t i = static_cast<size_t>(y) * (period_ + 1) + x;
            planes_[0][i] = static_cast<uint8_t>(std::clamp(c.g, 0.0, 255.0));
            planes_[1][i] = static_cast<uint8_t>(std::clamp(c.b, 0.0, 255.0));
            planes_[2][i] = static_cast<uint8_t>(std::clamp(c.r, 0.0, 255.0));
        }
    }
}

void GalleryWall::draw(double left_px, const VideoPlanes& dst) const {
    const double left = left_px - period_ * std::floor(left_px / period_);
    const int first = static_cast<int>(left);
    const auto right_share = static_cast<unsigned>((left - first) * kFraction);
    const unsigned left_share = static_cast<unsigned>(kFraction) - right_share;
    for (int plane = 0; plane < 3; ++plane) {
        for (int y = 0; y < height_; ++y) {
            const uint8_t* const row = &planes_[plane][static_cast<size_t>(y) * (period_ + 1)];
            uint8_t* const out = dst.data[plane] + y * dst.stride_bytes[plane];
            const auto blend = [&](const uint8_t* src, int count, uint8_t* to) {
                for (int x = 0; x < count; ++x)
                    to[x] = static_cast<uint8_t>(
                        (src[x] * left_share + src[x + 1] * right_share + 128U) >> 8U);
            };
            const int before_seam = std::min(width_, period_ - first);
            blend(row + first, before_seam, out);
            blend(row, width_ - before_seam, out + before_seam);
        }
    }
}

}  // namespace reverie
