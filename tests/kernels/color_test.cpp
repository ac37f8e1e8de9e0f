// The colour conversion against the standards' formulas in double, and its round trip bit for bit.
#include "kernels/functors/color.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "kernels/ops.h"
#include "src/util/error.h"

namespace reverie::color_test {
namespace {

/// A frame in memory of its own, with padded rows.
struct TestFrame {
    std::vector<std::vector<uint8_t>> memory;
    VideoPlanes planes;
};

TestFrame make_test_frame(const PixelFormat& format, int width, int height) {
    TestFrame frame;
    frame.planes.width = width;
    frame.planes.height = height;
    frame.planes.format = format;
    for (int p = 0; p < format.planes; ++p) {
        const size_t stride = (format.row_bytes(p, width) + 15) / 16 * 16;
        frame.memory.emplace_back(stride * format.plane_height(p, height), uint8_t{0xEE});
        frame.planes.data[p] = frame.memory.back().data();
        frame.planes.stride_bytes[p] = static_cast<ptrdiff_t>(stride);
    }
    return frame;
}

/// The sample of component `c` that covers pixel (x, y): a pointer into its plane.
uint8_t* sample_at(const VideoPlanes& planes, int c, int x, int y) {
    const PixelFormat& f = planes.format;
    if (c > 0) {
        x >>= f.chroma_shift_x;
        y >>= f.chroma_shift_y;
    }
    const PlaneComponent& component = f.component[c];
    return planes.data[component.plane] + y * planes.stride_bytes[component.plane] +
           static_cast<ptrdiff_t>(component.offset + x * component.step) * f.sample_bytes;
}

int read_sample(const VideoPlanes& planes, int c, int x, int y) {
    const uint8_t* at = sample_at(planes, c, x, y);
    const int stored = planes.format.sample_bytes == 1 ? at[0] : at[0] | at[1] << 8;
    return stored >> planes.format.shift;
}

void write_sample(const VideoPlanes& planes, int c, int x, int y, int value) {
    uint8_t* at = sample_at(planes, c, x, y);
    const int stored = value << planes.format.shift;
    at[0] = static_cast<uint8_t>(stored);
    if (planes.format.sample_bytes == 2) at[1] = static_cast<uint8_t>(stored >> 8);
}

void fill_randomly(const VideoPlanes& planes, uint32_t seed) {
    std::mt19937 random(seed);
    const int last = (1 << planes.format.bits) - 1;
    for (int y = 0; y < planes.height; ++y) {
        for (int x = 0; x < planes.width; ++x) {
            for (int c = 0; c < (planes.format.gray ? 1 : 3); ++c) {
                write_sample(planes, c, x, y, static_cast<int>(random() % (last + 1)));
            }
        }
    }
}

/// What the standard says, in double and without a matrix: R = Y + 2(1−Kr)·Cr, B = Y + 2(1−Kb)·Cb,
/// G from Y = Kr·R + Kg·G + Kb·B.
void expected_rgb(const VideoPlanes& planes, int x, int y, double rgb[3]) {
    const PixelFormat& f = planes.format;
    const double scale = std::pow(2.0, f.bits - 8);
    const double last = std::pow(2.0, f.bits) - 1;
    const double luma = read_sample(planes, 0, x, y);
    const double unit_y = f.full_range ? luma / last : (luma - 16 * scale) / (219 * scale);
    if (f.gray) {
        rgb[0] = rgb[1] = rgb[2] = 255 * unit_y;
        return;
    }
    if (f.matrix == ColorMatrix::rgb) {
        for (int c = 0; c < 3; ++c) {
            const double v = read_sample(planes, c, x, y);
            rgb[c] = 255 * (f.full_range ? v / last : (v - 16 * scale) / (219 * scale));
        }
        return;
    }
    const double kr = f.matrix == ColorMatrix::bt601    ? 0.299
                      : f.matrix == ColorMatrix::bt2020 ? 0.2627
                                                        : 0.2126;
    const double kb = f.matrix == ColorMatrix::bt601    ? 0.114
                      : f.matrix == ColorMatrix::bt2020 ? 0.0593
                                                        : 0.0722;
    const double chroma_range = f.full_range ? last : 224 * scale;
    const double cb = (read_sample(planes, 1, x, y) - 128 * scale) / chroma_range;
    const double cr = (read_sample(planes, 2, x, y) - 128 * scale) / chroma_range;
    const double r = unit_y + 2 * (1 - kr) * cr;
    const double b = unit_y + 2 * (1 - kb) * cb;
    rgb[0] = 255 * r;
    rgb[1] = 255 * (unit_y - kr * r - kb * b) / (1 - kr - kb);
    rgb[2] = 255 * b;
}

PixelFormat semi_planar(int bits, int shift) {
    PixelFormat f = planar_yuv(bits, 1, 1, ColorMatrix::bt709, false);
    f.planes = 2;
    f.shift = static_cast<uint8_t>(shift);
    f.component[1] = {1, 0, 2};
    f.component[2] = {1, 1, 2};
    return f;
}

PixelFormat packed_yuyv() {
    PixelFormat f = planar_yuv(8, 1, 0, ColorMatrix::bt601, false);
    f.planes = 1;
    f.component[0] = {0, 0, 2};
    f.component[1] = {0, 1, 4};
    f.component[2] = {0, 3, 4};
    return f;
}

PixelFormat gray(int bits, bool full_range) {
    PixelFormat f = planar_yuv(bits, 0, 0, ColorMatrix::bt709, full_range);
    f.gray = true;
    f.planes = 1;
    return f;
}

std::vector<PixelFormat> all_formats() {
    std::vector<PixelFormat> formats;
    for (const ColorMatrix matrix : {ColorMatrix::bt601, ColorMatrix::bt709, ColorMatrix::bt2020}) {
        for (const bool full : {false, true}) {
            for (const int bits : {8, 10, 12, 16}) {
                for (const int shift_x : {0, 1, 2}) {
                    for (const int shift_y : {0, 1, 2}) {
                        formats.push_back(planar_yuv(bits, shift_x, shift_y, matrix, full));
                    }
                }
            }
        }
    }
    formats.push_back(semi_planar(8, 0));
    formats.push_back(semi_planar(10, 6));
    formats.push_back(packed_yuyv());
    for (const int bits : {8, 10, 16}) {
        formats.push_back(planar_gbr(bits));
        formats.push_back(gray(bits, false));
        formats.push_back(gray(bits, true));
    }
    formats.push_back(packed_rgb(8, 3));
    formats.push_back(packed_rgb(16, 3));
    formats.push_back(packed_rgb(8, 4));
    PixelFormat argb = packed_rgb(8, 4);
    for (PlaneComponent& component : argb.component) ++component.offset;
    formats.push_back(argb);
    return formats;
}

class ColorTest : public ::testing::Test {
  protected:
    /// Both directions; false if any stored sample differs.
    bool comes_back(const TestFrame& frame) {
        const VideoPlanes& src = frame.planes;
        Image rgb(*device_, src.width, src.height, 3);
        device_->ops().yuv_to_rgb(*stream_, src, rgb);
        TestFrame back = make_test_frame(src.format, src.width, src.height);
        device_->ops().rgb_to_yuv(*stream_, rgb, back.planes);
        for (int y = 0; y < src.height; ++y) {
            for (int x = 0; x < src.width; ++x) {
                for (int c = 0; c < (src.format.gray ? 1 : 3); ++c) {
                    if (read_sample(src, c, x, y) != read_sample(back.planes, c, x, y)) {
                        ADD_FAILURE() << "component " << c << " at " << x << ", " << y << ": "
                                      << read_sample(src, c, x, y) << " became "
                                      << read_sample(back.planes, c, x, y);
                        return false;
                    }
                }
            }
        }
        return true;
    }

