// Every layer op of the CPU against naive loops in double, in every layout, at odd sizes, on slices
// of larger tensors.
#include <gtest/gtest.h>

#include "kernels/ops.h"
#include "tests/support/tensor.h"

namespace reverie::layers_test {
namespace {

using test::Array;
using test::SliceOnDevice;

constexpr int kChannels = 32;
constexpr double kFloatRounding = 3e-7;
constexpr double kBf16Rounding = 0x1.1p-8;

struct Size {
    int height, width;
};
constexpr Size kSizes[] = {{1, 1}, {5, 7}, {17, 33}, {8, 6}};

/// Kernel, stride and padding of the topologies, and some others.
constexpr PoolWindow kWindows[] = {{3, 2, 0, 0},      {3, 1, 1, 1}, {2, 2, 0, 0},
                                   {5, 3, 2, 2},      {3, 2, 1, 0}, {3, 1, 1, 1, true},
                                   {4, 2, 1, 2, true}};

/// Windows along one axis: as many as fit, rounded up as Caffe does, where `ceil`.
int windows_along(int size, const PoolWindow& w, int pad, bool ceil) {
    const int room = size + 2 * pad - w.kernel;
    if (room < 0) return ceil ? 1 : 0;
    const int count = (room + (ceil ? w.stride - 1 : 0)) / w.stride + 1;
    return (count - 1) * w.stride - pad >= size ? count - 1 : count;
}

/// Calls f(y, x, k) for each value of the window at (oy, ox) that lies inside; k counts the
/// window's places.
template <class F>
void each_in_window(const PoolWindow& w, const Array& x, int oy, int ox, F f) {
    for (int k = 0; k < w.kernel * w.kernel; ++k) {
        const int iy = oy * w.stride - w.pad_top + k / w.kernel;
        const int ix = ox * w.stride - w.pad_left + k % w.kernel;
        if (x.contains(iy, ix)) f(iy, ix, k);
    }
}

class Layers : public testing::TestWithParam<DType> {
  protected:
    std::unique_ptr<Device> device_ = open_device({REVERIE_TEST_DEVICE, 2});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
    LayerOps& ops_ = device_->ops();
    DType type_ = GetParam();
    double rounding_ = GetParam() == DType::f32 ? kFloatRounding : kBf16Rounding;

