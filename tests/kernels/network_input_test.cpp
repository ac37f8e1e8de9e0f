// The network's input and the gradient's output: units, channel order, rolls.
#include <gtest/gtest.h>

#include "kernels/ops.h"
#include "tests/support/tensor.h"

namespace reverie::network_input_test {
namespace {

using test::Array;
using test::SliceOnDevice;

constexpr Vec3 kMean{104, 117, 123.5F};
constexpr float kScale = 0.017F;

struct Size {
    int height, width;
};
constexpr Size kSizes[] = {{1, 1}, {5, 7}, {17, 33}, {8, 64}};

struct Shift {
    int x, y;
};
constexpr Shift kShifts[] = {{0, 0}, {3, 2}, {-3, -2}, {1000, -999}, {16, 1}};

int modulo(int i, int n) { return ((i % n) + n) % n; }

class NetworkInput : public testing::Test {
  protected:
    std::unique_ptr<Device> device_ = open_device({REVERIE_TEST_DEVICE, 2});
    std::unique_ptr<Stream> stream_ = device_->make_stream();

    Image image(const Array& values) {
        Image image(*device_, values.width, values.height, values.channels);
        const std::vector<float> floats(values.values.begin(), values.values.end());
        device_->upload(*stream_, image.view().data, floats.data(), floats.size() * sizeof(float));
        return image;
    }
    Array download(const Image& image) {
        Array values(image.view().channels, image.height(), image.width());
        std::vector<float> floats(values.values.size());
        device_->download(*stream_, floats.data(), image.view().data,
                          floats.size() * sizeof(float));
        values.values.assign(floats.begin(), floats.end());
        return values;
    }
    static InputTransform transform(bool bgr, Shift shift) {
        return {kMean, kScale, bgr, shift.x, shift.y};
    }
};

/// What the network shall read at (c, y, x): the rolled picture repeats beyond its edges.
double input_at(const Array& rgb, bool bgr, Shift shift, int c, int y, int x) {
    const int plane = bgr ? 2 - c : c;
    const float mean = plane == 0 ? kMean.x : (plane == 1 ? kMean.y : kMean.z);
    return (rgb.at(plane, modulo(y - shift.y, rgb.height), modulo(x - shift.x, rgb.width)) - mean) *
           kScale;
}

/// The picture's three planes in dst, in any layout; values beyond them must be zero.
Array planes_of(const Array& stored, int height, int width, int stride) {
    Array rgb(3, height, width);
    for (int c = 0; c < stored.channels; ++c) {
        const int phase = c / 3;
        for (int y = 0; y < stored.height; ++y) {
            for (int x = 0; x < stored.width; ++x) {
                const int to_y = y * stride + phase / stride, to_x = x * stride + phase % stride;
                if (phase < stride * stride && to_y < height && to_x < width)
                    rgb.at(c % 3, to_y, to_x) = stored.at(c, y, x);
                else
                    EXPECT_EQ(stored.at(c, y, x), 0) << "channel " << c;
            }
        }
    }
    return rgb;
}

/// How the input may be stored.
struct Storage {
    int layout, channels, stride;
};
constexpr Storage kStorages[] = {{1, 3, 1}, {test::kNhwc, 8, 1}, {test::kNhwc, 16, 2}};

TEST_F(NetworkInput, IsScaledOrderedAndRolled) {
    for (const DType type : {DType::f32, DType::bf16}) {
        for (const Size size : kSizes) {
            Array rgb = test::random_array(3, size.height, size.width, 1, 60);
            for (double& v : rgb.values) v = static_cast<float>(v + 128);
            const Image picture = image(rgb);
            for (const Storage& as : kStorages) {
                for (const Shift shift : kShifts) {
                    for (const bool bgr : {false, true}) {
                        const int h = (size.height + as.stride - 1) / as.stride;
                        const int w = (size.width + as.stride - 1) / as.stride;
                        SliceOnDevice dst(*device_, *stream_, as.layout, Array(as.channels, h, w),
                                          type);
                        device_->ops().prepare_input(
                            *stream_, picture, transform(bgr, shift),
                            {dst.ref(), size.height, size.width, as.stride});
                        Array want = rgb;
                        for (int i = 0; i < 3 * size.height * size.width; ++i) {
                            const int c = i / (size.height * size.width);
                            const int y = i / size.width % size.height, x = i % size.width;
                            want.at(c, y, x) = input_at(rgb, bgr, shift, c, y, x);
                        }
                        test::expect_near(planes_of(dst.get(), size.height, size.width, as.stride),
                                          want, type == DType::f32 ? 1e-6 : 0x1p-8, 1e-6);
                    }
                }
            }
        }
    }
}

TEST_F(NetworkInput, OfATileIsThePictureRepeated) {
    const Array rgb = test::random_array(3, 17, 33, 2, 60);
    const Image picture = image(rgb);
    for (const Size tile : {Size{5, 7}, Size{17, 33}, Size{40, 100}}) {
        for (const Storage& as : kStorages) {
            for (const Shift shift : kShifts) {
                const int h = (tile.height + as.stride - 1) / as.stride;
                const int w = (tile.width + as.stride - 1) / as.stride;
                SliceOnDevice dst(*device_, *stream_, as.layout, Array(as.channels, h, w),
                                  DType::f32);
                device_->ops().prepare_input(*stream_, picture, transform(false, shift),
                                             {dst.ref(), tile.height, tile.width, as.stride});
                Array want(3, tile.height, tile.width);
                for (int c = 0; c < 3; ++c) {
                    for (int y = 0; y < tile.height; ++y) {
                        for (int x = 0; x < tile.width; ++x)
                            want.at(c, y, x) = input_at(rgb, false, shift, c, y, x);
                    }
                }
                SCOPED_TRACE(std::to_string(tile.width) + ", shift " + std::to_string(shift.x));
                test::expect_near(planes_of(dst.get(), tile.height, tile.width, as.stride), want,
                                  1e-6, 1e-6);
            }
        }
    }
}

TEST_F(NetworkInput, GradientIsUnrolledAndInRgb) {
    const auto check = [&](int layout, DType type, int stride, Size size) {
        const int height = (size.height + stride - 1) / stride;
        const int width = (size.width + stride - 1) / stride;
        Array phases = test::random_array(16, height, width, 3);
        for (double& v : phases.values) v = test::rounded_to(type, v);
        SliceOnDevice from(*device_, *stream_, layout, phases, type);
        for (const Shift shift : kShifts) {
            for (const bool bgr : {false, true}) {
                const Image gradient(*device_, size.width, size.height, 3);
                device_->ops().collect_gradient(*stream_, from.ref(), stride, transform(bgr, shift),
                                                gradient);
                Array want(3, size.height, size.width);
                // Scattered from where the network saw each pixel to the pixel's own position.
                for (int y = 0; y < size.height; ++y) {
                    for (int x = 0; x < size.width; ++x) {
                        for (int c = 0; c < 3; ++c) {
                            const int phase = stride * (y % stride) + x % stride;
                            want.at(bgr ? 2 - c : c, modulo(y - shift.y, size.height),
                                    modulo(x - shift.x, size.width)) =
                                phases.at(3 * phase + c, y / stride, x / stride);
                        }
                    }
                }
                test::expect_near(download(gradient), want, 1e-7, 0);
            }
        }
    };
    for (const int layout : test::kLayouts) {
        for (const DType type : {DType::f32, DType::f16}) {
            for (const int stride : {1, 2}) {
                for (const Size size : kSizes) check(layout, type, stride, size);
            }
        }
    }
}

}  // namespace
}  // namespace reverie::network_input_test
