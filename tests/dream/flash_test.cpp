// The flash limiter gets strobing pictures; an independent counter counts the flashes in its
// output.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "kernels/ops.h"
#include "src/dream/steering/flash_limiter.h"
#include "src/util/error.h"
#include "tests/support/rig.h"

namespace reverie::flash_test {
namespace {

using test::random_picture;

constexpr int kWidth = 129, kHeight = 97;
constexpr double kFps = 30;

double decode(double encoded) {
    const double v = encoded / 255;
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
}

double luminance(const std::vector<float>& rgb, size_t pixel) {
    const size_t plane = rgb.size() / 3;
    return 0.2126 * decode(rgb[pixel]) + 0.7152 * decode(rgb[plane + pixel]) +
           0.0722 * decode(rgb[2 * plane + pixel]);
}

/// The most flashes in any second of a luminance over time: half of the longest row of opposing
/// changes of 10 % with a darker end below 0.8 that can be picked out of that second's frames.
int most_flashes(const std::vector<double>& over_time) {
    const auto second = static_cast<size_t>(kFps) + 1;  // both ends included
    int most = 0;
    for (size_t begin = 0; begin < over_time.size(); ++begin) {
        const size_t end = std::min(over_time.size(), begin + second);
        std::vector<int> up(end - begin), down(end - begin);
        for (size_t j = begin; j < end; ++j) {
            for (size_t i = begin; i < j; ++i) {
                const double step = over_time[j] - over_time[i];
                if (std::abs(step) < 0.1 || std::min(over_time[i], over_time[j]) >= 0.8) continue;
                int& here = step > 0 ? up[j - begin] : down[j - begin];
                here = std::max(here, 1 + (step > 0 ? down[i - begin] : up[i - begin]));
            }
            most = std::max({most, up[j - begin] / 2, down[j - begin] / 2});
        }
    }
    return most;
}

/// A picture for each time.
using Scene = std::function<std::vector<float>(double time_s)>;

class FlashLimiterTest : public testing::Test {
  protected:
    struct Shown {
        std::vector<std::vector<float>> pictures;
        int touched = 0;  ///< frames that differ in any bit from the input
    };

    Shown play(const Scene& scene, double seconds, int width = kWidth, int height = kHeight) {
        FlashLimiter limiter(*device_);
        // Two, because the limiter needs the last one to stay unchanged.
        Image images[2] = {Image(*device_, width, height, 3), Image(*device_, width, height, 3)};
        Shown shown;
        for (int i = 0; i < static_cast<int>(seconds * kFps); ++i) {
            const std::vector<float> wanted = scene(i / kFps);
            const Image& image = images[i % 2];
            device_->upload(*stream_, image.view().data, wanted.data(),
                            wanted.size() * sizeof(float));
            const Pixels<const float> out = limiter.limit(*stream_, image, i / kFps);
            std::vector<float> got(static_cast<size_t>(out.size()));
            device_->download(*stream_, got.data(), out.data, got.size() * sizeof(float));
            stream_->synchronize();
            shown.touched += got == wanted ? 0 : 1;
            shown.pictures.push_back(std::move(got));
        }
        return shown;
    }

    /// At every seventh pixel; how many of them flash more than three times a second, as a share.
    static double share_over(const Shown& shown) {
        const size_t pixels = shown.pictures.front().size() / 3;
        int over = 0, all = 0;
        for (size_t pixel = 0; pixel < pixels; pixel += 7, ++all) {
            std::vector<double> over_time;
            for (const std::vector<float>& picture : shown.pictures)
                over_time.push_back(luminance(picture, pixel));
            over += most_flashes(over_time) > 3 ? 1 : 0;
        }
        return static_cast<double>(over) / all;
    }