    Array stored(Array a) const {
        for (double& v : a.values) v = test::rounded_to(type_, v);
        return a;
    }
    Buffer<float> on_device(const std::vector<float>& values) {
        Buffer<float> buffer(*device_, values.size());
        device_->upload(*stream_, buffer.data(), values.data(), buffer.bytes());
        return buffer;
    }
    /// f(layout, array size, window, windows down, windows across) for all that have a window.
    template <class F>
    void each_case(F f) {
        for (const int layout : test::kLayouts) {
            for (const Size size : kSizes) {
                for (const PoolWindow& w : kWindows) {
                    for (const bool ceil : {false, true}) {
                        const int height = windows_along(size.height, w, w.pad_top, ceil);
                        const int width = windows_along(size.width, w, w.pad_left, ceil);
                        if (height == 0 || width == 0) continue;
                        SCOPED_TRACE("block " + std::to_string(layout) + ", " +
                                     std::to_string(size.width) + "x" +
                                     std::to_string(size.height) + ", kernel " +
                                     std::to_string(w.kernel) + ", stride " +
                                     std::to_string(w.stride) + (ceil ? ", ceil" : ""));
                        f(layout, size, w, height, width);
                        if (testing::Test::HasFailure()) return;
                    }
                }
            }
        }
    }
};

/// The first of the largest values of a window, or nothing where they are 0.
struct Argmax {
    int y = -1, x = -1, k = 255;
    double value = 0;
};

Argmax argmax_of(const PoolWindow& w, const Array& x, int c, int oy, int ox) {
    Argmax best;
    each_in_window(w, x, oy, ox, [&](int iy, int ix, int k) {
        if (x.at(c, iy, ix) > best.value) best = {iy, ix, k, x.at(c, iy, ix)};
    });
    return best;
}

TEST_P(Layers, MaxPoolTakesTheFirstOfTheLargest) {
    each_case([&](int layout, Size size, const PoolWindow& w, int height, int width) {
        const Array x = test::rectified_array(kChannels, size.height, size.width, 1);
        SliceOnDevice in(*device_, *stream_, layout, x, type_);
        SliceOnDevice out(*device_, *stream_, layout, Array(kChannels, height, width), type_);
        const Buffer<char> argmax(*device_, static_cast<size_t>(kChannels) * height * width);
        ops_.max_pool(*stream_, in.ref(), w, out.ref(), reinterpret_cast<uint8_t*>(argmax.data()));
        const Array y = out.get();
        std::vector<uint8_t> indices(argmax.size());
        device_->download(*stream_, indices.data(), argmax.data(), indices.size());
        const int block_channels = in.ref().shape.block_channels;
        for (int c = 0; c < kChannels; ++c) {
            for (int oy = 0; oy < height; ++oy) {
                for (int ox = 0; ox < width; ++ox) {
                    const Argmax want = argmax_of(w, x, c, oy, ox);
                    const size_t packed =
                        ((static_cast<size_t>(c / block_channels) * height + oy) * width + ox) *
                            block_channels +
                        c % block_channels;
                    ASSERT_EQ(y.at(c, oy, ox), want.value);
                    ASSERT_EQ(indices[packed], want.k) << c << ", " << oy << ", " << ox;
                }
            }
        }
    });
}

TEST_P(Layers, AveragePoolCountsWhatIsInsideOrThePaddingToo) {
    each_case([&](int layout, Size size, const PoolWindow& w, int height, int width) {
        const Array x = stored(test::random_array(kChannels, size.height, size.width, 2));
        Array want(kChannels, height, width);
        for (int c = 0; c < kChannels; ++c) {
            for (int oy = 0; oy < height; ++oy) {
                for (int ox = 0; ox < width; ++ox) {
                    int count = 0;
                    each_in_window(w, x, oy, ox, [&](int iy, int ix, int) {
                        want.at(c, oy, ox) += x.at(c, iy, ix);
                        ++count;
                    });
                    want.at(c, oy, ox) /= w.count_padding ? w.kernel * w.kernel : count;
                }
            }
        }
        SliceOnDevice in(*device_, *stream_, layout, x, type_);
        SliceOnDevice out(*device_, *stream_, layout, Array(kChannels, height, width), type_);
        ops_.average_pool(*stream_, in.ref(), w, out.ref());
        test::expect_near(out.get(), want, rounding_, 2e-7);
    });
}

TEST_P(Layers, GlobalAverageIsTheMeanOfAll) {
    for (const int layout : test::kLayouts) {
        for (const Size size : kSizes) {
            const Array x = stored(test::random_array(kChannels, size.height, size.width, 3));
            Array want(kChannels, 1, 1);
            for (int c = 0; c < kChannels; ++c) {
                for (int y = 0; y < size.height; ++y) {
                    for (int px = 0; px < size.width; ++px) want.at(c, 0, 0) += x.at(c, y, px);
                }
                want.at(c, 0, 0) /= size.height * size.width;
            }
            SliceOnDevice in(*device_, *stream_, layout, x, type_);
            SliceOnDevice out(*device_, *stream_, layout, Array(kChannels, 1, 1), type_);
            ops_.global_average(*stream_, in.ref(), out.ref());
            test::expect_near(out.get(), want, rounding_, 1e-6);
        }
    }
}

/// The gradient of a pool: each output's gradient is given to the values that it came from.
Array naive_pool_gradient(PoolKind kind, const PoolWindow& w, const Array& x, const Array& dy) {
    Array dx(x.channels, x.height, x.width);
    for (int c = 0; c < x.channels; ++c) {
        for (int oy = 0; oy < dy.height; ++oy) {
            for (int ox = 0; ox < dy.width; ++ox) {
                const double d = dy.at(c, oy, ox);
                if (kind == PoolKind::max) {
                    const Argmax to = argmax_of(w, x, c, oy, ox);
                    if (to.y >= 0) dx.at(c, to.y, to.x) += d;
                    continue;
                }
                int count = 0;
                each_in_window(w, x, oy, ox, [&](int, int, int) { ++count; });
                if (w.count_padding) count = w.kernel * w.kernel;
                each_in_window(w, x, oy, ox,
                               [&](int iy, int ix, int) { dx.at(c, iy, ix) += d / count; });
            }
        }
    }
    return dx;
}

struct Finish {
    PoolKind pool = PoolKind::none;
    PoolWindow window;
    bool accumulate = false, relu = false, objective = false;
    int border = 0;
};

/// finish_gradient against its parts, each computed from its definition.
class FinishGradientTest : public Layers {
  protected:
    void check(int layout, Size size, const Finish& f, int height, int width) {
        const Array x = test::rectified_array(kChannels, size.height, size.width, 7);
        const Array before = stored(test::random_array(kChannels, size.height, size.width, 8));
        const Array dy = stored(test::random_array(kChannels, height, width, 9));
        const std::vector<float> alpha = random_floats(10), beta = random_floats(11);
        Array want(kChannels, size.height, size.width);
        if (f.accumulate) want = before;
        if (f.pool != PoolKind::none) {
            const PoolWindow all{std::max(size.height, size.width), 1, 0};
            const bool global = f.pool == PoolKind::global_average;
            const Array share = naive_pool_gradient(f.pool, global ? all : f.window, x, dy);
            for (size_t i = 0; i < want.values.size(); ++i) want.values[i] += share.values[i];
        }
        const size_t plane = static_cast<size_t>(size.height) * size.width;
        for (size_t i = 0; i < want.values.size(); ++i) {
            const int y = static_cast<int>(i % plane) / size.width;
            const int px = static_cast<int>(i % plane) % size.width;
            const bool at_edge =
                std::min({y, px, size.height - 1 - y, size.width - 1 - px}) < f.border;
            if (f.objective && !at_edge)
                want.values[i] +=
                    alpha[i / plane] * x.values[i] + static_cast<double>(beta[i / plane]);
            if (f.relu && x.values[i] <= 0) want.values[i] = 0;
        }
        test::expect_near(run(layout, f, x, before, dy, alpha, beta), want, rounding_, 4e-7);
    }

