// The flow's ops, one by one, against direct computations in double on planes made by hand.
#include "kernels/functors/flow.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "kernels/functors/flow_refine.h"
#include "kernels/ops.h"

namespace reverie::flow_test {
namespace {

struct Size {
    int width, height;
};

/// Everything that a refinement needs, for one direction.
struct Level : FlowLevel {
    template <class MakePlane>
    Level(Size s, MakePlane make) {
        width = s.width;
        height = s.height;
        directions = 1;
        FlowField& f = field[0];
        for (Plane* p : {&from[0].luma, &from[0].dx, &from[0].dy, &to[0].luma, &f.u,
                         &f.v,          &f.warped,   &f.a11,      &f.a12,      &f.a22,
                         &f.b1,         &f.b2,       &f.smooth_x, &f.smooth_y, &f.last_u,
                         &f.last_v,     &f.other[0], &f.other[1], &f.other[2], &f.other[3]}) {
            *p = make(s);
        }
        f.light = make({light_cells(s.width), light_cells(s.height)});
    }
};

/// Planes on the CPU device, whose memory the test may read.
class FlowKernels : public testing::Test {
  protected:
    Plane plane(Size s) {
        memory_.emplace_back(*device_, plane_size(s.width, s.height));
        device_->clear(*stream_, memory_.back().data(), memory_.back().bytes());
        return make_plane(memory_.back().data(), s.width, s.height);
    }
    Plane noise_plane(Size s, float low, float high) {
        const Plane p = plane(s);
        std::uniform_real_distribution<float> level(low, high);
        for (int y = 0; y < s.height; ++y) {
            for (int x = 0; x < s.width; ++x) p.at(x, y) = level(random_);
        }
        return p;
    }
    /// Two pictures that have nothing in common, 0 ... high, and no flow.
    Level noise_level(Size s, float high) {
        Level level(s, [&](Size size) { return plane(size); });
        for (FlowPicture* picture : {&level.from[0], &level.to[0]}) {
            picture->luma = noise_plane(s, 0, high);
            repeat_edge(picture->luma);
        }
        return level;
    }
    static void repeat_edge(const Plane& p) {
        for (int y = -kPlaneBorder; y < p.height + kPlaneBorder; ++y) {
            for (int x = -kPlaneBorder; x < p.width + kPlaneBorder; ++x)
                p.at(x, y) = p.at_clamped(x, y);
        }
    }
    Image noise_image(Size s, int channels) {
        Image image(*device_, s.width, s.height, channels);
        std::uniform_real_distribution<float> level(0, 255);
        for (int64_t i = 0; i < image.view().size(); ++i) image.view().data[i] = level(random_);
        return image;
    }

