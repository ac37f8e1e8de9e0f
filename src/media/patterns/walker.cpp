// `walker`: a figure that walks along a gallery while the camera goes with it. The wall moves as a
// whole and each part of the body is rigid, so that the motion of every pixel is known.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "src/media/patterns/gallery_wall.h"
#include "src/media/patterns/pattern_kind.h"
#include "src/media/patterns/pattern_texture.h"

namespace reverie {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr double kStrideS = 1.5;  // two steps
constexpr double kFigure = 0.80;  // its height, of the picture's
constexpr double kStride = 0.80;  // its way in kStrideS, of its height
constexpr double kGround = 0.93;  // where it stands, of the picture's height
constexpr double kSwing = 0.42;   // of the legs, rad
constexpr double kVisible = 0.5;  // opacity from which on a part hides what is behind it

/// From back to front.
enum Part : uint8_t {
    far_arm,
    far_forearm,
    far_thigh,
    far_shin,
    far_foot,
    near_thigh,
    near_shin,
    near_foot,
    neck,
    torso,
    head,
    near_arm,
    near_forearm,
    kParts
};

enum class Cloth : uint8_t { jacket, trousers, skin, leather, face };

/// A tapered capsule from the origin along +y, in shares of the figure's height.
struct Limb {
    double length, radius, end_radius;
    Cloth cloth;
    double light;  ///< far limbs lie in the shade
};

constexpr std::array<Limb, kParts> kLimbs{{
    {0.165, 0.034, 0.028, Cloth::jacket, 0.62},
    {0.150, 0.027, 0.019, Cloth::skin, 0.62},
    {0.240, 0.058, 0.042, Cloth::trousers, 0.62},
    {0.235, 0.041, 0.026, Cloth::trousers, 0.62},
    {0.105, 0.026, 0.017, Cloth::leather, 0.62},
    {0.240, 0.060, 0.043, Cloth::trousers, 1},
    {0.235, 0.042, 0.027, Cloth::trousers, 1},
    {0.110, 0.027, 0.018, Cloth::leather, 1},
    {0.060, 0.030, 0.028, Cloth::skin, 0.8},
    {0.270, 0.074, 0.086, Cloth::jacket, 1},
    {0.050, 0.052, 0.060, Cloth::face, 1},
    {0.165, 0.037, 0.030, Cloth::jacket, 1},
    {0.150, 0.028, 0.020, Cloth::skin, 1},
}};

struct Point {
    double x, y;
};

/// Where a limb's origin is, in px, and its angle: 0 hangs down, positive swings forward.
struct Pose {
    Point at{};
    double cos = 1, sin = 0;

    Point out(Point local) const {
        return {at.x + local.x * cos + local.y * sin, at.y - local.x * sin + local.y * cos};
    }
    Point in(Point p) const {
        const double dx = p.x - at.x, dy = p.y - at.y;
        return {dx * cos - dy * sin, dx * sin + dy * cos};
    }
};

using Body = std::array<Pose, kParts>;

struct Stage {
    int width, height;
    double figure_px() const { return kFigure * height; }
    double wall_px(double time_s) const { return kStride * figure_px() * time_s / kStrideS; }
};

/// Hangs `part` at `from`'s point `along` (a share of its length), turned by `angle`.
void hang(Body& body, const Stage& stage, Part part, Part from, double along, double angle) {
    const double down = along * kLimbs[from].length * stage.figure_px();
    body[part] = {body[from].out({0, down}), std::cos(angle), std::sin(angle)};
}

void hang_leg(Body& body, const Stage& stage, bool near, double phase) {
    const double thigh = kSwing * std::sin(phase);
    // A knee bends while its leg swings forward.
    const double shin = thigh - 0.10 - 0.42 * (1 + std::cos(phase + 0.25));
    hang(body, stage, near ? near_thigh : far_thigh, torso, 0, thigh);
    hang(body, stage, near ? near_shin : far_shin, near ? near_thigh : far_thigh, 1, shin);
    hang(body, stage, near ? near_foot : far_foot, near ? near_shin : far_shin, 1,
         1.48 + 0.55 * shin);
}

void hang_arm(Body& body, const Stage& stage, bool near, double phase) {
    const double arm = -0.5 * std::sin(phase);
    hang(body, stage, near ? near_arm : far_arm, torso, 0.93, arm);
    hang(body, stage, near ? near_forearm : far_forearm, near ? near_arm : far_arm, 1,
         arm + 0.40 - 0.2 * std::sin(phase));
}

Body body_at(const Stage& stage, double time_s) {
    Body body;
    const double phase = kTurn * time_s / kStrideS;
    const double lean = std::numbers::pi - 0.05;
    // It comes nearer and falls back a little, and rises in the middle of each step.
    const double x = stage.width * (0.5 + 0.06 * std::sin(kTurn * time_s / 17));
    const double leg = (kLimbs[near_thigh].length + kLimbs[near_shin].length + 0.015);
    const double y =
        stage.height * kGround - stage.figure_px() * (leg - 0.02 * std::cos(2 * phase));
    body[torso] = {{x, y}, std::cos(lean), std::sin(lean)};
    hang(body, stage, neck, torso, 1.15, lean);
    hang(body, stage, head, neck, 1.05, lean + 0.06 * std::sin(phase));
    hang_leg(body, stage, true, phase);
    hang_leg(body, stage, false, phase + std::numbers::pi);
    hang_arm(body, stage, true, phase);
    hang_arm(body, stage, false, phase + std::numbers::pi);
    return body;
}

struct Rgb {
    float r, g, b;
};

/// `across`: -1 at the back to 1 at the front of the limb; `along`: 0 … 1.
Rgb cloth_at(Cloth cloth, double across, double along, float weave) {
    const float shade = 0.82F + 0.36F * weave;
    switch (cloth) {
        case Cloth::jacket: {
            const bool seam = std::abs(std::fmod(along * 4 + 10, 1.0) - 0.5) < 0.035;
            const float s = seam ? 0.6F * shade : shade;
            return {176 * s, 62 * s, 42 * s};
        }
        case Cloth::trousers:
            return {54 * shade, 66 * shade, 92 * shade};
        case Cloth::leather:
            return {88 * shade, 56 * shade, 34 * shade};
        case Cloth::skin:
            return {214 * shade, 164 * shade, 132 * shade};
        case Cloth::face:
            break;
    }
    const double ahead = -across;  // limbs are drawn hanging down, so the head is upside down
    const bool eye = std::hypot((ahead - 0.5) * 1.6, along - 0.55) < 0.13;
    const bool hair = along > 0.88 - 0.12 * ahead || ahead < 0.05 - 0.9 * (0.75 - along);
    if (eye) return {28, 24, 26};
    if (hair) return {62 * shade, 40 * shade, 28 * shade};
    return {220 * shade, 172 * shade, 142 * shade};
}

/// A limb drawn once in its own coordinates: R, G, B, times opacity, and opacity, 0 … 255.
class Sprite {
  public:
    using Texel __attribute__((vector_size(16))) = float;

