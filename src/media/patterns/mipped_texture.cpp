#include "src/media/patterns/mipped_texture.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace reverie {
namespace {

/// Rows of size + 1, so that a texel's right neighbour always follows it.
std::vector<Texel> with_repeated_column(int size, const std::vector<Texel>& texels) {
    std::vector<Texel> rows;
    rows.reserve(static_cast<size_t>(size) * (size + 1));
    for (int y = 0; y < size; ++y) {
        const auto row = texels.begin() + static_cast<ptrdiff_t>(y) * size;
        rows.insert(rows.end(), row, row + size);
        rows.push_back(*row);
    }
    return rows;
}

/// Each texel the mean of four.
std::vector<Texel> halved(int size, const std::vector<Texel>& texels) {
    std::vector<Texel> half;
    half.reserve(texels.size() / 4);
    for (int y = 0; y < size; y += 2) {
        for (int x = 0; x < size; x += 2) {
            const Texel* p = &texels[static_cast<size_t>(y) * size + x];
            half.push_back((p[0] + p[1] + p[size] + p[size + 1]) * 0.25F);
        }
    }
    return half;
}

/// std::floor is a call on the oldest processors.
int32_t floor_of(float v) {
    const auto whole = static_cast<int32_t>(v);
    return whole - static_cast<int32_t>(static_cast<float>(whole) > v);
}

}  // namespace

MippedTexture::MippedTexture(int size, std::vector<Texel> texels) {
    while (true) {
        levels_.push_back({size, with_repeated_column(size, texels)});
        if (size == 1) return;
        texels = halved(size, texels);
        size /= 2;
    }
}

Texel MippedTexture::sample(const Level& level, float x, float y) {
    const int32_t left = floor_of(x), top = floor_of(y);
    const float fx = x - static_cast<float>(left), fy = y - static_cast<float>(top);
    const auto mask = static_cast<uint32_t>(level.size - 1);
    const uint32_t column = static_cast<uint32_t>(left) & mask;
    const uint32_t row = static_cast<uint32_t>(top) & mask;
    const size_t pitch = level.size + 1;
    const Texel* upper = &level.texels[row * pitch + column];
    const Texel* lower = &level.texels[((row + 1) & mask) * pitch + column];
    const Texel a = upper[0] + (upper[1] - upper[0]) * fx;
    const Texel b = lower[0] + (lower[1] - lower[0]) * fx;
    return a + (b - a) * fy;
}

Texel MippedTexture::at(float x, float y, float footprint) const {
    if (footprint <= 1) return sample(levels_.front(), x, y);
    const auto coarsest = static_cast<int>(levels_.size()) - 1;
    // Linear between two powers of two: as smooth as the logarithm, and faster.
    const int fine = std::min(std::ilogb(footprint), coarsest);
    const int coarse = std::min(fine + 1, coarsest);
    const float between = footprint / static_cast<float>(1 << fine) - 1;
    // The middle of a texel of a smaller version is the middle of those that it was made of.
    const auto sample_at = [&](int of) {
        const float scale = 1.0F / static_cast<float>(1 << of);
        return sample(levels_[of], (x + 0.5F) * scale - 0.5F, (y + 0.5F) * scale - 0.5F);
    };
    const Texel near = sample_at(fine);
    return near + (sample_at(coarse) - near) * std::min(between, 1.0F);
}

}  // namespace reverie