    std::unique_ptr<Device> device_ = open_device({"cpu", 2});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
    std::vector<Buffer<float>> memory_;
    std::mt19937 random_{3};
};

TEST_F(FlowKernels, LumaIsTheWeightedSumAndItsBorderRepeats) {
    for (const Size s : {Size{1, 1}, Size{7, 5}, Size{33, 17}}) {
        const Image rgb = noise_image(s, 3);
        const Plane p = plane(s);
        Image flat(*device_, s.width, s.height, 1);
        device_->ops().luma_plane(*stream_, rgb, p);
        device_->ops().luma(*stream_, rgb, flat);
        for (int y = -kPlaneBorder; y < s.height + kPlaneBorder; ++y) {
            for (int x = -kPlaneBorder; x < s.width + kPlaneBorder; ++x) {
                const int u = std::clamp(x, 0, s.width - 1);
                const int v = std::clamp(y, 0, s.height - 1);
                const double luma = 0.299 * rgb.view().at(u, v, 0) +
                                    0.587 * rgb.view().at(u, v, 1) + 0.114 * rgb.view().at(u, v, 2);
                ASSERT_NEAR(p.at(x, y), luma, 1e-3);
                ASSERT_NEAR(flat.view().at(u, v), luma, 1e-3);
            }
        }
    }
}

TEST_F(FlowKernels, HalveIsTheBinomialMean) {
    for (const Size s : {Size{1, 1}, Size{7, 5}, Size{33, 18}}) {
        const Plane src = noise_plane(s, 0, 255);
        repeat_edge(src);
        const Size half{(s.width + 1) / 2, (s.height + 1) / 2};
        const Plane dst = plane(half);
        device_->ops().halve(*stream_, src, dst);
        const double w[4] = {1, 3, 3, 1};
        for (int y = -kPlaneBorder; y < half.height + kPlaneBorder; ++y) {
            for (int x = -kPlaneBorder; x < half.width + kPlaneBorder; ++x) {
                const int cx = std::clamp(x, 0, half.width - 1);
                const int cy = std::clamp(y, 0, half.height - 1);
                double sum = 0;
                for (int j = 0; j < 4; ++j) {
                    for (int i = 0; i < 4; ++i) {
                        sum += w[j] * w[i] * src.at_clamped(2 * cx + i - 1, 2 * cy + j - 1) / 64;
                    }
                }
                ASSERT_NEAR(dst.at(x, y), sum, 1e-3);
            }
        }
    }
}

TEST_F(FlowKernels, SlopesAreCentralDifferences) {
    const Size s{33, 17};
    const FlowPicture picture{noise_plane(s, 0, 255), plane(s), plane(s)};
    repeat_edge(picture.luma);
    device_->ops().slopes(*stream_, picture);
    for (int y = 0; y < s.height; ++y) {
        for (int x = 0; x < s.width; ++x) {
            ASSERT_NEAR(
                picture.dx.at(x, y),
                (picture.luma.at_clamped(x + 1, y) - picture.luma.at_clamped(x - 1, y)) / 2.0,
                1e-4);
            ASSERT_NEAR(
                picture.dy.at(x, y),
                (picture.luma.at_clamped(x, y + 1) - picture.luma.at_clamped(x, y - 1)) / 2.0,
                1e-4);
        }
    }
}

TEST_F(FlowKernels, PatchErrorIsTheVarianceOfTheDifference) {
    const Size s{40, 30};
    const FlowPicture from{noise_plane(s, 0, 255), plane(s), plane(s)};
    const Plane to = noise_plane(s, 0, 255);
    repeat_edge(from.luma);
    repeat_edge(to);
    const double u = 3.3;
    const double v = -2.6;
    const Patch patch(from, 12, 8, 1.0f);
    double sum = 0;
    double squares = 0;
    for (int y = 8; y < 16; ++y) {
        for (int x = 12; x < 20; ++x) {
            const double px = x + u;
            const double py = y + v;
            const int ix = static_cast<int>(std::floor(px));
            const int iy = static_cast<int>(std::floor(py));
            const double tx = px - ix;
            const double ty = py - iy;
            const double sample = (1 - ty) * ((1 - tx) * to.at(ix, iy) + tx * to.at(ix + 1, iy)) +
                                  ty * ((1 - tx) * to.at(ix, iy + 1) + tx * to.at(ix + 1, iy + 1));
            const double d = sample - from.luma.at(x, y);
            sum += d;
            squares += d * d;
        }
    }
    const double variance = squares / 64 - sum / 64 * (sum / 64);
    EXPECT_NEAR(patch_error(to, patch, static_cast<float>(u), static_cast<float>(v)), variance,
                variance * 1e-4);
}

TEST_F(FlowKernels, RefinementStepsSolveTheirLinearSystem) {
    const Size s{33, 17};
    const Level level = noise_level(s, 40);
    FlowRefinement options;
    options.iterations = 600;
    device_->ops().refine_flow(*stream_, level, options);
    // Each pixel's solution is the fixed point of its own 2x2 system: matrix times flow = data +
    // neighbours.
    const FlowField& f = level.field[0];
    for (int y = 0; y < s.height; ++y) {
        for (int x = 0; x < s.width; ++x) {
            double r1 = f.b1.at(x, y);
            double r2 = f.b2.at(x, y);
            const auto add = [&](double w, int nx, int ny) {
                r1 += w * f.u.at(nx, ny);
                r2 += w * f.v.at(nx, ny);
            };
            if (x > 0) add(f.smooth_x.at(x - 1, y), x - 1, y);
            if (x + 1 < s.width) add(f.smooth_x.at(x, y), x + 1, y);
            if (y > 0) add(f.smooth_y.at(x, y - 1), x, y - 1);
            if (y + 1 < s.height) add(f.smooth_y.at(x, y), x, y + 1);
            const double a = f.a11.at(x, y);
            const double b = f.a12.at(x, y);
            const double c = f.a22.at(x, y);
            ASSERT_NEAR(f.u.at(x, y), a * r1 + b * r2, 1e-2);
            ASSERT_NEAR(f.v.at(x, y), b * r1 + c * r2, 1e-2);
        }
    }
}

/// Against Jacobi iterations with Chebyshev weights over the whole picture at once, in double:
/// tests tiles and their margins, and numbers of iterations that they do not divide.
TEST_F(FlowKernels, IterationsAreJacobisWithChebyshevsWeights) {
    const Size s{150, 75};
    for (const int iterations : {1, 5, 14}) {
        Level level = noise_level(s, 200);
        level.field[0].u = noise_plane(s, -2, 2);
        level.field[0].v = noise_plane(s, -2, 2);
        const FlowField& f = level.field[0];
        struct Flow {
            double u, v;
        };
        std::vector<Flow> now, last;
        const auto index = [&](int x, int y) { return static_cast<size_t>(y) * s.width + x; };
        for (int y = 0; y < s.height; ++y) {
            for (int x = 0; x < s.width; ++x) now.push_back({f.u.at(x, y), f.v.at(x, y)});
        }
        FlowRefinement options;
        options.iterations = iterations;
        device_->ops().refine_flow(*stream_, level, options);

        const double rho2 = options.rho * options.rho;
        double omega = 1;
        last.resize(now.size());
        for (int k = 0; k < iterations; ++k) {
            std::vector<Flow> next(now.size());
            for (int y = 0; y < s.height; ++y) {
                for (int x = 0; x < s.width; ++x) {
                    Flow r{f.b1.at(x, y), f.b2.at(x, y)};
                    const auto add = [&](double weight, int nx, int ny) {
                        if (nx < 0 || ny < 0 || nx >= s.width || ny >= s.height) return;
                        r.u += weight * now[index(nx, ny)].u;
                        r.v += weight * now[index(nx, ny)].v;
                    };
                    add(f.smooth_x.at(x - 1, y), x - 1, y);
                    add(f.smooth_x.at(x, y), x + 1, y);
                    add(f.smooth_y.at(x, y - 1), x, y - 1);
                    add(f.smooth_y.at(x, y), x, y + 1);
                    const Flow jacobi{f.a11.at(x, y) * r.u + f.a12.at(x, y) * r.v,
                                      f.a12.at(x, y) * r.u + f.a22.at(x, y) * r.v};
                    const Flow before = last[index(x, y)];
                    next[index(x, y)] = {before.u + omega * (jacobi.u - before.u),
                                         before.v + omega * (jacobi.v - before.v)};
                }
            }
            omega = k == 0 ? 1 / (1 - rho2 / 2) : 1 / (1 - rho2 / 4 * omega);
            last = now;
            now = next;
        }
        for (int y = 0; y < s.height; ++y) {
            for (int x = 0; x < s.width; ++x) {
                ASSERT_NEAR(f.u.at(x, y), now[index(x, y)].u, 1e-3) << iterations;
                ASSERT_NEAR(f.v.at(x, y), now[index(x, y)].v, 1e-3) << iterations;
            }
        }
    }
}

TEST_F(FlowKernels, LightIsTheMeanDifferenceOfEachCell) {
    const Size s{64, 48};
    const Level level = noise_level(s, 255);
    device_->ops().refine_flow(*stream_, level, FlowRefinement());
    for (int row = 0; row < s.height / kLightCell; ++row) {
        for (int column = 0; column < s.width / kLightCell; ++column) {
            double sum = 0;
            for (int y = row * kLightCell; y < (row + 1) * kLightCell; ++y) {
                for (int x = column * kLightCell; x < (column + 1) * kLightCell; ++x) {
                    const double lighter = level.to[0].luma.at(x, y) - level.from[0].luma.at(x, y);
                    sum += std::clamp(lighter, -40.0, 40.0);
                }
            }
            ASSERT_NEAR(level.field[0].light.at(column, row), sum / (kLightCell * kLightCell),
                        1e-3);
        }
    }
}

TEST_F(FlowKernels, LightThatIsTheSameEverywhereReachesTheEdges) {
    for (const Size s : {Size{8, 8}, Size{9, 21}, Size{33, 17}}) {
        Level level(s, [&](Size size) { return plane(size); });
        level.from[0].luma = noise_plane(s, 0, 200);
        level.to[0].luma = plane(s);
        for (int y = 0; y < s.height; ++y) {
            for (int x = 0; x < s.width; ++x)
                level.to[0].luma.at(x, y) = level.from[0].luma.at(x, y) + 23;
        }
        repeat_edge(level.from[0].luma);
        repeat_edge(level.to[0].luma);
        device_->ops().refine_flow(*stream_, level, FlowRefinement());
        for (int row = 0; row < light_cells(s.height); ++row) {
            for (int column = 0; column < light_cells(s.width); ++column)
                ASSERT_NEAR(level.field[0].light.at(column, row), 23, 1e-3);
        }
        for (int y = 0; y < s.height; ++y) {
            for (int x = 0; x < s.width; ++x) {
                ASSERT_NEAR(level.field[0].u.at(x, y), 0, 1e-3);
                ASSERT_NEAR(level.field[0].v.at(x, y), 0, 1e-3);
            }
        }
    }
}

TEST_F(FlowKernels, RefinementFindsAFractionOfAPixel) {
    const Size s{64, 48};
    Level level(s, [&](Size size) { return plane(size); });
    const double dx = 0.4;
    const double dy = -0.3;
    const auto texture = [](double x, double y) {
        return 128 + 50 * std::sin(0.5 * x + 0.2 * y) + 40 * std::cos(0.45 * y - 0.15 * x);
    };
    for (int y = -kPlaneBorder; y < s.height + kPlaneBorder; ++y) {
        for (int x = -kPlaneBorder; x < s.width + kPlaneBorder; ++x) {
            level.from[0].luma.at(x, y) = static_cast<float>(texture(x, y));
            level.to[0].luma.at(x, y) = static_cast<float>(texture(x - dx, y - dy));
        }
    }
    device_->ops().slopes(*stream_, level.from[0]);
    FlowRefinement options;
    options.iterations = 100;
    for (int k = 0; k < 4; ++k) device_->ops().refine_flow(*stream_, level, options);
    for (int y = 0; y < s.height; ++y) {
        for (int x = 0; x < s.width; ++x) {
            ASSERT_NEAR(level.field[0].u.at(x, y), dx, 0.06);
            ASSERT_NEAR(level.field[0].v.at(x, y), dy, 0.06);
        }
    }
}

/// Bilinear, edges clamped, in double.
double sample(const Plane& p, double x, double y) {
    x = std::clamp(x, 0.0, p.width - 1.0);
    y = std::clamp(y, 0.0, p.height - 1.0);
    const int ix = static_cast<int>(x);
    const int iy = static_cast<int>(y);
    const double tx = x - ix;
    const double ty = y - iy;
    return (1 - ty) * ((1 - tx) * p.at_clamped(ix, iy) + tx * p.at_clamped(ix + 1, iy)) +
           ty * ((1 - tx) * p.at_clamped(ix, iy + 1) + tx * p.at_clamped(ix + 1, iy + 1));
}

TEST_F(FlowKernels, ExpandFlowScalesPositionsAndLengths) {
    for (const int exponent : {0, 1, 2}) {
        const Size s{33, 17};
        const int scale = 1 << exponent;
        const Size coarse{(s.width + scale - 1) / scale, (s.height + scale - 1) / scale};
        Level level(coarse, [&](Size size) { return noise_plane(size, -5, 5); });
        level.exponent = exponent;
        Image flow(*device_, s.width, s.height, 2);
        device_->ops().expand_flow(*stream_, level, 0, flow);
        for (int y = 0; y < s.height; ++y) {
            for (int x = 0; x < s.width; ++x) {
                const double px = (x + 0.5) / scale - 0.5;
                const double py = (y + 0.5) / scale - 0.5;
                ASSERT_NEAR(flow.view().at(x, y, 0), scale * sample(level.field[0].u, px, py),
                            1e-4);
                ASSERT_NEAR(flow.view().at(x, y, 1), scale * sample(level.field[0].v, px, py),
                            1e-4);
            }
        }
    }
}

TEST_F(FlowKernels, ConfidenceIsAgreementTimesLikenessInside) {
    const auto half_at_one = [](double squared) { return 1 / (1 + squared * squared); };
    const auto inside = [](double p, int size) {
        return std::clamp(std::min(p, size - 1 - p) + 1, 0.0, 1.0);
    };
    for (const Size s : {Size{1, 1}, Size{7, 5}, Size{33, 17}}) {
        Level level(s, [&](Size size) { return noise_plane(size, -2, 2); });
        level.from[0].luma = noise_plane(s, 100, 130);
        level.to[0].luma = noise_plane(s, 100, 130);
        level.field[1].u = noise_plane(s, -2, 2);
        level.field[1].v = noise_plane(s, -2, 2);
        Image trust(*device_, s.width, s.height, 1);
        device_->ops().confidence(*stream_, level, trust);
        for (int y = 0; y < s.height; ++y) {
            for (int x = 0; x < s.width; ++x) {
                const double u = level.field[0].u.at(x, y);
                const double v = level.field[0].v.at(x, y);
                const double back_u = sample(level.field[1].u, x + u, y + v);
                const double back_v = sample(level.field[1].v, x + u, y + v);
                const double loop = std::pow(u + back_u, 2) + std::pow(v + back_v, 2);
                const double length = u * u + v * v + back_u * back_u + back_v * back_v;
                const double lighter = sample(level.field[0].light, (x + 0.5) / kLightCell - 0.5,
                                              (y + 0.5) / kLightCell - 0.5);
                const double other =
                    level.from[0].luma.at(x, y) + lighter - sample(level.to[0].luma, x + u, y + v);
                const double slope =
                    std::pow(level.from[0].dx.at(x, y), 2) + std::pow(level.from[0].dy.at(x, y), 2);
                const double expected = half_at_one(loop / (0.5 + 0.01 * length)) *
                                        half_at_one(other * other / (200 + 2 * slope)) *
                                        inside(x + u, s.width) * inside(y + v, s.height);
                ASSERT_NEAR(trust.view().at(x, y), expected, 1e-4);
            }
        }
    }
}

TEST_F(FlowKernels, MeanIsTheMean) {
    const Image image = noise_image({33, 17}, 2);
    double sum = 0;
    for (int64_t i = 0; i < image.view().size(); ++i) sum += image.view().data[i];
    const Buffer<float> result(*device_, 1);
    device_->ops().mean(*stream_, image, result.data());
    EXPECT_NEAR(*result.data(), sum / static_cast<double>(image.view().size()), 1e-3);
}

}  // namespace
}  // namespace reverie::flow_test