    Sprite(const Limb& limb, double figure_px, const Field& weave) {
        const double length = limb.length * figure_px;
        const double r0 = limb.radius * figure_px, r1 = limb.end_radius * figure_px;
        margin_ = static_cast<int>(std::ceil(std::max(r0, r1))) + 2;
        width_ = 2 * margin_ + 1;
        height_ = 2 * margin_ + static_cast<int>(std::ceil(length)) + 1;
        texels_.resize(static_cast<size_t>(width_) * height_ + width_ + 1);
        const double texel = weave.size / (1.2 * figure_px);
        for (int row = 0; row < height_; ++row) {
            for (int column = 0; column < width_; ++column) {
                const double x = column - margin_, y = row - margin_;
                const double t = std::clamp(y / length, 0.0, 1.0);
                const double radius = r0 + t * (r1 - r0);
                const double edge = radius - std::hypot(x, y - t * length);
                const double opacity = std::clamp(edge + 0.5, 0.0, 1.0);
                if (opacity <= 0) continue;
                const double across = std::clamp(x / radius, -1.0, 1.0);
                const float grain = weave.sample(static_cast<float>(x * texel + 97 * limb.length),
                                                 static_cast<float>(y * texel));
                const Rgb rgb = cloth_at(limb.cloth, across, (y + r0) / (length + r0 + r1), grain);
                // Light from above and ahead, on a cylinder.
                const double light =
                    limb.light * (0.42 + 0.48 * std::sqrt(1 - across * across) + 0.16 * across);
                texels_[static_cast<size_t>(row) * width_ + column] =
                    Texel{static_cast<float>(std::min(255.0, rgb.r * light) * opacity),
                          static_cast<float>(std::min(255.0, rgb.g * light) * opacity),
                          static_cast<float>(std::min(255.0, rgb.b * light) * opacity),
                          static_cast<float>(opacity)};
            }
        }
    }

    /// Bilinear, at a point of the limb's own coordinates; nothing outside of it.
    Texel at(Point local) const {
        const double x = local.x + margin_, y = local.y + margin_;
        if (x < 0 || y < 0 || x >= width_ - 1 || y >= height_ - 1) return Texel{};
        const int column = static_cast<int>(x), row = static_cast<int>(y);
        const auto fx = static_cast<float>(x - column), fy = static_cast<float>(y - row);
        const Texel* p = &texels_[static_cast<size_t>(row) * width_ + column];
        const Texel upper = p[0] + (p[1] - p[0]) * fx;
        const Texel lower = p[width_] + (p[width_ + 1] - p[width_]) * fx;
        return upper + (lower - upper) * fy;
    }
    int reach() const { return margin_; }
    int length() const { return height_ - 2 * margin_; }

