#include "src/dream/atlas/affine_view.h"

#include <cmath>
#include <numbers>

#include "src/util/rng.h"

namespace reverie {
namespace {

/// Calls `f(to, from, right, down)` for each pixel that sees the picture: its index, that of the
/// upper left of the four pixels that it lies between, and how far it lies between them.
template <class F, class Outside>
void each_seen(int side, const AffineView& view, F f, Outside outside) {
    const float centre = 0.5F * static_cast<float>(side - 1);
    const float along = std::cos(view.turn) / view.scale, across = std::sin(view.turn) / view.scale;
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const float dx = static_cast<float>(x) - centre - view.shift_x;
            const float dy = static_cast<float>(y) - centre - view.shift_y;
            const float from_x = centre + along * dx + across * dy;
            const float from_y = centre - across * dx + along * dy;
            const int left = static_cast<int>(std::floor(from_x));
            const int top = static_cast<int>(std::floor(from_y));
            const int to = y * side + x;
            if (left < 0 || top < 0 || left + 1 >= side || top + 1 >= side) {
                outside(to);
                continue;
            }
            f(to, top * side + left, from_x - static_cast<float>(left),
              from_y - static_cast<float>(top));
        }
    }
}

/// A word as a number in −1 … 1.
float between(uint32_t word) { return static_cast<float>(word) / 2147483648.0F - 1; }

}  // namespace

AffineView random_view(uint32_t seed, uint32_t step) {
    constexpr float kTurn = 6 * std::numbers::pi_v<float> / 180, kScale = 0.1F, kShift = 6;
    const RandomWords words = philox({step, 1, 0, 0}, {seed, 1});
    return {kTurn * between(words[0]), 1 + kScale * between(words[1]), kShift * between(words[2]),
            kShift * between(words[3])};
}

void look(const std::vector<float>& src, int side, const AffineView& view, float outside,
          std::vector<float>& dst) {
    dst.resize(src.size());
    const size_t plane = static_cast<size_t>(side) * side;
    const size_t planes = src.size() / plane;
    each_seen(
        side, view,
        [&](int to, int from, float right, float down) {
            for (size_t c = 0; c < planes; ++c) {
                const float* p = src.data() + c * plane + from;
                const float above = p[0] + right * (p[1] - p[0]);
                const float below = p[side] + right * (p[side + 1] - p[side]);
                dst[c * plane + to] = above + down * (below - above);
            }
        },
        [&](int to) {
            for (size_t c = 0; c < planes; ++c) dst[c * plane + to] = outside;
        });
}

void look_back(const std::vector<float>& gradient, int side, const AffineView& view,
               std::vector<float>& dst) {
    dst.assign(gradient.size(), 0.0F);
    const size_t plane = static_cast<size_t>(side) * side;
    const size_t planes = gradient.size() / plane;
    each_seen(
        side, view,
        [&](int to, int from, float right, float down) {
            for (size_t c = 0; c < planes; ++c) {
                const float g = gradient[c * plane + to];
                float* p = dst.data() + c * plane + from;
                p[0] += (1 - right) * (1 - down) * g;
                p[1] += right * (1 - down) * g;
                p[side] += (1 - right) * down * g;
                p[side + 1] += right * down * g;
            }
        },
        [](int) {});
}

}  // namespace reverie
