// A texture gives back what was streamed into it, byte by byte.
#include "src/gl/texture.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "src/util/error.h"

namespace reverie::texture_test {
namespace {

constexpr Size kSizes[] = {{1, 1}, {7, 5}, {33, 17}, {3, 101}};

class StreamedTextures : public testing::Test {
  protected:
    std::vector<uint8_t> bytes(size_t count) {
        std::vector<uint8_t> values(count);
        for (uint8_t& value : values) value = static_cast<uint8_t>(random_());
        return values;
    }
    std::vector<float> floats(size_t count, float low, float high) {
        std::uniform_real_distribution<float> spread(low, high);
        std::vector<float> values(count);
        for (float& value : values) value = spread(random_);
        return values;
    }

    std::unique_ptr<Context> context_ = open_headless({16, 16});
    std::mt19937 random_{7};
};

TEST_F(StreamedTextures, BytesComeBackWhateverTheStride) {
    StreamedTexture texture;
    EXPECT_TRUE(texture.empty());
    for (const Size size : kSizes) {
        const size_t row = static_cast<size_t>(size.width) * 4, stride = row + 11;
        const std::vector<uint8_t> data = bytes(stride * static_cast<size_t>(size.height));
        texture.upload_bgra8(size, data.data(), static_cast<int64_t>(stride));
        ASSERT_EQ(texture.texture().size(), size);
        const std::vector<uint8_t> back = texture.texture().read_back();
        ASSERT_EQ(back.size(), row * static_cast<size_t>(size.height));
        for (int y = 0; y < size.height; ++y) {
            const auto rows = static_cast<size_t>(y);
            ASSERT_EQ(std::memcmp(&back[rows * row], &data[rows * stride], row), 0);
        }
    }
}

TEST_F(StreamedTextures, EachUploadReplacesTheLast) {
    StreamedTexture texture;
    for (int round = 0; round < 10; ++round) {
        const std::vector<uint8_t> data = bytes(5 * 3 * 4);
        texture.upload_bgra8({5, 3}, data.data(), 5 * 4);
        ASSERT_EQ(texture.texture().read_back(), data);
    }
}

TEST_F(StreamedTextures, FlowsAndMapsKeepTheirBits) {
    StreamedTexture texture;
    for (const Size size : kSizes) {
        const size_t pixels = static_cast<size_t>(size.width) * static_cast<size_t>(size.height);
        for (const int channels : {1, 2}) {
            const auto count = static_cast<size_t>(channels);
            const std::vector<float> planes = floats(count * pixels, -1000, 1000);
            texture.upload({planes.data(), size.width, size.height, channels});
            const std::vector<uint8_t> back = texture.texture().read_back();
            ASSERT_EQ(back.size(), count * pixels * sizeof(float));
            for (size_t i = 0; i < count * pixels; ++i) {
                float value = 0;
                std::memcpy(&value, &back[i * sizeof(float)], sizeof(float));
                ASSERT_EQ(value, planes[(i % count) * pixels + i / count]);
            }
        }
    }
}

TEST_F(StreamedTextures, WhatIsNoPictureIsRefused) {
    StreamedTexture texture;
    const std::vector<float> planes(4);
    EXPECT_THROW(texture.upload({planes.data(), 1, 1, 4}), Error);
    EXPECT_THROW(texture.upload({planes.data(), 1, 1, 3}), Error);
    EXPECT_THROW(Texture({0, 1}, TextureFormat::bgra8), Error);
    EXPECT_THROW(Texture({1 << 20, 1}, TextureFormat::bgra8), Error);
}

TEST_F(StreamedTextures, OwnersCanBeMoved) {
    const std::vector<uint8_t> data = bytes(7 * 5 * 4);
    StreamedTexture first;
    first.upload_bgra8({7, 5}, data.data(), 7 * 4);
    StreamedTexture second(std::move(first));
    EXPECT_EQ(second.texture().read_back(), data);
    StreamedTexture third;
    third = std::move(second);
    EXPECT_EQ(third.texture().read_back(), data);
    third.upload_bgra8({7, 5}, data.data(), 7 * 4);
    EXPECT_EQ(third.texture().read_back(), data);
}

}  // namespace
}  // namespace reverie::texture_test
