// The drift of a dream, against its own definition; its mirrored canvas, against the texture that it
// shows.
#include "src/dream/steering/drift.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/ops.h"

namespace reverie::drift_test {
namespace {

TEST(Drift, ComposedAndInverse) {
    Params params;
    params.zoom = 1.7F;
    params.rotation = 40;
    params.pan_x = 0.3F;
    params.pan_y = -0.2F;
    const AffineMotion second = drift_of(params, 1, 33, 17);
    // Zoom and rotation alone do not depend on how time is cut.
    params.pan_x = params.pan_y = 0;
    const AffineMotion whole = drift_of(params, 1, 33, 17), half = drift_of(params, 0.5, 33, 17);
    const AffineMotion twice = composed(half, half);
    EXPECT_NEAR(twice.a, whole.a, 1e-6);
    EXPECT_NEAR(twice.b, whole.b, 1e-6);
    for (const AffineMotion& none :
         {composed(second, inverse(second)), composed(inverse(second), second)}) {
        EXPECT_NEAR(none.a, 1, 1e-6);
        EXPECT_NEAR(none.b, 0, 1e-6);
        EXPECT_NEAR(none.shift.x, 0, 1e-4);
        EXPECT_NEAR(none.shift.y, 0, 1e-4);
    }
}

TEST(Drift, IsAboutItsCentre) {
    const auto device = open_device({"cpu", 2});
    const auto stream = device->make_stream();
    Params params;
    params.zoom = 1.7F;
    params.rotation = 40;
    params.pan_x = 0.3F;
    params.pan_y = -0.2F;
    params.centre_x = 0.2F;
    params.centre_y = 0.9F;
    constexpr double kS = 0.3;
    for (const auto& [width, height] : {std::pair{1, 1}, {7, 5}, {33, 17}}) {
        Image flow(*device, width, height, 2);
        device->ops().affine_flow(*stream, drift_of(params, kS, width, height), flow);
        std::vector<float> values(flow.view().size());
        device->download(*stream, values.data(), flow.view().data, values.size() * sizeof(float));
        const double angle = 40 * kS * std::acos(-1.0) / 180, scale = std::pow(1.7, -kS);
        const double cx = 0.2 * (width - 1), cy = 0.9 * (height - 1);
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                // Where it was: turned back, nearer to the centre, and against the pan.
                const double dx = x - cx, dy = y - cy;
                const double from_x =
                    cx + scale * (std::cos(angle) * dx + std::sin(angle) * dy) - 0.3 * kS * width;
                const double from_y =
                    cy + scale * (std::cos(angle) * dy - std::sin(angle) * dx) + 0.2 * kS * height;
                const size_t i = static_cast<size_t>(y) * width + x;
                EXPECT_NEAR(values[i], from_x - x, 1e-3);
                EXPECT_NEAR(values[i + values.size() / 2], from_y - y, 1e-3);
            }
        }
    }
    Params middle = params;
    middle.centre_x = middle.centre_y = 0.5F;
    EXPECT_EQ(drift_of(middle, kS, 34, 17).centre.x, 16.5F);
    EXPECT_EQ(drift_of(middle, kS, 34, 17).centre.y, 8);
}

TEST(Drift, IsTheSameAboutAnotherCentre) {
    Params params;
    params.zoom = 1.4F;
    params.rotation = -25;
    params.pan_y = 0.1F;
    params.centre_x = 0.1F;
    const AffineMotion motion = drift_of(params, 0.7, 33, 17);
    const AffineMotion other = about({20, -3}, motion);
    const auto moved = [](const AffineMotion& m, double x, double y) {
        const double dx = x - m.centre.x, dy = y - m.centre.y;
        return std::pair{m.centre.x + m.a * dx + m.b * dy + m.shift.x,
                         m.centre.y + m.a * dy - m.b * dx + m.shift.y};
    };
    for (const auto& [x, y] : {std::pair{0.0, 0.0}, {32.0, 16.0}, {7.0, -9.0}}) {
        EXPECT_NEAR(moved(other, x, y).first, moved(motion, x, y).first, 1e-4);
        EXPECT_NEAR(moved(other, x, y).second, moved(motion, x, y).second, 1e-4);
    }
}

/// A smooth texture, mirrored at the edges of pixels 0 … size − 1 without end.
double mirrored_texture(double x, double y, int width, int height) {
    const auto fold = [](double v, int size) {
        v = std::fmod(std::fmod(v + 0.5, 2.0 * size) + 2.0 * size, 2.0 * size);
        return std::min(v, 2.0 * size - v) - 0.5;
    };
    return 128 + 60 * std::sin(0.11 * fold(x, width)) +
           50 * std::cos(0.17 * fold(y, height) + 0.05 * fold(x, width));
}

