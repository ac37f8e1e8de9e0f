// Periodic textures for the built-in patterns, made of smooth noise; the same seed gives the same
// texture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace reverie {

/// A periodic square picture of one channel; `size` is a power of two.
struct Field {
    int size = 0;
    std::vector<float> values;

    float at(int x, int y) const {
        const int mask = size - 1;
        return values[static_cast<size_t>(y & mask) * size + (x & mask)];
    }
    /// Bilinear, at texel (x, y); values lie at whole numbers. Coordinates lie within ±60000.
    float sample(float x, float y) const;
};

/// Sum of `octaves` octaves of cubic B-spline noise, the first with `cells` cells along a side,
/// each with double the cells and `gain` times the strength of the one before, stretched to 0 … 1.
Field make_noise(int size, int cells, int octaves, float gain, uint64_t seed);

/// Four bytes R, G, B, 0 a texel.
struct ColorTexture {
    int size = 0;
    std::vector<uint32_t> texels;
};

/// Billows of light and shade from night blue over rose to warm cream: noise warped by noise, lit
/// from above.
ColorTexture make_clouds(int size, uint64_t seed);
/// Gray grain of all sizes with a little colour: texture to track at every pixel.
ColorTexture make_grain(int size, uint64_t seed);

}  // namespace reverie
