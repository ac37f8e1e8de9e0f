// Pictures in a device's memory become textures; a GPU that also draws writes them without the
// host. REVERIE_TEST_DEVICE names the device.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <iostream>
#include <limits>
#include <random>

#include "kernels/ops.h"
#include "src/gl/texture.h"

namespace reverie {
namespace {

constexpr Size kSizes[] = {{1, 1}, {7, 5}, {33, 17}, {3, 101}, {640, 361}};

class DeviceTextures : public testing::Test {
  protected:
    Image up(const std::vector<float>& values, Size size) {
        const int channels = static_cast<int>(values.size()) / (size.width * size.height);
        Image image(*device_, size.width, size.height, channels);
        device_->upload(*stream_, image.view().data, values.data(), values.size() * sizeof(float));
        return image;
    }
    std::vector<float> floats(Size size, int channels, float low, float high) {
        std::uniform_real_distribution<float> spread(low, high);
        std::vector<float> values(static_cast<size_t>(size.width) * size.height * channels);
        for (float& value : values) value = spread(random_);
        return values;
    }
    static void expect_colours(const std::vector<uint8_t>& got, const std::vector<float>& planes) {
        const size_t pixels = planes.size() / 3;
        ASSERT_EQ(got.size(), 4 * pixels);
        for (size_t i = 0; i < pixels; ++i) {
            for (size_t c = 0; c < 3; ++c) {
                const float value = planes[c * pixels + i];
                const double wanted =
                    std::isnan(value) ? 0 : std::round(std::min(std::max(value, 0.0F), 255.0F));
                ASSERT_EQ(got[4 * i + 2 - c], wanted) << value << " at " << i;
            }
            ASSERT_EQ(got[4 * i + 3], 255);
        }
    }

    // Textures are destroyed before the device, and both before the context.
    std::unique_ptr<Context> context_ = open_headless({16, 16});
    std::unique_ptr<Device> device_ = open_device({REVERIE_TEST_DEVICE, 0});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
    std::mt19937 random_{7};
};

TEST_F(DeviceTextures, ColoursAreRoundedAndClipped) {
    StreamedTexture texture;
    for (const Size size : kSizes) {
        std::vector<float> planes = floats(size, 3, -40, 300);
        planes[0] = std::numeric_limits<float>::quiet_NaN();
        planes[1] = std::numeric_limits<float>::infinity();
        const Image picture = up(planes, size);
        texture.upload(*device_, *stream_, picture);
        ASSERT_EQ(texture.texture().size(), size);
        expect_colours(texture.texture().read_back(), planes);
    }
    std::cout << context_->description() << (texture.shared() ? ": written" : ": not written")
              << " by the device\n";
}

/// Also if each upload begins while OpenGL still reads the picture before.
TEST_F(DeviceTextures, EachUploadReplacesTheLast) {
    StreamedTexture texture;
    const Size size{201, 103};
    std::vector<std::vector<float>> pictures;
    std::vector<Image> images;
    for (int i = 0; i < 8; ++i) {
        pictures.push_back(floats(size, 3, 0, 255));
        images.push_back(up(pictures.back(), size));
    }
    for (size_t last = 0; last < images.size(); ++last) {
        for (size_t i = 0; i <= last; ++i) texture.upload(*device_, *stream_, images[i]);
        expect_colours(texture.texture().read_back(), pictures[last]);
    }
}

TEST_F(DeviceTextures, FlowsMapsAndColoursTakeTurns) {
    StreamedTexture texture;
    const Size size{37, 23};
    for (const int channels : {3, 2, 3, 1, 3}) {
        const std::vector<float> planes = floats(size, channels, 0, 255);
        const Image picture = up(planes, size);
        texture.upload(*device_, *stream_, picture);
        const std::vector<uint8_t> back = texture.texture().read_back();
        if (channels == 3) {
            expect_colours(back, planes);
            continue;
        }
        const auto count = static_cast<size_t>(channels);
        const size_t pixels = planes.size() / count;
        ASSERT_EQ(back.size(), planes.size() * sizeof(float));
        for (size_t i = 0; i < planes.size(); ++i) {
            float value = 0;
            std::memcpy(&value, &back[i * sizeof(float)], sizeof(float));
            ASSERT_EQ(value, planes[i % count * pixels + i / count]);
        }
    }
}

/// A show whose device has failed goes on with another one.
TEST_F(DeviceTextures, AnotherDeviceTakesOver) {
    const std::unique_ptr<Device> cpu = open_device({"cpu", 1});
    const std::unique_ptr<Stream> stream = cpu->make_stream();
    StreamedTexture texture;
    const Size size{37, 23};
    const std::vector<float> before = floats(size, 3, 0, 255), after = floats(size, 3, 0, 255);
    const Image first = up(before, size);
    texture.upload(*device_, *stream_, first);
    Image second(*cpu, size.width, size.height, 3);
    cpu->upload(*stream, second.view().data, after.data(), after.size() * sizeof(float));
    texture.upload(*cpu, *stream, second);
    EXPECT_FALSE(texture.shared());
    expect_colours(texture.texture().read_back(), after);
    texture.upload(*device_, *stream_, first);
    expect_colours(texture.texture().read_back(), before);
}

}  // namespace
}  // namespace reverie
