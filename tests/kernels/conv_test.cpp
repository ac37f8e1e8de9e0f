// Every convolution engine of a device against naive loops in double: all shapes of the topologies,
// forward and backward, at odd sizes, as slices of larger tensors. REVERIE_TEST_DEVICE names the
// device.
#include "kernels/conv.h"

#include <gtest/gtest.h>

#include <span>

#include "kernels/conv_direct_engine.h"
#include "kernels/cpu/winograd_engine.h"
#include "kernels/ops.h"
#include "tests/support/plain_tiles.h"
#include "tests/support/tensor.h"

namespace reverie::conv_test {
namespace {

using test::Array;
using test::SliceOnDevice;

struct Shape {
    int in, out;
    int kernel_height, kernel_width;
    int stride;
    bool same;  ///< padded by kernel/2, else not at all
};

constexpr Shape kShapes[] = {
    {16, 32, 1, 1, 1, true},  {32, 16, 3, 3, 1, true}, {16, 16, 3, 3, 1, false},
    {16, 32, 3, 3, 2, false}, {32, 16, 3, 3, 2, true}, {16, 16, 5, 5, 1, true},
    {16, 16, 7, 7, 2, true},  {16, 32, 1, 7, 1, true}, {32, 16, 7, 1, 1, true},
    {16, 16, 1, 3, 1, true},  {16, 16, 3, 1, 1, true}, {16, 80, 1, 1, 1, true},
    {48, 48, 3, 3, 1, true},  {80, 16, 1, 1, 2, true}, {16, 80, 3, 3, 1, true},
    {16, 32, 4, 4, 1, false},
};
/// Shapes with kernels of their own on a GPU: see conv_narrow.h.
constexpr Shape kNarrowShapes[] = {
    {16, 64, 4, 4, 1, true}, {64, 16, 4, 4, 1, true}, {32, 16, 2, 2, 1, true}};
constexpr Shape kFirstShapes[] = {{3, 64, 7, 7, 2, true}, {3, 32, 3, 3, 2, false}};

struct Size {
    int height, width;
};
constexpr Size kSizes[] = {{1, 1}, {5, 7}, {19, 35}, {8, 6}, {40, 28}};

ConvSpec spec_of(const Shape& shape, Size size) {
    ConvSpec s;
    s.in_channels = shape.in;
    s.out_channels = shape.out;
    s.in_height = size.height;
    s.in_width = size.width;
    s.kernel_height = shape.kernel_height;
    s.kernel_width = shape.kernel_width;
    s.stride = shape.stride;
    s.pad_top = shape.same ? shape.kernel_height / 2 : 0;
    s.pad_left = shape.same ? shape.kernel_width / 2 : 0;
    const int room_y = s.in_height + 2 * s.pad_top - s.kernel_height;
    const int room_x = s.in_width + 2 * s.pad_left - s.kernel_width;
    s.out_height = room_y < 0 ? 0 : room_y / s.stride + 1;
    s.out_width = room_x < 0 ? 0 : room_x / s.stride + 1;
    return s;
}

std::string trace(const Shape& k, Size size) {
    return std::to_string(k.kernel_height) + "x" + std::to_string(k.kernel_width) + " stride " +
           std::to_string(k.stride) + (k.same ? " same " : " valid ") + std::to_string(k.in) +
           " to " + std::to_string(k.out) + " on " + std::to_string(size.width) + "x" +
           std::to_string(size.height);
}

struct Parameters {
    std::vector<float> weights, bias;
};

Parameters random_parameters(const ConvSpec& s, DType type) {
    const int taps = s.kernel_height * s.kernel_width;
    const Array w = test::random_array(s.out_channels, s.in_channels, taps, 11,
                                       1 / std::sqrt(static_cast<double>(s.in_channels) * taps));
    const Array b = test::random_array(s.out_channels, 1, 1, 12);
    Parameters p;
    // Rounded first, because a bf16 engine stores its filters rounded.
    for (const double v : w.values) p.weights.push_back(test::rounded_to(type, v));
    for (const double v : b.values) p.bias.push_back(static_cast<float>(v));
    return p;
}

/// f(o, i, oy, ox, iy, ix, weight) for every product of the convolution.
template <class F>
void each_product(const ConvSpec& s, const std::vector<float>& weights, F f) {
    for (int o = 0; o < s.out_channels; ++o) {
        for (int i = 0; i < s.in_channels; ++i) {
            for (int oy = 0; oy < s.out_height; ++oy) {
                for (int ox = 0; ox < s.out_width; ++ox) {
                    for (int ky = 0; ky < s.kernel_height; ++ky) {
                        for (int kx = 0; kx < s.kernel_width; ++kx) {
                            const int iy = oy * s.stride - s.pad_top + ky;
                            const int ix = ox * s.stride - s.pad_left + kx;
                            if (iy < 0 || iy >= s.in_height || ix < 0 || ix >= s.in_width) continue;
                            const size_t filter = static_cast<size_t>(o) * s.in_channels + i;
                            f(o, i, oy, ox, iy, ix,
                              weights[(filter * s.kernel_height + ky) * s.kernel_width + kx]);
                        }
                    }
                }
            }
        }
    }
}

Array naive_forward(const ConvSpec& s, const Parameters& p, const Array& x) {
    Array y(s.out_channels, s.out_height, s.out_width);
    each_product(s, p.weights, [&](int o, int i, int oy, int ox, int iy, int ix, double w) {
        y.at(o, oy, ox) += w * x.at(i, iy, ix);
    });
    for (int o = 0; o < s.out_channels; ++o) {
        for (int oy = 0; oy < s.out_height; ++oy) {
            for (int ox = 0; ox < s.out_width; ++ox) {
                double& v = y.at(o, oy, ox);
                v += p.bias[o];
                if (s.relu) v = std::max(v, 0.0);
            }
        }
    }
    return y;
}

Array naive_gradient(const ConvSpec& s, const Parameters& p, const Array& dy, const Array& before) {
    Array dx = s.accumulate ? before : Array(s.in_channels, s.in_height, s.in_width);
    each_product(s, p.weights, [&](int o, int i, int oy, int ox, int iy, int ix, double w) {
        dx.at(i, iy, ix) += w * dy.at(o, oy, ox);
    });
    return dx;
}

struct Kind {
    const char* name;
    DType type;
    ConvKind kind;
    double relative, absolute;                                            ///< limits of the error
    enum class By : uint8_t { device, tiles, winograd } by = By::device;  ///< tiles: in plain loops
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

std::unique_ptr<ConvEngine> make_engine(const Kind& kind, Device& device) {
    if (kind.by == Kind::By::device) return device.make_conv_engine(kind.type, kind.kind);
    const int block = kind.by == Kind::By::tiles ? 16 : 8;
    std::unique_ptr<ConvEngine> otherwise = make_direct_engine(device, kind.type, {block}, block);
    if (kind.by == Kind::By::winograd)
        return std::make_unique<WinogradEngine>(device, std::move(otherwise));
    return std::make_unique<TileEngine<test::PlainTiles>>(device, std::move(otherwise));
}

class Convolution : public testing::TestWithParam<Kind> {
  protected:
    void SetUp() override {
        device_ = open_device({REVERIE_TEST_DEVICE, 2});
        if (GetParam().type == DType::bf16 && GetParam().kind == ConvKind::fast &&
            GetParam().by == Kind::By::device && !device_->info().native_bf16)
            GTEST_SKIP() << "this device has no native bf16";
        stream_ = device_->make_stream();
        engine_ = make_engine(GetParam(), *device_);
    }