    std::unique_ptr<Device> device_ = open_device({"cpu", 2});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
};

std::vector<float> flat(float value) {
    return std::vector<float>(size_t{3} * kWidth * kHeight, value);
}

/// On and off, `hz` times a second, between two grays, in the part of the picture left of `right`
/// and above `bottom` (shares); gray elsewhere.
Scene strobe(double hz, float low, float high, double right = 1, double bottom = 1) {
    return [=](double time_s) {
        std::vector<float> picture = flat(90);
        const bool on = std::fmod(time_s * hz + 1e-6, 1.0) < 0.5;
        for (int c = 0; c < 3; ++c) {
            for (int y = 0; y < bottom * kHeight; ++y) {
                for (int x = 0; x < right * kWidth; ++x)
                    picture[(static_cast<size_t>(c) * kHeight + y) * kWidth + x] = on ? high : low;
            }
        }
        return picture;
    };
}

TEST_F(FlashLimiterTest, AStrobeIsHeldToThreeFlashesASecond) {
    for (const double hz : {4.0, 7.5, 15.0}) {
        const Scene scene = strobe(hz, 10, 245);
        Shown raw;
        for (int i = 0; i < 120; ++i) raw.pictures.push_back(scene(i / kFps));
        EXPECT_EQ(share_over(raw), 1) << hz;  // the counter works
        const Shown shown = play(scene, 4);
        EXPECT_EQ(share_over(shown), 0) << hz;
        EXPECT_GT(shown.touched, 60) << hz;
    }
}

TEST_F(FlashLimiterTest, SoIsNoiseOfTheWholePictureAndOfItsThirds) {
    for (const uint32_t seed : {1U, 2U, 3U}) {
        std::mt19937 random(seed);
        std::uniform_real_distribution<float> level(0, 255);
        const auto thirds = [&](double) {
            std::vector<float> picture = flat(0);
            for (int column = 0; column < 3; ++column) {
                const float gray = level(random);
                for (int c = 0; c < 3; ++c) {
                    for (int y = 0; y < kHeight; ++y) {
                        for (int x = column * kWidth / 3; x < (column + 1) * kWidth / 3; ++x)
                            picture[(static_cast<size_t>(c) * kHeight + y) * kWidth + x] = gray;
                    }
                }
            }
            return picture;
        };
        EXPECT_EQ(share_over(play(thirds, 4)), 0) << seed;
        const auto whole = [&](double) { return flat(level(random)); };
        EXPECT_EQ(share_over(play(whole, 4)), 0) << seed;
    }
}

TEST_F(FlashLimiterTest, APartOfThePictureIsHeldAloneAndASmallOneNotAtAll) {
    // A quarter of a field is a sixth of the picture's width and of its height.
    const Shown large = play(strobe(10, 10, 245, 0.25, 0.25), 3);
    EXPECT_EQ(share_over(large), 0);
    EXPECT_GT(large.touched, 30);
    // Far from it, only rounding changes anything.
    const std::vector<float> far = flat(90);
    for (const std::vector<float>& picture : large.pictures)
        ASSERT_NEAR(picture.back(), far.back(), 1e-3);
    EXPECT_EQ(play(strobe(10, 10, 245, 0.14, 0.14), 3).touched, 0);
}

TEST_F(FlashLimiterTest, WhatFlashesSeldomOrLittleOrInTheBrightPassesBitByBit) {
    EXPECT_EQ(play(strobe(2.5, 10, 245), 4).touched, 0);
    EXPECT_EQ(play(strobe(10, 100, 115), 3).touched, 0);  // 5 % of luminance
    EXPECT_EQ(play(strobe(10, 235, 255), 3).touched, 0);  // 0.83 to 1
    EXPECT_EQ(play([](double) { return flat(77); }, 2).touched, 0);
}

TEST_F(FlashLimiterTest, AVideoPassesBitByBit) {
    // A large picture through a window that pans, with a cut every two seconds and a fade.
    const std::vector<float> first = random_picture(3 * kWidth, kHeight, 4);
    const std::vector<float> second = random_picture(3 * kWidth, kHeight, 9);
    const auto video = [&](double time_s) {
        const std::vector<float>& large = std::fmod(time_s, 4.0) < 2 ? first : second;
        const auto x = static_cast<size_t>(20 * time_s);
        const float fade = 0.75F + 0.25F * static_cast<float>(std::cos(time_s));
        std::vector<float> picture;
        for (size_t row = 0; row < size_t{3} * kHeight; ++row) {
            for (size_t i = 0; i < kWidth; ++i)
                picture.push_back(fade * large[row * 3 * kWidth + x + i]);
        }
        return picture;
    };
    const Shown shown = play(video, 8);
    EXPECT_EQ(shown.touched, 0);
}

TEST_F(FlashLimiterTest, FlashesThatTravelAreCountedWhereTheyAreSeen) {
    // Each half flashes twice a second, in turn: a field between them sees four.
    const auto halves = [](double time_s) {
        std::vector<float> picture = flat(10);
        const int step = static_cast<int>(time_s * 8 + 1e-6);
        if (step % 2 == 1) return picture;
        const bool left = step % 4 == 0;
        for (int c = 0; c < 3; ++c) {
            for (int y = 0; y < kHeight; ++y) {
                for (int x = left ? 0 : kWidth / 2; x < (left ? kWidth / 2 : kWidth); ++x)
                    picture[(static_cast<size_t>(c) * kHeight + y) * kWidth + x] = 245;
            }
        }
        return picture;
    };
    const Shown shown = play(halves, 4);
    std::vector<double> middle;
    for (const std::vector<float>& picture : shown.pictures) {
        // Both halves of the field, as one.
        const size_t row = static_cast<size_t>(kHeight / 2) * kWidth;
        middle.push_back(luminance(picture, row + kWidth / 2 - 9) +
                         luminance(picture, row + kWidth / 2 + 9));
    }
    EXPECT_LE(most_flashes(middle), 3);
    EXPECT_GT(shown.touched, 0);
}

TEST_F(FlashLimiterTest, AfterAStrobeThePictureComesBack) {
    const Scene wild = strobe(10, 10, 245);
    const Shown shown =
        play([&](double time_s) { return time_s < 2 ? wild(time_s) : flat(60); }, 5);
    EXPECT_EQ(shown.pictures.back(), flat(60));
    EXPECT_EQ(share_over(shown), 0);
}

TEST_F(FlashLimiterTest, PicturesOfAnySizePass) {
    for (const auto& [width, height] : {std::pair{1, 1}, {7, 5}, {33, 17}, {97, 55}}) {
        const size_t size = size_t{3} * width * height;
        const auto scene = [&](double time_s) {
            return std::vector<float>(size, std::fmod(time_s * 10 + 1e-6, 1.0) < 0.5 ? 250 : 5);
        };
        EXPECT_EQ(share_over(play(scene, 3, width, height)), 0) << width << "×" << height;
    }
}

TEST_F(FlashLimiterTest, ThereIsALineForAPictureThatIsNone) {
    FlashLimiter limiter(*device_);
    EXPECT_THROW(limiter.limit(*stream_, Pixels<const float>(), 0), Error);
}

TEST_F(FlashLimiterTest, CellsHaveTheirMeanLuminance) {
    for (const auto& [width, height, columns, rows] :
         {std::tuple{1, 1, 1, 1}, {7, 5, 3, 5}, {33, 17, 32, 9}, {129, 97, 96, 54}}) {
        const std::vector<float> values = random_picture(width, height, 3);
        std::vector<float> clamped;
        for (const float v : values) clamped.push_back(std::clamp(v, 0.0F, 255.0F));
        Image image(*device_, width, height, 3), scratch(*device_, width, rows, 1);
        Image cells(*device_, columns, rows, 1);
        device_->upload(*stream_, image.view().data, values.data(), values.size() * sizeof(float));
        device_->ops().cell_luminance(*stream_, image, scratch.view().data, cells);
        stream_->synchronize();
        for (int cy = 0; cy < rows; ++cy) {
            for (int cx = 0; cx < columns; ++cx) {
                double sum = 0;
                int count = 0;
                for (int y = 0; y < height; ++y) {
                    for (int x = 0; x < width; ++x) {
                        // The cell of a pixel: the last one that begins at it or before.
                        const auto inside = [](int i, int cell, int cells_there, int size) {
                            return i >= cell * size / cells_there &&
                                   i < (cell + 1) * size / cells_there;
                        };
                        if (!inside(x, cx, columns, width) || !inside(y, cy, rows, height))
                            continue;
                        const size_t at = static_cast<size_t>(y) * width + x;
                        sum += luminance(clamped, at);
                        ++count;
                    }
                }
                ASSERT_NEAR(cells.cview().at(cx, cy), sum / count, 0.005) << cx << " " << cy;
            }
        }
    }
}

}  // namespace
}  // namespace reverie::flash_test
