// The presenter against a computation of its own on the CPU: the picture is turned and mirrored as
// an array, then enlarged by bilinear sampling about the middle of the window.
#include "src/gl/present.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace reverie {
namespace {

using Rgb = std::array<double, 3>;

struct Plate {
    Size size;
    std::vector<Rgb> pixels;
    const Rgb& at(int x, int y) const {
        return pixels[static_cast<size_t>(std::clamp(y, 0, size.height - 1) * size.width +
                                          std::clamp(x, 0, size.width - 1))];
    }
};

Plate noise(Size size, unsigned seed) {
    std::mt19937 random(seed);
    Plate plate{size, {}};
    for (int i = 0; i < size.width * size.height; ++i)
        plate.pixels.push_back(
            {double(random() % 256), double(random() % 256), double(random() % 256)});
    return plate;
}

StreamedTexture upload(const Plate& plate) {
    std::vector<uint8_t> bytes;
    for (const Rgb& pixel : plate.pixels) {
        for (const size_t c : {2, 1, 0}) bytes.push_back(static_cast<uint8_t>(pixel[c]));
        bytes.push_back(255);
    }
    StreamedTexture texture;
    texture.upload_bgra8(plate.size, bytes.data(), plate.size.width * 4);
    return texture;
}

Plate quarter_turn_clockwise(const Plate& plate) {
    Plate turned{{plate.size.height, plate.size.width}, {}};
    for (int y = 0; y < turned.size.height; ++y) {
        for (int x = 0; x < turned.size.width; ++x)
            turned.pixels.push_back(plate.at(y, plate.size.height - 1 - x));
    }
    return turned;
}

Plate mirrored(const Plate& plate) {
    Plate flipped = plate;
    for (int y = 0; y < plate.size.height; ++y) {
        for (int x = 0; x < plate.size.width; ++x)
            flipped.pixels[static_cast<size_t>(y * plate.size.width + x)] =
                plate.at(plate.size.width - 1 - x, y);
    }
    return flipped;
}

Rgb bilinear(const Plate& plate, double x, double y) {
    const double left = std::floor(x), top = std::floor(y);
    Rgb sum{};
    for (int dy = 0; dy < 2; ++dy) {
        for (int dx = 0; dx < 2; ++dx) {
            const double weight =
                (dx == 1 ? x - left : 1 - (x - left)) * (dy == 1 ? y - top : 1 - (y - top));
            const Rgb& pixel = plate.at(static_cast<int>(left) + dx, static_cast<int>(top) + dy);
            for (size_t c = 0; c < 3; ++c) sum[c] += weight * pixel[c];
        }
    }
    return sum;
}

/// The expected colour at a pixel of an area; nullopt if it may be on either side of the picture's
/// edge.
std::optional<Rgb> expected(const Plate& plate, Size area, const ViewSettings& settings, int x,
                            int y) {
    Plate shown = plate;
    for (int turn = 0; turn < settings.rotation / 90; ++turn) shown = quarter_turn_clockwise(shown);
    if (settings.mirror) shown = mirrored(shown);
    const double zoom_x = double(area.width) / shown.size.width;
    const double zoom_y = double(area.height) / shown.size.height;
    const double zoom = settings.fill ? std::max(zoom_x, zoom_y) : std::min(zoom_x, zoom_y);
    const double u = (x + 0.5 - area.width / 2.0) / zoom + shown.size.width / 2.0;
    const double v = (y + 0.5 - area.height / 2.0) / zoom + shown.size.height / 2.0;
    const double inside = std::min({u, v, shown.size.width - u, shown.size.height - v});
    if (std::abs(inside) < 1e-3) return std::nullopt;
    if (inside < 0) return Rgb{};
    return bilinear(shown, u - 0.5, v - 0.5);
}

Rgb seen(const Picture8& picture, int x, int y) {
    const auto at = static_cast<size_t>(4 * (y * picture.size.width + x));
    return {double(picture.rgba[at]), double(picture.rgba[at + 1]), double(picture.rgba[at + 2])};
}

/// OpenGL interpolates with 8 bits of fraction on each axis.
constexpr double kTolerance = 3;

void expect_near(const Rgb& wanted, const Rgb& found, int x, int y) {
    for (size_t c = 0; c < 3; ++c)
        ASSERT_NEAR(wanted[c], found[c], kTolerance) << "at " << x << ", " << y;
}

void expect_plate(const Picture8& picture, const Plate& plate, Area area,
                  const ViewSettings& settings) {
    for (int y = 0; y < area.height; ++y) {
        for (int x = 0; x < area.width; ++x) {
            const auto wanted = expected(plate, {area.width, area.height}, settings, x, y);
            if (wanted) expect_near(*wanted, seen(picture, area.x + x, area.y + y), x, y);
            if (testing::Test::HasFatalFailure()) return;
        }
    }
}

/// All ways to place one picture in one window.
void expect_every_placement(Size picture_size, Size window) {
    const auto context = open_headless(window);
    Presenter presenter;
    const Plate plate = noise(picture_size, 3);
    const StreamedTexture texture = upload(plate);
    for (int way = 0; way < 16; ++way) {
        ViewSettings settings;
        settings.fill = way % 2 != 0;
        settings.mirror = way / 2 % 2 != 0;
        settings.rotation = way / 4 * 90;
        SCOPED_TRACE(testing::Message()
                     << picture_size.width << "x" << picture_size.height << " in " << window.width
                     << "x" << window.height << ", fill " << settings.fill << ", mirror "
                     << settings.mirror << ", rotation " << settings.rotation);
        presenter.draw({.dream = &texture.texture()}, settings, *context);
        expect_plate(context->read_back(), plate, {0, 0, window.width, window.height}, settings);
        if (testing::Test::HasFatalFailure()) return;
    }
}

TEST(PresentPlacement, EveryPixelIsWhereTheCpuSaysItIs) {
    for (const Size picture : {Size{1, 1}, Size{7, 5}, Size{33, 17}}) {
        for (const Size window : {Size{37, 53}, Size{101, 23}, Size{33, 17}, Size{203, 139}})
            expect_every_placement(picture, window);
    }
}

class PresentModes : public testing::Test {
  protected:
    Picture8 draw(const ViewPictures& pictures, const ViewSettings& settings) {
        presenter_.draw(pictures, settings, *context_);
        return context_->read_back();
    }