    /// Rounded as storage rounds, so that both sides read the same.
    Array stored(Array a) const {
        for (double& v : a.values) v = test::rounded_to(GetParam().type, v);
        return a;
    }
    SliceOnDevice slice(const Array& values, bool as_float = false) {
        return {*device_, *stream_, values.channels == 3 ? 1 : layout(*engine_, values.channels),
                values, as_float ? DType::f32 : GetParam().type};
    }
    /// The layout, as SliceOnDevice names it.
    static int layout(const ConvEngine& engine, int channels) {
        const Tensor<void> s = engine.slice(nullptr, channels + 1, 0, channels, 1, 1).shape;
        return s.pixel_stride > s.block_channels ? test::kNhwc : s.block_channels;
    }
    /// How many channels SliceOnDevice gives the tensor round a slice.
    static int parent(int channels) { return channels + 2 * SliceOnDevice::kGuardChannels; }
    void expect_near(const Array& got, const Array& want, bool as_float = false) const {
        const bool rounded = GetParam().type != DType::f32 && !as_float;
        test::expect_near(got, want, rounded ? GetParam().relative : 1.2e-7, GetParam().absolute);
    }

    ConvAlone made(const ConvSpec& s, const std::string& key, const std::vector<float>& weights,
                   const std::vector<float>& bias) {
        auto conv = engine_->make(s, key + std::to_string(++made_), weights, bias);
        EXPECT_LE(conv->workspace_bytes(), engine_->most_workspace_bytes(s)) << conv->algorithm();
        return {*device_, std::move(conv)};
    }