  private:
    int margin_ = 0, width_ = 0, height_ = 0;
    std::vector<Texel> texels_;
};

std::vector<Sprite> sprites_of(const Stage& stage, uint64_t seed) {
    const Field weave = make_noise(256, 32, 4, 0.7F, seed + 1);
    std::vector<Sprite> sprites;
    for (const Limb& limb : kLimbs) sprites.emplace_back(limb, stage.figure_px(), weave);
    return sprites;
}

struct Box {
    int left, top, right, bottom;  ///< right and bottom are outside
};

/// The pixels that a limb can cover.
Box box_of(const Stage& stage, const Sprite& sprite, const Pose& pose) {
    const Point a = pose.at, b = pose.out({0, static_cast<double>(sprite.length())});
    const int reach = sprite.reach();
    return {std::clamp(static_cast<int>(std::min(a.x, b.x)) - reach, 0, stage.width),
            std::clamp(static_cast<int>(std::min(a.y, b.y)) - reach, 0, stage.height),
            std::clamp(static_cast<int>(std::max(a.x, b.x)) + reach + 2, 0, stage.width),
            std::clamp(static_cast<int>(std::max(a.y, b.y)) + reach + 2, 0, stage.height)};
}

class Walker : public Pattern {
  public:
    Walker(int width, int height, uint64_t seed)
        : stage_{width, height}, wall_(width, height, seed), sprites_(sprites_of(stage_, seed)) {}

    void draw(double time_s, const VideoPlanes& dst) override {
        wall_.draw(stage_.wall_px(time_s), dst);
        const Body body = body_at(stage_, time_s);
        shadow(body[torso].at.x, dst);
        for (int part = 0; part < kParts; ++part) paint(sprites_[part], body[part], dst);
    }

  private:
    static void mix(uint8_t& under, float over, float opacity) {
        constexpr float kHalf = 0.5F;
        under = static_cast<uint8_t>(static_cast<float>(under) * (1 - opacity) + over + kHalf);
    }

    /// On the floor; it moves over the boards.
    void shadow(double x, const VideoPlanes& dst) const {
        const double half_width = 0.30 * stage_.figure_px(), half_height = 0.035 * stage_.height;
        const double y0 = (kGround + 0.012) * stage_.height;
        const int first = std::max(0, static_cast<int>(y0 - half_height));
        const int last = std::min(stage_.height, static_cast<int>(y0 + half_height) + 1);
        for (int y = first; y < last; ++y) {
            const double v = (y - y0) / half_height;
            for (int i = std::max(0, static_cast<int>(x - half_width));
                 i < std::min<double>(stage_.width, x + half_width); ++i) {
                const double u = (i - x) / half_width;
                const auto dark = static_cast<float>(0.45 * std::max(0.0, 1 - u * u - v * v));
                for (int plane = 0; plane < 3; ++plane)
                    mix(dst.data[plane][y * dst.stride_bytes[plane] + i], 0, dark);
            }
        }
    }

    void paint(const Sprite& sprite, const Pose& pose, const VideoPlanes& dst) const {
        const Box box = box_of(stage_, sprite, pose);
        for (int y = box.top; y < box.bottom; ++y) {
            uint8_t* const r = dst.data[2] + y * dst.stride_bytes[2];
            uint8_t* const g = dst.data[0] + y * dst.stride_bytes[0];
            uint8_t* const b = dst.data[1] + y * dst.stride_bytes[1];
            for (int x = box.left; x < box.right; ++x) {
                const Sprite::Texel texel =
                    sprite.at(pose.in({static_cast<double>(x), static_cast<double>(y)}));
                if (texel[3] <= 0) continue;
                mix(r[x], texel[0], texel[3]);
                mix(g[x], texel[1], texel[3]);
                mix(b[x], texel[2], texel[3]);
            }
        }
    }

    Stage stage_;
    GalleryWall wall_;
    std::vector<Sprite> sprites_;
};

/// See pattern_flow(): the flow of the wall and, over it, of each limb where it is visible.
void flow_of(int width, int height, uint64_t seed, double time_s, double earlier_s, float* flow) {
    const Stage stage{width, height};
    const size_t plane = static_cast<size_t>(width) * height;
    const auto wall = static_cast<float>(stage.wall_px(time_s) - stage.wall_px(earlier_s));
    std::fill(flow, flow + plane, wall);
    std::fill(flow + plane, flow + 2 * plane, 0.0F);
    const std::vector<Sprite> sprites = sprites_of(stage, seed);
    const Body now = body_at(stage, time_s), before = body_at(stage, earlier_s);
    for (int part = 0; part < kParts; ++part) {
        const Box box = box_of(stage, sprites[part], now[part]);
        for (int y = box.top; y < box.bottom; ++y) {
            for (int x = box.left; x < box.right; ++x) {
                const Point local = now[part].in({static_cast<double>(x), static_cast<double>(y)});
                if (sprites[part].at(local)[3] < kVisible) continue;
                const Point was = before[part].out(local);
                const size_t i = static_cast<size_t>(y) * width + x;
                flow[i] = static_cast<float>(was.x - x);
                flow[plane + i] = static_cast<float>(was.y - y);
            }
        }
    }
}

}  // namespace

extern const PatternKind kWalker{
    .name = "walker",
    .help = "a figure that walks along a gallery: somebody for the dream to stick to",
    .make = [](int width, int height, uint64_t seed) -> std::unique_ptr<Pattern> {
        return std::make_unique<Walker>(width, height, seed);
    },
    .flow = flow_of,
};

}  // namespace reverie
