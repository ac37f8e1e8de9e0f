// Grids of frames against the pixels that they were made of, in every kind of layout.
#include "src/media/frames/frame_grid.h"

#include <gtest/gtest.h>

#include "src/util/error.h"
#include "tests/support/pixel_formats.h"

namespace reverie {
namespace {

/// The test's picture at a pixel: each component is a slope, 0 … 255.
double slope(int c, double u, double v) {
    return c == 0 ? 40 + 150 * u : c == 1 ? 30 + 120 * v : 200 - 60 * u - 70 * v;
}

/// A frame of the format with that picture, by its description alone.
VideoFrame sloped(const PixelFormat& format, int width, int height) {
    VideoFrame frame = make_frame(format, width, height);
    const double unit = (1 << (format.bits - 8)) * (1 << format.shift);
    for (int c = 0; c < (format.gray ? 1 : 3); ++c) {
        const PlaneComponent& where = format.component[c];
        const int columns = c > 0 ? format.cells_x(width) : width;
        const int rows = c > 0 ? format.cells_y(height) : height;
        for (int y = 0; y < rows; ++y) {
            for (int x = 0; x < columns; ++x) {
                const double value =
                    unit * static_cast<int>(slope(c, (x + 0.5) / columns, (y + 0.5) / rows) + 0.5);
                uint8_t* row =
                    frame.planes.data[where.plane] + y * frame.planes.stride_bytes[where.plane];
                const int at = where.offset + x * where.step;
                if (format.sample_bytes == 1) {
                    row[at] = static_cast<uint8_t>(value);
                } else {
                    reinterpret_cast<uint16_t*>(row)[at] = static_cast<uint16_t>(value);
                }
            }
        }
    }
    return frame;
}

std::vector<PixelFormat> formats() {
    PixelFormat gray = planar_yuv(8, 0, 0, ColorMatrix::bt709, true);
    gray.gray = true;
    gray.planes = 1;
    return {planar_yuv(8, 1, 1, ColorMatrix::bt709, false),
            planar_yuv(10, 0, 0, ColorMatrix::bt2020, false),
            test::nv12(),
            test::p010(),
            test::yuyv(),
            packed_rgb(8, 3),
            packed_rgb(8, 4),
            planar_gbr(8),
            gray};
}

TEST(FrameGrid, EachCellHoldsTheMeanOfItsPlace) {
    for (const PixelFormat& format : formats()) {
        for (const auto& [width, height] : {std::pair{161, 97}, {640, 359}}) {
            const std::vector<float> grid = sample_grid(sloped(format, width, height), 7, 5);
            ASSERT_EQ(grid.size(), 3U * 7 * 5);
            for (int c = 0; c < (format.gray ? 1 : 3); ++c) {
                for (int y = 0; y < 5; ++y) {
                    for (int x = 0; x < 7; ++x) {
                        ASSERT_NEAR(grid[(c * 5 + y) * 7 + x],
                                    slope(c, (x + 0.5) / 7, (y + 0.5) / 5), 2)
                            << c << " " << x << " " << y;
                    }
                }
            }
        }
    }
}

TEST(FrameGrid, ASmallFrameLooksLikeTheLargeOne) {
    for (const PixelFormat& format : formats()) {
        const VideoFrame large = sloped(format, 161, 97);
        const VideoFrame small = shrink_frame(large, 53);
        EXPECT_EQ(small.width(), 53);
        EXPECT_EQ(small.height(), 31);
        EXPECT_EQ(small.format().bits, 8);
        EXPECT_EQ(small.format().matrix, format.matrix);
        const std::vector<float> a = sample_grid(large, 7, 5), b = sample_grid(small, 7, 5);
        for (size_t i = 0; i < (format.gray ? a.size() / 3 : a.size()); ++i)
            ASSERT_NEAR(a[i], b[i], 4);
        EXPECT_EQ(shrink_frame(large, 5000).width(), 161);
    }
}

TEST(FrameGrid, OnePixelIsEnough) {
    const VideoFrame frame = sloped(planar_yuv(8, 1, 1, ColorMatrix::bt709, false), 1, 1);
    EXPECT_EQ(sample_grid(frame, 3, 2).size(), 18U);
    EXPECT_EQ(shrink_frame(frame, 1).height(), 1);
    EXPECT_THROW(sample_grid(VideoFrame(), 3, 2), Error);
    EXPECT_THROW(shrink_frame(VideoFrame(), 3), Error);
}

}  // namespace
}  // namespace reverie
