#include "src/media/patterns/pattern_texture.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace reverie {
namespace {

/// A number in −1 … 1 that depends on all bits of its arguments (the finaliser of splitmix64).
float hash(uint64_t seed, uint64_t x, uint64_t y) {
    uint64_t h = seed * 0x9E3779B97F4A7C15U + x * 0xBF58476D1CE4E5B9U + y * 0x94D049BB133111EBU;
    h = (h ^ (h >> 30U)) * 0xBF58476D1CE4E5B9U;
    h = (h ^ (h >> 27U)) * 0x94D049BB133111EBU;
    h ^= h >> 31U;
    return static_cast<float>(h >> 40U) / 8388608.0F - 1.0F;
}

std::array<float, 4> spline_weights(float t) {
    const float s = 1 - t;
    return {s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6, (3 * s * s * s - 6 * s * s + 4) / 6,
            t * t * t / 6};
}

/// field += strength · a random lattice of cells x cells, through a periodic cubic B-spline, rows
/// then columns.
void add_octave(Field& field, int cells, float strength, uint64_t seed) {
    const int n = field.size;
    const int ratio = n / cells;
    std::vector<std::array<float, 4>> weights(ratio);
    for (int i = 0; i < ratio; ++i)
        weights[i] = spline_weights((static_cast<float>(i) + 0.5F) / static_cast<float>(ratio));
    std::vector<float> wide(static_cast<size_t>(cells) * n);
    for (int row = 0; row < cells; ++row) {
        for (int cell = 0; cell < cells; ++cell) {
            std::array<float, 4> knots{};
            for (int k = 0; k < 4; ++k) knots[k] = hash(seed, (cell + k) % cells, row);
            float* out = &wide[static_cast<size_t>(row) * n + static_cast<size_t>(cell) * ratio];
            for (int i = 0; i < ratio; ++i) {
                const std::array<float, 4>& w = weights[i];
                out[i] = w[0] * knots[0] + w[1] * knots[1] + w[2] * knots[2] + w[3] * knots[3];
            }
        }
    }
    for (int y = 0; y < n; ++y) {
        const std::array<float, 4>& w = weights[y % ratio];
        std::array<const float*, 4> rows{};
        for (int k = 0; k < 4; ++k)
            rows[k] = &wide[static_cast<size_t>((y / ratio + k) % cells) * n];
        float* out = &field.values[static_cast<size_t>(y) * n];
        for (int x = 0; x < n; ++x) {
            out[x] += strength * (w[0] * rows[0][x] + w[1] * rows[1][x] + w[2] * rows[2][x] +
                                  w[3] * rows[3][x]);
        }
    }
}

struct Color {
    float r, g, b;
};

Color mix(Color a, Color b, float t) {
    return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

float smooth_step(float low, float high, float v) {
    const float t = std::clamp((v - low) / (high - low), 0.0F, 1.0F);
    return t * t * (3 - 2 * t);
}

/// Along a list of colours, t in 0 … 1.
template <size_t kCount>
Color along(const std::array<Color, kCount>& colors, float t) {
    const float at = std::clamp(t, 0.0F, 1.0F) * (kCount - 1);
    const size_t i = std::min<size_t>(static_cast<size_t>(at), kCount - 2);
    return mix(colors[i], colors[i + 1], at - static_cast<float>(i));
}

uint32_t pack(Color c) {
    auto byte = [](float v) {
        const float lifted = std::clamp(v, 0.0F, 255.0F) + 0.5F;
        return static_cast<uint32_t>(lifted);
    };
    return byte(c.r) | byte(c.g) << 8U | byte(c.b) << 16U;
}

}  // namespace

float Field::sample(float x, float y) const {
    constexpr int kLift = 1 << 16;  // whole periods, so that truncation is floor
    const int ix = static_cast<int>(x + kLift) - kLift;
    const int iy = static_cast<int>(y + kLift) - kLift;
    const float u = x - static_cast<float>(ix);
    const float v = y - static_cast<float>(iy);
    const float top = at(ix, iy) + (at(ix + 1, iy) - at(ix, iy)) * u;
    const float bottom = at(ix, iy + 1) + (at(ix + 1, iy + 1) - at(ix, iy + 1)) * u;
    return top + (bottom - top) * v;
}

Field make_noise(int size, int cells, int octaves, float gain, uint64_t seed) {
    Field field{size, std::vector<float>(static_cast<size_t>(size) * size)};
    float strength = 1;
    for (int octave = 0; octave < octaves && cells <= size / 2;
         ++octave, cells *= 2, strength *= gain) {
        add_octave(field, cells, strength, seed + octave * 101U);
    }
    const auto [low, high] = std::minmax_element(field.values.begin(), field.values.end());
    const float base = *low;
    const float scale = 1 / std::max(*high - *low, 1e-6F);
    for (float& v : field.values) v = (v - base) * scale;
    return field;
}

ColorTexture make_clouds(int size, uint64_t seed) {
    const auto n = static_cast<float>(size);
    const Field base = make_noise(size, 4, 8, 0.52F, seed);
    const Field bend_x = make_noise(size, 4, 4, 0.5F, seed + 1);
    const Field bend_y = make_noise(size, 4, 4, 0.5F, seed + 2);
    const Field hue = make_noise(size, 2, 3, 0.5F, seed + 3);
    Field height{size, std::vector<float>(static_cast<size_t>(size) * size)};
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) {
            const float u = bend_x.at(x, y) - 0.5F;
            const float v = bend_y.at(x, y) - 0.5F;
            const float once = base.sample(static_cast<float>(x) + 0.30F * n * u,
                                           static_cast<float>(y) + 0.30F * n * v);
            const float px = static_cast<float>(x) + n * (0.17F * v + 0.16F * (once - 0.5F));
            const float py = static_cast<float>(y) + n * (0.17F * u - 0.16F * (once - 0.5F));
            height.values[static_cast<size_t>(y) * size + x] =
                0.35F * once + 0.65F * base.sample(px, py);
        }
    }
    constexpr std::array<Color, 6> kCool{{{14, 12, 40},
                                          {28, 38, 96},
                                          {44, 96, 146},
                                          {104, 164, 186},
                                          {196, 220, 214},
                                          {252, 246, 226}}};
    constexpr std::array<Color, 6> kWarm{{{22, 8, 38},
                                          {84, 24, 84},
                                          {176, 58, 98},
                                          {232, 122, 92},
                                          {250, 192, 126},
                                          {255, 244, 214}}};
    ColorTexture texture{size, std::vector<uint32_t>(static_cast<size_t>(size) * size)};
    const int reach = std::max(1, size / 256);
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) {
            const float h = height.at(x, y);
            const float slope =
                (height.at(x - reach, y - 2 * reach) - height.at(x + reach, y + 2 * reach)) * 256 /
                4;
            const float light = smooth_step(0.15F, 0.74F, h) - 0.055F * slope;
            const float warmth = smooth_step(0.30F, 0.66F, 0.75F * hue.at(x, y) + 0.25F * h);
            texture.texels[static_cast<size_t>(y) * size + x] =
                pack(mix(along(kCool, light), along(kWarm, light), warmth));
        }
    }
    return texture;
}

ColorTexture make_grain(int size, uint64_t seed) {
    const Field luma = make_noise(size, 8, 6, 0.8F, seed);
    const Field red = make_noise(size, 8, 4, 0.7F, seed + 1);
    const Field blue = make_noise(size, 8, 4, 0.7F, seed + 2);
    ColorTexture texture{size, std::vector<uint32_t>(static_cast<size_t>(size) * size)};
    for (size_t i = 0; i < texture.texels.size(); ++i) {
        const float y = 255 * smooth_step(0.18F, 0.82F, luma.values[i]);
        const float r = 110 * (red.values[i] - 0.5F);
        const float b = 110 * (blue.values[i] - 0.5F);
        texture.texels[i] = pack({y + r, y - 0.5F * r - 0.2F * b, y + b});
    }
    return texture;
}

}  // namespace reverie