    void check_forward(ConvSpec s) {
        if (s.out_height <= 0 || s.out_width <= 0) return;
        if (!s.picture_input) s.in_parent_channels = parent(s.in_channels);
        s.out_parent_channels = parent(s.out_channels);
        const Parameters p = random_parameters(s, GetParam().type);
        const Array x = stored(test::random_array(s.in_channels, s.in_height, s.in_width, 1));
        SliceOnDevice in = slice(x);
        const Buffer<char> picture = s.picture_input ? picture_of(x, s.stride) : Buffer<char>();
        SliceOnDevice out =
            slice(test::random_array(s.out_channels, s.out_height, s.out_width, 2), s.float_output);
        made(s, "f", p.weights, p.bias)
            .run(*stream_, s.picture_input ? picture.data() : in.data(), out.data());
        expect_near(out.get(), naive_forward(s, p, x), s.float_output);
        EXPECT_EQ(in.get().values, x.values);
    }
    /// The network's input as the engine needs it: padded with zeros, or in phases.
    Buffer<char> picture_of(const Array& x, int stride) {
        const PictureRef picture = engine_->picture(nullptr, x.height, x.width, stride);
        const auto [ref, height, width, phases] = picture;
        const Tensor<void>& s = ref.shape;
        const size_t bytes = bytes_of(ref.type);
        std::vector<char> values(bytes * s.blocks * s.block_channels * s.height * s.width, '\0');
        for (int colour = 0; colour < x.channels; ++colour) {
            for (int64_t i = 0; i < static_cast<int64_t>(height) * width; ++i) {
                const auto row = static_cast<int>(i / width), column = static_cast<int>(i % width);
                const auto v = static_cast<float>(x.at(colour, row, column));
                const uint16_t half =
                    ref.type == DType::f16 ? from_float<Half>(v).bits : from_float<Bf16>(v).bits;
                const int c = 3 * (phases * (row % phases) + column % phases) + colour;
                const int64_t pixel =
                    static_cast<int64_t>(row / phases) * s.width + column / phases;
                const int64_t at = c / s.block_channels * s.block_stride + pixel * s.pixel_stride +
                                   c % s.block_channels;
                std::memcpy(&values[at * bytes],
                            ref.type == DType::f32 ? static_cast<const void*>(&v) : &half, bytes);
            }
        }
        Buffer<char> buffer(*device_, values.size());
        device_->upload(*stream_, buffer.data(), values.data(), values.size());
        return buffer;
    }

    /// Forward, without a rectifier and with one.
    void check_all(std::span<const Shape> shapes, std::span<const Size> sizes) {
        for (const Shape& shape : shapes) {
            for (const Size size : sizes) {
                SCOPED_TRACE(trace(shape, size));
                ConvSpec spec = spec_of(shape, size);
                check_forward(spec);
                spec.relu = true;
                check_forward(spec);
            }
        }
    }

