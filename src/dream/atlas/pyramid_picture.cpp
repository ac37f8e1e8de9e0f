#include "src/dream/atlas/pyramid_picture.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "src/util/error.h"
#include "src/util/rng.h"

namespace reverie {
namespace {

constexpr int kPlanes = 3;
constexpr int kLeastSide = 4;  // of the coarsest level
constexpr float kMiddle = 127.5F;

// R, G, B from luminance and two chroma axes, each scaled by about how much photographs vary along
// it: the principal axes of natural colours (Ruderman, Cronin & Chiao, 1998).
constexpr float kLuminance = 0.58F, kWarm = 0.20F, kGreen = 0.06F;
constexpr float kMix[3][kPlanes] = {
    {kLuminance, kWarm, kGreen}, {kLuminance, 0, -2 * kGreen}, {kLuminance, -kWarm, kGreen}};

/// A line of ⌈n/2⌉ values doubled to n, each value a quarter and three quarters of its neighbours:
/// repeated, a quadratic B-spline.
template <class Read, class Write>
void double_line(int n, Read read, Write write) {
    const int half = (n + 1) / 2;
    for (int i = 0; i < n; ++i) {
        const int j = i / 2;
        const int beside = std::clamp(i % 2 == 0 ? j - 1 : j + 1, 0, half - 1);
        write(i, 0.75F * read(j) + 0.25F * read(beside));
    }
}

/// The transpose of double_line(): adds to ⌈n/2⌉ values.
template <class Read, class Add>
void halve_line(int n, Read read, Add add) {
    const int half = (n + 1) / 2;
    for (int i = 0; i < n; ++i) {
        const int j = i / 2;
        const int beside = std::clamp(i % 2 == 0 ? j - 1 : j + 1, 0, half - 1);
        add(j, 0.75F * read(i));
        add(beside, 0.25F * read(i));
    }
}

/// fine += coarse, doubled; planes of n² and ⌈n/2⌉² values.
void add_doubled(int n, const float* coarse, float* fine) {
    const int half = (n + 1) / 2;
    std::vector<float> rows(static_cast<size_t>(half) * n);  // doubled along x
    for (int y = 0; y < half; ++y) {
        const float* from = coarse + static_cast<size_t>(y) * half;
        float* to = rows.data() + static_cast<size_t>(y) * n;
        double_line(
            n, [=](int i) { return from[i]; }, [=](int i, float v) { to[i] = v; });
    }
    for (int y = 0; y < n; ++y) {
        const int beside = std::clamp(y % 2 == 0 ? y / 2 - 1 : y / 2 + 1, 0, half - 1);
        const float* near = rows.data() + static_cast<size_t>(y / 2) * n;
        const float* far = rows.data() + static_cast<size_t>(beside) * n;
        float* to = fine + static_cast<size_t>(y) * n;
        for (int x = 0; x < n; ++x) to[x] += 0.75F * near[x] + 0.25F * far[x];
    }
}

/// The transpose of add_doubled(): coarse = what reaches it of a gradient of `fine`.
void halve(int n, const float* fine, float* coarse) {
    const int half = (n + 1) / 2;
    std::vector<float> rows(static_cast<size_t>(half) * n, 0.0F);
    for (int y = 0; y < n; ++y) {
        const int beside = std::clamp(y % 2 == 0 ? y / 2 - 1 : y / 2 + 1, 0, half - 1);
        float* near = rows.data() + static_cast<size_t>(y / 2) * n;
        float* far = rows.data() + static_cast<size_t>(beside) * n;
        const float* from = fine + static_cast<size_t>(y) * n;
        for (int x = 0; x < n; ++x) near[x] += 0.75F * from[x];
        for (int x = 0; x < n; ++x) far[x] += 0.25F * from[x];
    }
    std::fill(coarse, coarse + static_cast<size_t>(half) * half, 0.0F);
    for (int y = 0; y < half; ++y) {
        const float* from = rows.data() + static_cast<size_t>(y) * n;
        float* to = coarse + static_cast<size_t>(y) * half;
        halve_line(
            n, [=](int i) { return from[i]; }, [=](int i, float v) { to[i] += v; });
    }
}

/// From any number to −1 … 1, with slope 1 at 0.
float squash(float v) { return v / std::sqrt(1 + v * v); }
float squash_slope(float v) {
    const float inside = 1 / (1 + v * v);
    return inside * std::sqrt(inside);
}

/// Two independent normal values from two random words (Box & Muller, 1958).
std::pair<float, float> normal(uint32_t a, uint32_t b) {
    const double u = (static_cast<double>(a) + 1) / 4294967297.0;
    const double angle = 2 * std::numbers::pi * static_cast<double>(b) / 4294967296.0;
    const double radius = std::sqrt(-2 * std::log(u));
    return {static_cast<float>(radius * std::cos(angle)),
            static_cast<float>(radius * std::sin(angle))};
}

}  // namespace

PyramidPicture::PyramidPicture(int side) : side_(side) {
    require(side >= 2 * kLeastSide, "a picture to paint on needs 8 pixels a side");
    for (int s = side; s >= kLeastSide; s = (s + 1) / 2) {
        const size_t count = static_cast<size_t>(s) * s * kPlanes;
        levels_.push_back(
            {s, std::vector<float>(count), std::vector<float>(count), std::vector<float>(count)});
    }
    sum_.resize(levels_[0].value.size());
    rgb_.resize(sum_.size());
    start(0, 0);
}

void PyramidPicture::start(uint32_t seed, float contrast) {
    forget_steps();
    for (size_t l = 0; l < levels_.size(); ++l) {
        Level& level = levels_[l];
        for (size_t i = 0; i < level.value.size(); i += 2) {
            const RandomWords words =
                philox({static_cast<uint32_t>(i), static_cast<uint32_t>(l), 0, 0}, {seed, 0});
            const auto [a, b] = normal(words[0], words[1]);
            level.value[i] = contrast * a;
            if (i + 1 < level.value.size()) level.value[i + 1] = contrast * b;
        }
    }
    show();
}

void PyramidPicture::forget_steps() {
    steps_ = 0;
    for (Level& level : levels_) {
        std::fill(level.mean.begin(), level.mean.end(), 0.0F);
        std::fill(level.square.begin(), level.square.end(), 0.0F);
    }
}

/// rgb_ from the levels.
void PyramidPicture::show() {
    std::vector<float> coarser;
    for (size_t l = levels_.size(); l-- > 0;) {
        const Level& level = levels_[l];
        const size_t plane = static_cast<size_t>(level.side) * level.side;
        sum_ = level.value;
        for (int c = 0; c < kPlanes && !coarser.empty(); ++c) {
            const size_t below = coarser.size() / kPlanes;
            add_doubled(level.side, coarser.data() + c * below, sum_.data() + c * plane);
        }
        coarser = sum_;
    }
    const size_t plane = static_cast<size_t>(side_) * side_;
    const float* const parts = sum_.data();
    for (int c = 0; c < 3; ++c) {
        const auto& mix = kMix[c];
        float* const to = rgb_.data() + c * plane;
        for (size_t i = 0; i < plane; ++i) {
            const float v =
                mix[0] * parts[i] + mix[1] * parts[plane + i] + mix[2] * parts[2 * plane + i];
            to[i] = kMiddle + kMiddle * squash(v);
        }
    }
}

void PyramidPicture::ascend(const std::vector<float>& gradient, float rate) {
    constexpr float kKeepMean = 0.9F, kKeepSquare = 0.99F;
    require(gradient.size() == rgb_.size(), "the gradient must have the picture's size");
    const size_t plane = static_cast<size_t>(side_) * side_;
    std::vector<float> back(sum_.size(), 0.0F);
    for (int c = 0; c < 3; ++c) {
        const auto& mix = kMix[c];
        for (size_t i = 0; i < plane; ++i) {
            const float v =
                mix[0] * sum_[i] + mix[1] * sum_[plane + i] + mix[2] * sum_[2 * plane + i];
            const float g = gradient[c * plane + i] * squash_slope(v);
            for (int p = 0; p < kPlanes; ++p) back[p * plane + i] += mix[p] * g;
        }
    }
    double size = 0;
    for (const float g : back) size += std::abs(g);
    if (size == 0) return;
    const float scale = static_cast<float>(static_cast<double>(back.size()) / size);
    for (float& g : back) g *= scale;
    ++steps_;
    const float step = rate / (1 - std::pow(kKeepMean, static_cast<float>(steps_)));
    const float unbias = 1 / (1 - std::pow(kKeepSquare, static_cast<float>(steps_)));
    for (size_t l = 0; l < levels_.size(); ++l) {
        Level& level = levels_[l];
        float* const value = level.value.data();
        float* const mean = level.mean.data();
        float* const square = level.square.data();
        for (size_t i = 0; i < level.value.size(); ++i) {
            const float g = back[i];
            mean[i] = kKeepMean * mean[i] + (1 - kKeepMean) * g;
            square[i] = kKeepSquare * square[i] + (1 - kKeepSquare) * g * g;
            value[i] += step * mean[i] / (std::sqrt(square[i] * unbias) + 1e-6F);
        }
        if (l + 1 == levels_.size()) break;
        const Level& next = levels_[l + 1];
        const size_t below = static_cast<size_t>(next.side) * next.side;
        const size_t here = static_cast<size_t>(level.side) * level.side;
        std::vector<float> coarse(below * kPlanes);
        for (int p = 0; p < kPlanes; ++p)
            halve(level.side, back.data() + p * here, coarse.data() + p * below);
        back = std::move(coarse);
    }
    show();
}

}  // namespace reverie