  private:
    static std::vector<float> random_floats(uint32_t seed) {
        const Array a = test::random_array(kChannels, 1, 1, seed);
        return {a.values.begin(), a.values.end()};
    }

    Array run(int layout, const Finish& f, const Array& x, const Array& before, const Array& dy,
              const std::vector<float>& alpha, const std::vector<float>& beta) {
        SliceOnDevice in(*device_, *stream_, layout, x, type_);
        SliceOnDevice out(*device_, *stream_, layout, before, type_);
        SliceOnDevice pooled(*device_, *stream_, layout, dy, type_);
        const Buffer<char> argmax(*device_, dy.values.size());
        auto* const indices = reinterpret_cast<uint8_t*>(argmax.data());
        const Buffer<float> a = on_device(alpha), b = on_device(beta);
        GradientFinish finish;
        finish.x = in.ref();
        finish.dx = out.ref();
        finish.accumulate = f.accumulate;
        finish.relu = f.relu;
        finish.pool = f.pool;
        finish.window = f.window;
        finish.edges.border = f.border;
        if (f.pool != PoolKind::none) finish.pool_dy = pooled.ref();
        if (f.pool == PoolKind::max) {
            SliceOnDevice y(*device_, *stream_, layout, dy, type_);
            ops_.max_pool(*stream_, in.ref(), f.window, y.ref(), indices);
            finish.argmax = indices;
        }
        finish.alpha = f.objective ? a.data() : nullptr;
        finish.beta = f.objective ? b.data() : nullptr;
        ops_.finish_gradient(*stream_, finish);
        return out.get();
    }
};

TEST_P(FinishGradientTest, AllCombinations) {
    each_case([&](int layout, Size size, const PoolWindow& w, int height, int width) {
        if (size.height == 17 && layout != 16) return;  // large; one layout is enough
        for (const PoolKind pool : {PoolKind::none, PoolKind::max, PoolKind::average}) {
            if (pool == PoolKind::none && w.stride != kWindows[0].stride) continue;
            for (int bits = 0; bits < 8; ++bits) {
                SCOPED_TRACE("pool " + std::to_string(static_cast<int>(pool)) + ", bits " +
                             std::to_string(bits));
                check(layout, size, {pool, w, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0},
                      height, width);
            }
        }
    });
}

TEST_P(FinishGradientTest, TheObjectiveLeavesOutTheBorder) {
    for (const int layout : test::kLayouts) {
        for (const Size size : kSizes) {
            for (const int border : {1, 2, 5}) {
                check(layout, size, {PoolKind::none, {}, true, true, true, border}, 1, 1);
            }
        }
    }
}

TEST_P(FinishGradientTest, BehindAGlobalAverage) {
    for (const int layout : test::kLayouts) {
        for (const Size size : kSizes) {
            for (int bits = 0; bits < 8; ++bits) {
                check(layout, size,
                      {PoolKind::global_average,
                       {},
                       (bits & 1) != 0,
                       (bits & 2) != 0,
                       (bits & 4) != 0},
                      1, 1);
            }
        }
    }
}

TEST_P(Layers, ObjectiveValueIsTheSum) {
    for (const int layout : test::kLayouts) {
        for (const Size size : kSizes) {
            const Array x = stored(test::random_array(kChannels, size.height, size.width, 12));
            std::vector<float> alpha(kChannels), beta(kChannels);
            double want = 0, magnitude = 0;
            for (int c = 0; c < kChannels; ++c) {
                alpha[c] = 0.1F * static_cast<float>(c);
                beta[c] = 1.0F - 0.2F * static_cast<float>(c);
                for (int i = 0; i < size.height * size.width; ++i) {
                    const double a = x.at(c, i / size.width, i % size.width);
                    want += 0.5 * alpha[c] * a * a + beta[c] * a;
                    magnitude += 0.5 * alpha[c] * a * a + std::abs(beta[c] * a);
                }
            }
            SliceOnDevice in(*device_, *stream_, layout, x, type_);
            const Buffer<float> a = on_device(alpha), b = on_device(beta), loss(*device_, 1);
            ops_.objective_value(*stream_, in.ref(), a.data(), b.data(), loss.data());
            float got = 0;
            device_->download(*stream_, &got, loss.data(), sizeof got);
            EXPECT_NEAR(got, want, 1e-6 * magnitude);
        }
    }
}

TEST_P(Layers, WhatIsSeenIsSummedByRowAndByPixel) {
    for (const int layout : test::kLayouts) {
        for (const Size size : kSizes) {
            const Array x = stored(test::random_array(kChannels, size.height, size.width, 13));
            SliceOnDevice in(*device_, *stream_, layout, x, type_);
            const Buffer<float> rows(*device_, size_t{kChannels} * size.height);
            ops_.row_squares(*stream_, in.ref(), rows.data());
            std::vector<float> got(rows.size());
            device_->download(*stream_, got.data(), rows.data(), rows.bytes());
            for (int c = 0; c < kChannels; ++c) {
                for (int y = 0; y < size.height; ++y) {
                    double want = 0;
                    for (int i = 0; i < size.width; ++i) want += x.at(c, y, i) * x.at(c, y, i);
                    ASSERT_NEAR(got[size_t{1} * c * size.height + y], want, 1e-5 * want + 1e-12);
                }
            }
            constexpr int kFirst = 3, kCount = 22;
            constexpr float kScale = 0.37F;
            const Image map(*device_, size.width, size.height, 1);
            ops_.activation_map(*stream_, in.ref(), kFirst, kCount, kScale, map);
            got.resize(static_cast<size_t>(map.cview().size()));
            device_->download(*stream_, got.data(), map.cview().data, got.size() * sizeof(float));
            for (int y = 0; y < size.height; ++y) {
                for (int i = 0; i < size.width; ++i) {
                    double sum = 0;
                    for (int c = kFirst; c < kFirst + kCount; ++c)
                        sum += x.at(c, y, i) * x.at(c, y, i);
                    ASSERT_NEAR(got[size_t{1} * y * size.width + i], std::sqrt(kScale * sum), 1e-5);
                }
            }
        }
    }
}

TEST_P(Layers, WhatAGuideMatchesIsAdded) {
    constexpr int kFeatures = 19;
    constexpr float kWeight = -0.37F;
    const Array features = test::random_array(kFeatures, 1, kChannels, 21);
    for (const int layout : test::kLayouts) {
        for (const Size size : kSizes) {
            for (const int border : {0, 1}) {
                Array scores = stored(test::random_array(kChannels, size.height, size.width, 22));
                scores.at(3, 0, 0) = scores.at(5, 0, 0) = 100;  // of equals, the first
                const Array before =
                    stored(test::random_array(kChannels, size.height, size.width, 23));
                SliceOnDevice in(*device_, *stream_, layout, scores, type_);
                SliceOnDevice dx(*device_, *stream_, layout, before, type_);
                const Buffer<int> match(*device_, size_t{1} * size.height * size.width);
                const Pixels<int> index{match.data(), size.width, size.height, 1};
                ops_.strongest_channel(*stream_, in.ref(), kFeatures, index);
                const Buffer<float> rows =
                    on_device({features.values.begin(), features.values.end()});
                const Buffer<float> weight = on_device({kWeight});
                const bool accumulate = size.width != 8;
                GuideGradient guide;
                guide.match = index;
                guide.dx = dx.ref();
                guide.accumulate = accumulate;
                guide.features = rows.data();
                guide.weight = weight.data();
                guide.edges.border = border;
                guide.edges.seam_x = border > 0 ? 4 : -1;
                ops_.add_matched(*stream_, guide);
                const Array got = dx.get();
                for (int y = 0; y < size.height; ++y) {
                    for (int x = 0; x < size.width; ++x) {
                        int best = 0;
                        for (int n = 1; n < kFeatures; ++n) {
                            if (scores.at(n, y, x) > scores.at(best, y, x)) best = n;
                        }
                        const bool inside = x >= border && x < size.width - border && y >= border &&
                                            y < size.height - border;
                        const bool at_seam = border > 0 && (x == 3 || x == 4);
                        for (int c = 0; c < kChannels; ++c) {
                            const double added =
                                inside && !at_seam ? kWeight * features.at(best, 0, c) : 0;
                            const double want = (accumulate ? before.at(c, y, x) : 0) + added;
                            ASSERT_NEAR(got.at(c, y, x), want,
                                        rounding_ * (std::abs(want) + std::abs(added)));
                        }
                    }
                }
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Types, Layers, testing::Values(DType::f32, DType::bf16),
                         [](const auto& tested) {
                             return tested.param == DType::f32 ? "f32" : "bf16";
                         });
INSTANTIATE_TEST_SUITE_P(Types, FinishGradientTest, testing::Values(DType::f32, DType::bf16),
                         [](const auto& tested) {
                             return tested.param == DType::f32 ? "f32" : "bf16";
                         });

}  // namespace
}  // namespace reverie::layers_test
