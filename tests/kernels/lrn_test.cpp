// Local response normalisation, forward and backward, against its definition in double: element by
// element, each scale summed anew over its whole window.
#include <gtest/gtest.h>

#include "kernels/ops.h"
#include "tests/support/tensor.h"

namespace reverie::lrn_test {
namespace {

using test::Array;
using test::SliceOnDevice;

double scale_of(const Array& x, const LrnConstants& n, int c, int y, int px) {
    double sum = 0;
    for (int j = c - n.size / 2; j <= c + n.size / 2; ++j) {
        if (j >= 0 && j < x.channels) sum += x.at(j, y, px) * x.at(j, y, px);
    }
    return n.k + static_cast<double>(n.alpha) / n.size * sum;
}

template <class F>
Array each_element(const Array& x, F f) {
    Array out(x.channels, x.height, x.width);
    for (int c = 0; c < x.channels; ++c) {
        for (int y = 0; y < x.height; ++y) {
            for (int px = 0; px < x.width; ++px) out.at(c, y, px) = f(c, y, px);
        }
    }
    return out;
}

Array naive_lrn(const Array& x, const LrnConstants& n) {
    return each_element(x, [&](int c, int y, int px) {
        return x.at(c, y, px) * std::pow(scale_of(x, n, c, y, px), -n.beta);
    });
}

Array naive_lrn_gradient(const Array& x, const Array& dy, const LrnConstants& n) {
    return each_element(x, [&](int c, int y, int px) {
        double own = 0, sum = 0;
        for (int j = c - n.size / 2; j <= c + n.size / 2; ++j) {
            if (j < 0 || j >= x.channels) continue;
            const double s = scale_of(x, n, j, y, px), d = dy.at(j, y, px);
            if (j == c) own = d * std::pow(s, -n.beta);
            sum += d * x.at(j, y, px) * std::pow(s, -n.beta - 1.0);
        }
        return own - 2.0 * n.alpha * n.beta / n.size * x.at(c, y, px) * sum;
    });
}

/// Those of BVLC's GoogLeNet and of inception5h, and others that normalise strongly: windows as
/// wide as a group of lanes and wider, and powers of every kind.
constexpr LrnConstants kConstants[] = {
    {},
    {5, 2.0F, 0.75F},
    {5, 1.3F, 0.5F, 0.25F},
    {5, 0.7F, 1.0F, 2.0F},
    {5, 3.0F, 0.6F},
    {5, 1.0F, 0.0F},
    {11, 1.1e-3F, 0.5F, 2.0F},
    {11, 1.1F, 0.75F, 2.0F},
    {1, 1.0F, 0.75F},
    {3, 1.0F, 0.5F},
    {7, 2.0F, 1.0F},
    {17, 3.0F, 0.75F},
    {63, 5.0F, 0.8F},
};

struct Shape {
    int channels, height, width;
};
constexpr Shape kShapes[] = {{1, 7, 5},  {3, 7, 5},  {8, 5, 7},    {16, 1, 1}, {16, 3, 2},
                             {23, 5, 3}, {24, 7, 5}, {64, 17, 33}, {192, 5, 3}};

class LocalResponse : public testing::TestWithParam<DType> {
  protected:
    std::unique_ptr<Device> device_ = open_device({REVERIE_TEST_DEVICE, 2});
    std::unique_ptr<Stream> stream_ = device_->make_stream();
    LayerOps& ops_ = device_->ops();
    DType type_ = GetParam();
    double rounding_ = type_ == DType::f32 ? 3e-7 : (type_ == DType::bf16 ? 0x1.1p-8 : 0x1.1p-11);

    Array stored(Array a) const {
        for (double& v : a.values) v = test::rounded_to(type_, v);
        return a;
    }
    /// f(constants, x) for all constants and shapes.
    template <class F>
    void each_case(F f) {
        for (const LrnConstants& n : kConstants) {
            for (const Shape s : kShapes) {
                if (s.width > 7 && n.size > 11) continue;  // slow in plain loops
                SCOPED_TRACE("size " + std::to_string(n.size) + ", beta " + std::to_string(n.beta) +
                             ", " + std::to_string(s.channels) + " channels of " +
                             std::to_string(s.width) + "x" + std::to_string(s.height));
                f(n, stored(test::random_array(s.channels, s.height, s.width, 4, 5)));
                if (testing::Test::HasFailure()) return;
            }
        }
    }
    /// f(layout) for those that the channels fill.
    template <class F>
    static void each_layout(const Array& x, F f) {
        for (const int layout : test::kLayouts) {
            SCOPED_TRACE("block " + std::to_string(layout));
            if (layout == test::kNhwc || x.channels % layout == 0) f(layout);
        }
    }
};

TEST_P(LocalResponse, DividesByItsNeighbours) {
    each_case([&](const LrnConstants& n, const Array& x) {
        const Array want = naive_lrn(x, n);
        each_layout(x, [&](int layout) {
            SliceOnDevice in(*device_, *stream_, layout, x, type_);
            SliceOnDevice out(*device_, *stream_, layout, x, type_);
            ops_.lrn(*stream_, in.ref(), n, out.ref());
            test::expect_near(out.get(), want, rounding_ + 6e-7, 1e-7);
        });
    });
}

TEST_P(LocalResponse, GradientGoesToAllInWhoseWindowsTheyAre) {
    each_case([&](const LrnConstants& n, const Array& x) {
        const Array dy = stored(test::random_array(x.channels, x.height, x.width, 6));
        const Array want = naive_lrn_gradient(x, dy, n);
        each_layout(x, [&](int layout) {
            SliceOnDevice in(*device_, *stream_, layout, x, type_);
            SliceOnDevice gradient(*device_, *stream_, layout, dy, type_);
            SliceOnDevice out(*device_, *stream_, layout, x, type_);
            ops_.lrn_backward(*stream_, in.ref(), gradient.ref(), n, out.ref());
            test::expect_near(out.get(), want, rounding_ + 3e-7, 1e-6);
        });
    });
}

TEST_P(LocalResponse, GradientIsThatOfFiniteDifferences) {
    constexpr double kStep = 1e-5;
    for (const LrnConstants& n : kConstants) {
        const Array x = stored(test::random_array(16, 3, 2, 5, 2));
        const Array dy = stored(test::random_array(16, 3, 2, 6));
        const auto objective = [&](const Array& at) {
            const Array y = naive_lrn(at, n);
            double sum = 0;
            for (size_t i = 0; i < y.values.size(); ++i) sum += y.values[i] * dy.values[i];
            return sum;
        };
        Array want = x;
        for (size_t i = 0; i < x.values.size(); ++i) {
            Array up = x, down = x;
            up.values[i] += kStep;
            down.values[i] -= kStep;
            want.values[i] = (objective(up) - objective(down)) / (2 * kStep);
        }
        each_layout(x, [&](int layout) {
            SliceOnDevice in(*device_, *stream_, layout, x, type_);
            SliceOnDevice gradient(*device_, *stream_, layout, dy, type_);
            SliceOnDevice out(*device_, *stream_, layout, x, type_);
            ops_.lrn_backward(*stream_, in.ref(), gradient.ref(), n, out.ref());
            test::expect_near(out.get(), want, rounding_, 1e-6);
        });
    }
}

INSTANTIATE_TEST_SUITE_P(Types, LocalResponse, testing::Values(DType::f32, DType::bf16, DType::f16),
                         [](const auto& tested) {
                             return tested.param == DType::f32
                                        ? "f32"
                                        : (tested.param == DType::bf16 ? "bf16" : "f16");
                         });

}  // namespace
}  // namespace reverie::lrn_test