    void check_gradient(ConvSpec s) {
        if (s.out_height <= 0 || s.out_width <= 0) return;
        s.direction = ConvDirection::backward_data;
        s.in_parent_channels = parent(s.in_channels);
        s.out_parent_channels = parent(s.out_channels);
        const Parameters p = random_parameters(s, GetParam().type);
        const Array dy = stored(test::random_array(s.out_channels, s.out_height, s.out_width, 3));
        const Array before = stored(test::random_array(s.in_channels, s.in_height, s.in_width, 4));
        SliceOnDevice in = slice(dy);
        SliceOnDevice out = slice(before);
        made(s, "b", p.weights, {}).run(*stream_, in.data(), out.data());
        expect_near(out.get(), naive_gradient(s, p, dy, before));
        EXPECT_EQ(in.get().values, dy.values);
    }

    std::unique_ptr<Device> device_;
    std::unique_ptr<Stream> stream_;
    std::unique_ptr<ConvEngine> engine_;
    int made_ = 0;  ///< convolutions so far: each has a key of its own
};

TEST_P(Convolution, ForwardAgreesWithTheNaiveSum) { check_all(kShapes, kSizes); }

TEST_P(Convolution, NarrowOnesAgree) { check_all(kNarrowShapes, {kSizes + 1, 2}); }

TEST_P(Convolution, TheFirstOneReadsPlanes) {
    for (const Shape& shape : kFirstShapes) {
        for (const Size size : kSizes) {
            SCOPED_TRACE(trace(shape, size));
            ConvSpec spec = spec_of(shape, size);
            spec.picture_input = true;
            spec.relu = true;
            check_forward(spec);
        }
    }
}

TEST_P(Convolution, FloatOutputIsNotRounded) {
    for (const Size size : kSizes) {
        for (const int in : {16, 32}) {
            ConvSpec spec = spec_of({in, 16, 4, 4, 1, false}, size);
            // As the first layer's gradient is: one more row and column than "same" would have.
            spec.pad_top = spec.pad_left = 2;
            spec.out_height = size.height + 1;
            spec.out_width = size.width + 1;
            spec.float_output = true;
            check_forward(spec);
        }
    }
}

TEST_P(Convolution, GradientAgreesWithTheNaiveSum) {
    for (const Shape& shape : kShapes) {
        for (const Size size : kSizes) {
            SCOPED_TRACE(trace(shape, size));
            ConvSpec spec = spec_of(shape, size);
            check_gradient(spec);
            spec.accumulate = true;
            check_gradient(spec);
        }
    }
}

TEST_P(Convolution, SameBitsWithAnyNumberOfThreads) {
    const ConvSpec spec = spec_of({32, 16, 3, 3, 1, true}, {17, 33});
    const Parameters p = random_parameters(spec, GetParam().type);
    const Array x = test::random_array(spec.in_channels, spec.in_height, spec.in_width, 1);
    if (std::string(REVERIE_TEST_DEVICE) != "cpu") GTEST_SKIP() << "only a CPU has threads";
    std::vector<Array> results;
    for (const int threads : {1, 2, 3}) {
        const std::unique_ptr<Device> device = open_device({"cpu", threads});
        const std::unique_ptr<Stream> stream = device->make_stream();
        const std::unique_ptr<ConvEngine> engine = make_engine(GetParam(), *device);
        SliceOnDevice in(*device, *stream, engine->channel_block(), x, GetParam().type);
        SliceOnDevice out(*device, *stream, engine->channel_block(),
                          Array(spec.out_channels, spec.out_height, spec.out_width),
                          GetParam().type);
        ConvAlone(*device, engine->make(spec, "same", p.weights, p.bias))
            .run(*stream, in.data(), out.data());
        results.push_back(out.get());
    }
    EXPECT_EQ(results[0].values, results[1].values);
    EXPECT_EQ(results[0].values, results[2].values);
}

/// Half a unit in the last place of bf16, and a little for sums that are themselves rounded.
constexpr double kBf16Rounding = 0x1.1p-8;
constexpr double kF16Rounding = 0x1.1p-11;
/// Error of a sum in float, relative to the largest value.
constexpr double kFloatSums = 2e-5;

const Kind kCpuKinds[] = {
    {"exact_f32", DType::f32, ConvKind::exact, 1.2e-7, 1e-13},
    {"exact_bf16", DType::bf16, ConvKind::exact, kBf16Rounding, 1e-13},
    {"exact_f16", DType::f16, ConvKind::exact, kF16Rounding, 1e-7},
    {"fast_f32", DType::f32, ConvKind::fast, 1.2e-7, kFloatSums},
    {"fast_bf16", DType::bf16, ConvKind::fast, kBf16Rounding, kFloatSums},
    {"tiles", DType::bf16, ConvKind::fast, kBf16Rounding, kFloatSums, Kind::By::tiles},
    {"winograd", DType::f32, ConvKind::fast, 1.2e-7, kFloatSums, Kind::By::winograd}};
/// A bias may be rounded as the tensors are, and so may what is added to.
const Kind kCudaKinds[] = {
    {"exact_f32", DType::f32, ConvKind::exact, 1.2e-7, 1e-13},
    {"exact_bf16", DType::bf16, ConvKind::exact, kBf16Rounding, 1e-13},
    {"exact_f16", DType::f16, ConvKind::exact, kF16Rounding, 1e-7},
    {"fast_f32", DType::f32, ConvKind::fast, 1.2e-7, kFloatSums},
    {"fast_bf16", DType::bf16, ConvKind::fast, 2 * kBf16Rounding, 2 * kBf16Rounding},
    {"fast_f16", DType::f16, ConvKind::fast, 2 * kF16Rounding, 2 * kF16Rounding}};

INSTANTIATE_TEST_SUITE_P(
    Engines, Convolution,
    testing::ValuesIn(std::string(REVERIE_TEST_DEVICE) == "cpu"
                          ? std::vector<Kind>(std::begin(kCpuKinds), std::end(kCpuKinds))
                          : std::vector<Kind>(std::begin(kCudaKinds), std::end(kCudaKinds))),
    [](const auto& tested) { return std::string(tested.param.name); });

/// The functor itself, in layouts that no engine of the CPU uses.
TEST(DirectConvolution, EveryLayoutGivesTheSame) {
    const std::unique_ptr<Device> device = open_device({REVERIE_TEST_DEVICE, 2});
    const std::unique_ptr<Stream> stream = device->make_stream();
    const ConvSpec spec = spec_of({16, 32, 3, 3, 2, true}, {17, 33});
    const Parameters p = random_parameters(spec, DType::f32);
    const Array x = test::random_array(spec.in_channels, spec.in_height, spec.in_width, 1);
    Array rounded = x;
    for (double& v : rounded.values) v = static_cast<float>(v);
    for (const int from : test::kLayouts) {
        for (const int to : test::kLayouts) {
            SliceOnDevice in(*device, *stream, from, x, DType::f32);
            SliceOnDevice out(*device, *stream, to,
                              Array(spec.out_channels, spec.out_height, spec.out_width),
                              DType::f32);
            const int block_channels = out.ref().shape.block_channels, taps = 9;
            std::vector<float> filters;
            for (int block = 0; block < spec.out_channels / block_channels; ++block) {
                for (int i = 0; i < spec.in_channels * taps; ++i) {
                    for (int l = 0; l < block_channels; ++l)
                        filters.push_back(
                            p.weights[(block * block_channels + l) * spec.in_channels * taps + i]);
                }
            }
            const Buffer<float> on_device(*device, filters.size());
            device->upload(*stream, on_device.data(), filters.data(), on_device.bytes());
            const Buffer<float> bias(*device, p.bias.size());
            device->upload(*stream, bias.data(), p.bias.data(), bias.bytes());
            DirectConvolution c;
            c.from = in.ref();
            c.to = out.ref();
            c.filters = on_device.data();
            c.bias = bias.data();
            c.kernel_height = c.kernel_width = 3;
            c.stride = 2;
            c.pad_top = c.pad_left = 1;
            device->ops().direct_convolution(*stream, c);
            SCOPED_TRACE("block " + std::to_string(from) + " to " + std::to_string(to));
            test::expect_near(out.get(), naive_forward(spec, p, rounded), 1.2e-7, 1e-13);
        }
    }
}

}  // namespace
}  // namespace reverie::conv_test