    std::unique_ptr<Device> device_ = open_device({"cpu"});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
};

TEST_F(ColorTest, IsWhatTheStandardsSay) {
    constexpr int kWidth = 33;
    constexpr int kHeight = 17;
    for (const PixelFormat& format : all_formats()) {
        const TestFrame frame = make_test_frame(format, kWidth, kHeight);
        fill_randomly(frame.planes, 7);
        Image rgb(*device_, kWidth, kHeight, 3);
        device_->ops().yuv_to_rgb(*stream_, frame.planes, rgb);
        double worst = 0;
        for (int y = 0; y < kHeight; ++y) {
            for (int x = 0; x < kWidth; ++x) {
                double expected[3];
                expected_rgb(frame.planes, x, y, expected);
                for (int c = 0; c < 3; ++c) {
                    worst = std::max(worst, std::abs(rgb.view().at(x, y, c) - expected[c]));
                }
            }
        }
        EXPECT_LT(worst, 1e-3) << int{format.bits} << " bit";
    }
}

TEST_F(ColorTest, ComesBackBitForBitAtOddSizes) {
    uint32_t seed = 1;
    for (const PixelFormat& format : all_formats()) {
        for (const auto& [width, height] : {std::pair{1, 1}, {7, 5}, {33, 17}, {64, 2}, {2, 31}}) {
            const TestFrame frame = make_test_frame(format, width, height);
            fill_randomly(frame.planes, ++seed);
            ASSERT_TRUE(comes_back(frame))
                << int{format.bits} << " bit, chroma 1/" << (1 << format.chroma_shift_x) << " x 1/"
                << (1 << format.chroma_shift_y) << ", " << width << "x" << height;
        }
    }
}

/// Every luma value with every chroma pair: at 8 bit all 2^24 triples, in slices.
TEST_F(ColorTest, ComesBackForEvery8BitTriple) {
    for (const bool full : {false, true}) {
        const PixelFormat format = planar_yuv(8, 0, 0, ColorMatrix::bt709, full);
        const TestFrame frame = make_test_frame(format, 256, 256);
        for (int luma = 0; luma < 256; ++luma) {
            for (int y = 0; y < 256; ++y) {
                for (int x = 0; x < 256; ++x) {
                    write_sample(frame.planes, 0, x, y, luma);
                    write_sample(frame.planes, 1, x, y, x);
                    write_sample(frame.planes, 2, x, y, y);
                }
            }
            ASSERT_TRUE(comes_back(frame)) << "luma " << luma;
        }
    }
}

TEST_F(ColorTest, ComesBackForEvery10BitLumaAndChroma) {
    const PixelFormat format = planar_yuv(10, 1, 1, ColorMatrix::bt2020, false);
    const TestFrame frame = make_test_frame(format, 1024, 1024);
    for (int y = 0; y < 1024; ++y) {
        for (int x = 0; x < 1024; ++x) {
            write_sample(frame.planes, 0, x, y, (x * 7 + y * 13) % 1024);
            write_sample(frame.planes, 1, x, y, x / 2 * 2 + y % 4 / 2);
            write_sample(frame.planes, 2, x, y, y / 2 * 2 + x % 4 / 2);
        }
    }
    EXPECT_TRUE(comes_back(frame));
}

TEST_F(ColorTest, RoundsToNearestAndClampsToTheBits) {
    Image rgb(*device_, 5, 1, 3);
    const float values[5] = {-40.0F, 0.49F, 0.51F, 254.6F, 900.0F};
    for (int x = 0; x < 5; ++x) {
        for (int c = 0; c < 3; ++c) rgb.view().at(x, 0, c) = values[x];
    }
    const TestFrame frame = make_test_frame(planar_gbr(8), 5, 1);
    device_->ops().rgb_to_yuv(*stream_, rgb, frame.planes);
    const int expected[5] = {0, 0, 1, 255, 255};
    for (int x = 0; x < 5; ++x) EXPECT_EQ(read_sample(frame.planes, 0, x, 0), expected[x]);
}

TEST_F(ColorTest, ChromaIsTheMeanOfThePixelsThatItCovers) {
    constexpr int kSize = 3;
    Image rgb(*device_, kSize, kSize, 3);
    std::mt19937 random(3);
    std::uniform_real_distribution<float> uniform(0, 255);
    for (int64_t i = 0; i < rgb.view().size(); ++i) rgb.view().data[i] = uniform(random);
    const PixelFormat format = planar_yuv(16, 1, 1, ColorMatrix::bt601, true);
    const TestFrame frame = make_test_frame(format, kSize, kSize);
    device_->ops().rgb_to_yuv(*stream_, rgb, frame.planes);
    for (int cy = 0; cy < 2; ++cy) {
        for (int cx = 0; cx < 2; ++cx) {
            double sum = 0;
            int count = 0;
            for (int y = 2 * cy; y < std::min(2 * cy + 2, kSize); ++y) {
                for (int x = 2 * cx; x < std::min(2 * cx + 2, kSize); ++x, ++count) {
                    const Pixels<float> p = rgb.view();
                    sum += -0.168735892 * p.at(x, y, 0) - 0.331264108 * p.at(x, y, 1) +
                           0.5 * p.at(x, y, 2);
                }
            }
            const double expected = sum / count / 255 * 65535 + 32768;
            EXPECT_NEAR(read_sample(frame.planes, 1, 2 * cx, 2 * cy), expected, 0.6);
        }
    }
}

TEST_F(ColorTest, AlphaIsIgnoredAndBecomesOpaque) {
    const TestFrame frame = make_test_frame(packed_rgb(8, 4), 7, 5);
    fill_randomly(frame.planes, 5);
    Image rgb(*device_, 7, 5, 3);
    device_->ops().yuv_to_rgb(*stream_, frame.planes, rgb);
    EXPECT_EQ(rgb.view().at(3, 2, 1), static_cast<float>(read_sample(frame.planes, 1, 3, 2)));
    device_->ops().rgb_to_yuv(*stream_, rgb, frame.planes);
    for (int x = 0; x < 7; ++x) EXPECT_EQ(frame.planes.data[0][4 * x + 3], 255);
}

TEST_F(ColorTest, RefusesOtherSizesAndFormats) {
    const TestFrame frame = make_test_frame(planar_gbr(8), 7, 5);
    Image rgb(*device_, 6, 5, 3);
    EXPECT_THROW(device_->ops().yuv_to_rgb(*stream_, frame.planes, rgb), Error);
    VideoPlanes odd = frame.planes;
    odd.format.bits = 12;
    Image right(*device_, 7, 5, 3);
    EXPECT_THROW(device_->ops().rgb_to_yuv(*stream_, right, odd), Error);
}

}  // namespace
}  // namespace reverie::color_test