/// What a canvas shows is known if its outside is its own mirror image: the endless mirrored
/// texture, seen through the whole motion.
void expect_mirror_images(const Params& params, int steps) {
    const auto device = open_device({"cpu", 2});
    const auto stream = device->make_stream();
    constexpr int kWide = 151, kHigh = 101;
    std::vector<float> values(kWide * kHigh);
    for (int y = 0; y < kHigh; ++y) {
        for (int x = 0; x < kWide; ++x)
            values[y * kWide + x] = static_cast<float>(mirrored_texture(x, y, kWide, kHigh));
    }
    Image canvas(*device, kWide, kHigh, 1), moved(*device, kWide, kHigh, 1),
        flow(*device, kWide, kHigh, 2);
    device->upload(*stream, canvas.view().data, values.data(), values.size() * sizeof(float));
    MirroredDrift drift;
    const AffineMotion step = drift_of(params, 0.04, kWide, kHigh);
    AffineMotion all;
    all.centre = step.centre;
    for (int k = 0; k < steps; ++k) {
        device->ops().mirrored_flow(*stream, drift.next(step, kWide, kHigh), flow);
        device->ops().warp(*stream, canvas, flow, moved);
        canvas.swap(moved);
        all = composed(all, step);
    }
    device->download(*stream, values.data(), canvas.view().data, values.size() * sizeof(float));
    double worst = 0, sum = 0;
    for (int y = 0; y < kHigh; ++y) {
        for (int x = 0; x < kWide; ++x) {
            const double dx = x - all.centre.x, dy = y - all.centre.y;
            const double want = mirrored_texture(
                all.centre.x + all.a * dx + all.b * dy + all.shift.x,
                all.centre.y + all.a * dy - all.b * dx + all.shift.y, kWide, kHigh);
            const double error = std::abs(values[y * kWide + x] - want);
            worst = std::max(worst, error);
            sum += error;
        }
    }
    EXPECT_LT(sum / (kWide * kHigh), 1.0);
    EXPECT_LT(worst, 40);  // the texture has a crease where it is mirrored
}

TEST(MirroredDrift, ShowsMirrorImagesWhereTheCanvasShrinks) {
    Params params;
    params.zoom = 0.7F;
    expect_mirror_images(params, 40);
    params.rotation = 12;
    expect_mirror_images(params, 30);
}

TEST(MirroredDrift, ShowsMirrorImagesAboutAnyCentre) {
    Params params;
    params.zoom = 0.8F;
    params.rotation = 9;
    params.centre_x = 0.1F;
    params.centre_y = 0.8F;
    expect_mirror_images(params, 30);
}

TEST(MirroredDrift, ShowsMirrorImagesWhereTheCanvasPans) {
    Params params;
    params.pan_x = 0.2F;
    params.pan_y = -0.1F;
    expect_mirror_images(params, 30);
}

TEST(MirroredDrift, IsThePlainMotionWhereTheCanvasGrows) {
    const auto device = open_device({"cpu", 2});
    const auto stream = device->make_stream();
    Params params;
    params.zoom = 1.5F;
    for (const auto& [width, height] : {std::pair{1, 1}, {7, 5}, {33, 17}}) {
        const AffineMotion step = drift_of(params, 0.04, width, height);
        Image plain(*device, width, height, 2), mirrored(*device, width, height, 2);
        device->ops().affine_flow(*stream, step, plain);
        MirroredDrift drift;
        device->ops().mirrored_flow(*stream, drift.next(step, width, height), mirrored);
        std::vector<float> a(plain.view().size()), b(a.size());
        device->download(*stream, a.data(), plain.view().data, a.size() * sizeof(float));
        device->download(*stream, b.data(), mirrored.view().data, b.size() * sizeof(float));
        for (size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-5);
    }
}

/// By plain loops: the mean damping of Catmull-Rom over all pixels.
double damping_of_all_pixels(const AffineMotion& m, int width, int height) {
    double sum = 0;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double dx = x - m.centre.x, dy = y - m.centre.y;
            const double u = m.a * dx + m.b * dy - dx + m.shift.x,
                         v = m.a * dy - m.b * dx - dy + m.shift.y;
            for (const double t : {u - std::floor(u), v - std::floor(v)})
                sum += 9.0 / 24 * std::pow(t * (1 - t), 2) / 2;
        }
    }
    return sum / (width * height);
}

TEST(Drift, MeanDampingIsThatOfAllPixels) {
    for (const auto& [width, height] : {std::pair{33, 17}, {320, 181}, {1001, 563}}) {
        for (const float zoom : {0.7F, 1.0F, 1.02F, 1.3F, 8.0F}) {
            for (const auto& [rotation, pan] :
                 {std::pair{0.0F, 0.0F}, {4.0F, 0.0F}, {9.0F, 0.05F}}) {
                Params params;
                params.zoom = zoom;
                params.rotation = rotation;
                params.pan_x = pan;
                const AffineMotion motion = drift_of(params, 0.04, width, height);
                EXPECT_NEAR(mean_damping(motion, width, height),
                            damping_of_all_pixels(motion, width, height), 8e-4)
                    << width << "x" << height << ", zoom " << zoom << ", rotation " << rotation;
            }
        }
    }
    EXPECT_EQ(mean_damping(drift_of(Params(), 0.04, 33, 17), 33, 17), 0);
}

}  // namespace
}  // namespace reverie::drift_test