    static constexpr Size kSize{41, 29};
    std::unique_ptr<Context> context_ = open_headless(kSize);
    Presenter presenter_;
    Plate dream_ = noise(kSize, 1), source_ = noise(kSize, 2);
    StreamedTexture dream_texture_ = upload(dream_), source_texture_ = upload(source_);
    ViewPictures both_{.dream = &dream_texture_.texture(), .source = &source_texture_.texture()};
};

TEST_F(PresentModes, DreamAndSource) {
    ViewSettings settings;
    const Area all{0, 0, kSize.width, kSize.height};
    expect_plate(draw(both_, settings), dream_, all, settings);
    settings.mode = ViewMode::source;
    expect_plate(draw(both_, settings), source_, all, settings);
}

TEST_F(PresentModes, SideBySideHasTheSourceOnTheLeft) {
    ViewSettings settings;
    settings.mode = ViewMode::side_by_side;
    const Picture8 picture = draw(both_, settings);
    const int left = kSize.width / 2;
    expect_plate(picture, source_, {0, 0, left, kSize.height}, settings);
    expect_plate(picture, dream_, {left, 0, kSize.width - left, kSize.height}, settings);
}

TEST_F(PresentModes, WipeHasALineOfTwoPixelsBetweenSourceAndDream) {
    for (const float wipe : {0.0F, 0.25F, 0.5F, 1.0F}) {
        ViewSettings settings;
        settings.mode = ViewMode::wipe;
        settings.wipe = wipe;
        const Picture8 picture = draw(both_, settings);
        const int line = static_cast<int>(std::round(wipe * kSize.width));
        for (int y = 0; y < kSize.height; ++y) {
            for (int x = 0; x < kSize.width; ++x) {
                const bool on_line = x == line - 1 || x == line;
                const Rgb wanted = on_line    ? Rgb{255, 255, 255}
                                   : x < line ? source_.at(x, y)
                                              : dream_.at(x, y);
                expect_near(wanted, seen(picture, x, y), x, y);
                if (HasFatalFailure()) return;
            }
        }
    }
}

TEST_F(PresentModes, AnAreaLeavesTheRestAlone) {
    ViewSettings settings;
    draw(both_, settings);
    const Area area{5, 3, 23, 11};
    settings.mode = ViewMode::source;
    presenter_.draw(both_, settings, area, kSize.height);
    const Picture8 picture = context_->read_back();
    expect_plate(picture, source_, area, settings);
    for (int y = 0; y < kSize.height; ++y) {
        for (int x = 0; x < kSize.width; ++x) {
            const bool inside =
                x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height;
            if (!inside) expect_near(dream_.at(x, y), seen(picture, x, y), x, y);
            if (HasFatalFailure()) return;
        }
    }
}

/// Hue by the six sectors of the colour circle, as in textbooks.
Rgb hsv(double hue_degrees, double value) {
    const double sector = std::fmod(hue_degrees + 360, 360) / 60;
    const double rise = 1 - std::abs(std::fmod(sector, 2) - 1);
    const double table[6][3] = {{1, rise, 0}, {rise, 1, 0}, {0, 1, rise},
                                {0, rise, 1}, {rise, 0, 1}, {1, 0, rise}};
    const auto& row = table[std::min(static_cast<int>(sector), 5)];
    return {255 * value * row[0], 255 * value * row[1], 255 * value * row[2]};
}

TEST_F(PresentModes, FlowIsHueAndBrightness) {
    std::mt19937 random(5);
    std::uniform_real_distribution<float> spread(-12, 12);
    const size_t pixels = static_cast<size_t>(kSize.width) * kSize.height;
    std::vector<float> planes(2 * pixels);
    for (float& value : planes) value = spread(random);
    StreamedTexture flow;
    flow.upload({planes.data(), kSize.width, kSize.height, 2});
    ViewSettings settings;
    settings.mode = ViewMode::flow;
    settings.flow_px = 10;
    ViewPictures pictures = both_;
    pictures.flow = &flow.texture();
    const Picture8 picture = draw(pictures, settings);
    for (size_t i = 0; i < pixels; ++i) {
        const double dx = planes[i], dy = planes[pixels + i];
        const double hue = std::atan2(dy, dx) * 180 / M_PI;
        const int x = static_cast<int>(i) % kSize.width, y = static_cast<int>(i) / kSize.width;
        expect_near(hsv(hue, std::min(std::hypot(dx, dy) / 10, 1.0)), seen(picture, x, y), x, y);
        if (HasFatalFailure()) return;
    }
}

double luma(const Rgb& rgb) { return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]; }

