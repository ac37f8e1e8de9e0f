// The motion that zoom, rotation and pan cause over a length of time. They are rates per second, so
// that it looks alike at any frame rate.
#pragma once

#include <cmath>

#include "kernels/ops_image.h"
#include "src/dream/params.h"

namespace reverie {

/// Where each pixel comes from after `dt_s` seconds of params' zoom, rotation and pan, about their
/// centre.
inline AffineMotion drift_of(const Params& params, double dt_s, int width, int height) {
    constexpr double kDegree = 3.14159265358979323846 / 180;
    const double angle = params.rotation * kDegree * dt_s;
    const double scale = std::pow(params.zoom, -dt_s);
    AffineMotion m;
    m.a = static_cast<float>(scale * std::cos(angle));
    m.b = static_cast<float>(scale * std::sin(angle));
    m.centre = {params.centre_x * static_cast<float>(width - 1),
                params.centre_y * static_cast<float>(height - 1)};
    m.shift = {static_cast<float>(-params.pan_x * dt_s * width),
               static_cast<float>(-params.pan_y * dt_s * height)};
    return m;
}

/// The damping with which ImageOps::warp_evenly keeps a picture as crisp under this motion as
/// warp() does on average: the mean of cubic_damping over both axes and the whole picture. 0
/// without motion.
///
/// A motion that never ends needs it. Where the motion is a whole number of pixels, Catmull-Rom
/// damps nothing; everywhere else it damps fine detail again in each frame. Detail that a dream
/// adds in such an undamped place grows without end: in the middle of a zoom or rotation, and along
/// both axes through it.
inline float mean_damping(const AffineMotion& motion, int width, int height) {
    constexpr int kPoints = 256;
    // The plastic number's 1/ρ and 1/ρ²: points that cover the picture evenly without a grid,
    // which might meet the same fraction again and again.
    constexpr double kAcross = 0.7548776662466927, kDown = 0.5698402909980532;
    double sum = 0;
    for (int i = 0; i < kPoints; ++i) {
        const auto share = [i](double of) { return std::fmod(0.5 + of * i, 1.0); };
        const double dx = share(kAcross) * width - 0.5 - motion.centre.x,
                     dy = share(kDown) * height - 0.5 - motion.centre.y;
        for (const double flow : {(motion.a - 1.0) * dx + motion.b * dy + motion.shift.x,
                                  (motion.a - 1.0) * dy - motion.b * dx + motion.shift.y})
            sum += cubic_damping(flow - std::floor(flow));
    }
    return static_cast<float>(sum / (2 * kPoints));
}

/// The same motion, written about another centre.
inline AffineMotion about(Vec2 centre, const AffineMotion& motion) {
    const float dx = centre.x - motion.centre.x, dy = centre.y - motion.centre.y;
    if (dx == 0 && dy == 0) return motion;
    AffineMotion m = motion;
    m.centre = centre;
    m.shift = {motion.shift.x + (motion.a - 1) * dx + motion.b * dy,
               motion.shift.y + (motion.a - 1) * dy - motion.b * dx};
    return m;
}

/// Applies `inner`, then `outer`; both about the same centre.
inline AffineMotion composed(const AffineMotion& outer, const AffineMotion& inner) {
    AffineMotion m = inner;
    m.a = outer.a * inner.a - outer.b * inner.b;
    m.b = outer.a * inner.b + outer.b * inner.a;
    m.shift = {outer.a * inner.shift.x + outer.b * inner.shift.y + outer.shift.x,
               outer.a * inner.shift.y - outer.b * inner.shift.x + outer.shift.y};
    return m;
}

/// The inverse.
inline AffineMotion inverse(const AffineMotion& motion) {
    const float squared = motion.a * motion.a + motion.b * motion.b;
    AffineMotion m = motion;
    m.a = motion.a / squared;
    m.b = -motion.b / squared;
    m.shift = {-(m.a * motion.shift.x + m.b * motion.shift.y),
               -(m.a * motion.shift.y - m.b * motion.shift.x)};
    return m;
}

/// The motion of a canvas that is surrounded only by its own mirror images. They mirror the picture
/// of a while ago, and a newer one before the old one has left the canvas.
class MirroredDrift {
  public:
    /// The next step of the motion.
    MirroredMotion next(const AffineMotion& step, int width, int height) {
        since_ = about(step.centre, since_);
        if (is_far(width, height)) {
            since_ = AffineMotion();
            since_.centre = step.centre;
        }
        const MirroredMotion motion{step, since_, inverse(since_)};
        since_ = composed(since_, step);
        return motion;
    }

  private:
    bool is_far(int width, int height) const {
        const float squared = since_.a * since_.a + since_.b * since_.b;
        const Vec2 shift =
            about({0.5F * static_cast<float>(width - 1), 0.5F * static_cast<float>(height - 1)},
                  since_)
                .shift;
        return squared < 0.5F || squared > 4.0F || since_.a < 2 * std::abs(since_.b) ||
               std::abs(shift.x) > 0.3F * static_cast<float>(width) ||
               std::abs(shift.y) > 0.3F * static_cast<float>(height);
    }

    AffineMotion since_;
};

}  // namespace reverie
