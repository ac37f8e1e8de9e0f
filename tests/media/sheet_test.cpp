// Sheets, pixel by pixel.
#include "src/media/sheet.h"

#include <algorithm>
#include <array>

#include "tests/media/support.h"

namespace reverie::sheet_test {
namespace {

constexpr int kWide = 133, kHigh = 71;

class SheetTest : public MediaTest {};

std::array<int, 3> pixel_at(const Sheet& sheet, int x, int y) {
    const uint8_t* pixel = sheet.picture().planes.data[0] +
                           y * sheet.picture().planes.stride_bytes[0] + ptrdiff_t{3} * x;
    return {pixel[0], pixel[1], pixel[2]};
}

/// Red rises to the right, green downwards.
VideoFrame slope(int width, int height) {
    VideoFrame frame = make_frame(packed_rgb(8, 3), width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            uint8_t* pixel = frame.planes.data[0] + y * frame.planes.stride_bytes[0] + 3 * x;
            pixel[0] = static_cast<uint8_t>(20 * x);
            pixel[1] = static_cast<uint8_t>(30 * y);
            pixel[2] = 9;
        }
    }
    return frame;
}

TEST_F(SheetTest, PicturesLieWhereTheyWerePlaced) {
    Sheet sheet(kWide, kHigh, 40);
    sheet.place(slope(7, 5), 11, 20, 7, 5);
    sheet.fill(50, 30, 3, 2, 200);
    for (int y = 0; y < kHigh; ++y) {
        for (int x = 0; x < kWide; ++x) {
            std::array<int, 3> expected{40, 40, 40};
            if (x >= 11 && x < 18 && y >= 20 && y < 25)
                expected = {20 * (x - 11), 30 * (y - 20), 9};
            if (x >= 50 && x < 53 && y >= 30 && y < 32) expected = {200, 200, 200};
            ASSERT_EQ(pixel_at(sheet, x, y), expected) << x << ", " << y;
        }
    }
    EXPECT_NE(error_of([&] { sheet.place(slope(7, 5), kWide - 6, 0, 7, 5); }), "");
    EXPECT_NE(error_of([&] { sheet.fill(0, -1, 2, 2, 0); }), "");
}

TEST_F(SheetTest, WordsStandOnTheirLine) {
    constexpr int kBaseline = 40, kSize = 16;
    Sheet sheet(kWide, kHigh, 40);
    // A quote, a colon, a percent sign: libavfilter would read them in its own way.
    if (!sheet.write({{"HI'%{n}: E", kWide - 5, kBaseline, kSize, Caption::Align::right}}))
        GTEST_SKIP() << "there is no font: apt-get install fonts-dejavu-core";
    int top = kHigh, bottom = 0, right = 0, bright = 0;
    for (int y = 0; y < kHigh; ++y) {
        for (int x = 0; x < kWide; ++x) {
            if (pixel_at(sheet, x, y)[0] < 140) continue;
            ++bright;
            top = std::min(top, y);
            bottom = std::max(bottom, y);
            right = std::max(right, x);
        }
    }
    EXPECT_GT(bright, 50);
    EXPECT_GE(top, kBaseline - kSize - 2);
    EXPECT_LE(bottom, kBaseline + kSize / 3);
    EXPECT_LT(right, kWide - 4);
    EXPECT_GT(right, kWide - 12);
}

TEST_F(SheetTest, IsSavedWithItsRecipe) {
    Sheet sheet(33, 17, 40);
    sheet.place(slope(7, 5), 0, 0, 7, 5);
    sheet.save(at("sheet.png"), false, "# reverie recipe 1\nlook = \"x\"\n");
    const std::unique_ptr<Source> read = open_source(at("sheet.png"));
    const std::optional<VideoFrame> frame = read->next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->width(), 33);
    EXPECT_NE(bytes_of("sheet.png").find("look = \"x\""), std::string::npos);
    EXPECT_NE(error_of([&] { sheet.save(at("sheet.png"), false); }).find("--overwrite"),
              std::string::npos);
    for (const char* none : {"sheet.mp4", "%03d.png", "sheet"})
        EXPECT_NE(error_of([&] { Sheet::require_savable(at(none), false); }), "") << none;
}

}  // namespace
}  // namespace reverie::sheet_test