TEST_F(PresentModes, ConfidenceIsTheGreySourceWhereItIsTrusted) {
    const size_t pixels = static_cast<size_t>(kSize.width) * kSize.height;
    std::vector<float> map(pixels);
    for (size_t i = 0; i < pixels; ++i) map[i] = static_cast<float>(i % 13) / 10 - 0.1F;
    StreamedTexture confidence;
    confidence.upload({map.data(), kSize.width, kSize.height, 1});
    ViewSettings settings;
    settings.mode = ViewMode::confidence;
    ViewPictures pictures = both_;
    pictures.confidence = &confidence.texture();
    const Picture8 picture = draw(pictures, settings);
    const Rgb doubt{0.85 * 255, 0.25 * 255, 0.10 * 255};
    for (int y = 0; y < kSize.height; ++y) {
        for (int x = 0; x < kSize.width; ++x) {
            const double trust =
                std::clamp(double(map[static_cast<size_t>(y * kSize.width + x)]), 0.0, 1.0);
            Rgb wanted{};
            for (size_t c = 0; c < 3; ++c)
                wanted[c] = trust * luma(source_.at(x, y)) + (1 - trust) * doubt[c];
            expect_near(wanted, seen(picture, x, y), x, y);
            if (HasFatalFailure()) return;
        }
    }
}

TEST_F(PresentModes, ALayerIsHeatOverTheDarkSource) {
    const auto context = open_headless({4, 1});
    Presenter presenter;
    const std::vector<float> map{0, 1, 2, 4};
    const Plate grey = [] {
        Plate plate{{4, 1}, {}};
        plate.pixels.assign(4, Rgb{100, 100, 100});
        return plate;
    }();
    const StreamedTexture source = upload(grey);
    StreamedTexture layer;
    layer.upload({map.data(), 4, 1, 1});
    ViewSettings settings;
    settings.mode = ViewMode::layer;
    settings.layer_peak = 4;
    presenter.draw({.source = &source.texture(), .layer = &layer.texture()}, settings, *context);
    const Picture8 picture = context->read_back();
    // The stops of the scale at 0, 1/4, 1/2 and 1, and 30 % of the grey where there is no heat.
    const Rgb stops[] = {{0, 0, 0}, {0.32, 0.07, 0.43}, {0.74, 0.22, 0.33}, {0.99, 1, 0.75}};
    for (int x = 0; x < 4; ++x) {
        const double t = map[static_cast<size_t>(x)] / 4;
        Rgb wanted{};
        for (size_t c = 0; c < 3; ++c) wanted[c] = 255 * stops[x][c] + 0.3 * 100 * (1 - t);
        expect_near(wanted, seen(picture, x, 0), x, 0);
    }
}

TEST_F(PresentModes, WhatIsMissingIsStoodInFor) {
    const Area all{0, 0, kSize.width, kSize.height};
    ViewSettings settings;
    expect_plate(draw({.source = both_.source}, settings), source_, all, settings);
    settings.mode = ViewMode::source;
    expect_plate(draw({.dream = both_.dream}, settings), dream_, all, settings);
    for (const ViewMode mode : {ViewMode::flow, ViewMode::confidence, ViewMode::layer}) {
        settings.mode = mode;
        expect_plate(draw(both_, settings), source_, all, settings);
    }
    const Picture8 black = draw({}, settings);
    for (size_t i = 0; i < black.rgba.size(); ++i) ASSERT_EQ(black.rgba[i], i % 4 == 3 ? 255 : 0);
}

}  // namespace
}  // namespace reverie
