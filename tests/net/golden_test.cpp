// Losses, activations and gradients of the trained networks against values that other programs
// computed in float64: numpy (tools/make_golden.py, in tests/data) and another framework (beside
// the project).
//
// In bf16, gradients have an error of a fifth, and cannot be better: with 8 bits, values near 0
// change sign before their rectifier and the argmax of pools changes, so that whole branches of the
// gradient appear and vanish. Activations are right to a hundredth. REVERIE_TEST_DEVICE names the
// device.
#include <gtest/gtest.h>

#include <cmath>

#include "src/net/execution_plan.h"
#include "src/net/network.h"
#include "src/net/safetensors.h"
#include "tests/support/picture.h"
#include "tests/support/shared_files.h"

namespace reverie {
namespace {

struct Term {
    const char* layer;
    int channel;
    float weight;
};

struct GoldenCase {
    const char* name;  ///< in the golden file
    std::vector<Term> terms;
};

struct GoldenFile {
    std::filesystem::path picture, values, weights;
    std::vector<GoldenCase> cases;
    std::vector<const char*> activations;
};

const GoldenFile kOwn{REVERIE_ROOT "/tests/data/googlenet.ppm",
                      REVERIE_ROOT "/tests/data/googlenet.safetensors",
                      REVERIE_ROOT "/weights/googlenet.safetensors",
                      {{"inception_5b", {{"inception_5b", -1, 1}}},
                       {"inception_4e", {{"inception_4e", -1, 1}}},
                       {"inception_4c_channel_100", {{"inception_4c", 100, 1}}},
                       {"inception_4b_5x5_reduce", {{"inception_4b/5x5_reduce", -1, 1}}},
                       {"pool3", {{"pool3/3x3_s2", -1, 1}}},
                       {"mix",
                        {{"inception_3b", -1, 0.8F},
                         {"inception_4c", 17, 1},
                         {"inception_4d", -1, -0.3F},
                         {"conv2", -1, 0.5F}}}},
                      {"conv1/7x7_s2", "conv2/3x3", "inception_3a", "inception_4a/5x5",
                       "inception_4c", "inception_4e", "inception_5b"}};

const GoldenFile kGoogleNet{
    test::shared_file("golden/googlenet_wolf.png"),
    test::shared_file("golden/googlenet_wolf.safetensors"),
    test::shared_file("weights/googlenet.safetensors"),
    {{"l2_conv2", {{"conv2", -1, 1}}},
     {"l2_inception_3b", {{"inception_3b", -1, 1}}},
     {"l2_inception_4c", {{"4c", -1, 1}}},
     {"l2_inception_4e", {{"inception_4e", -1, 1}}},
     {"channel_inception_4c_100", {{"inception_4c", 100, 1}}},
     {"l2_inception_4c_5x5", {{"inception_4c/5x5", -1, 1}}},
     {"blend", {{"inception_3b", -1, 0.8F}, {"inception_4c", -1, 1}, {"inception_4d", -1, -0.3F}}}},
    {"conv1/7x7_s2", "conv2/3x3", "inception_3a", "inception_3b", "inception_4a", "inception_4b",
     "inception_4c", "inception_4d", "inception_4e"}};

const GoldenFile kInceptionV3{
    test::shared_file("golden/inception_v3_wolf.png"),
    test::shared_file("golden/inception_v3_wolf.safetensors"),
    test::shared_file("weights/inception_v3.safetensors"),
    {{"l2_mixed", {{"mixed", -1, 1}}},
     {"l2_mixed_3", {{"mixed_3", -1, 1}}},
     {"l2_mixed_5", {{"mixed_5", -1, 1}}},
     {"l2_mixed_8", {{"mixed_8", -1, 1}}},
     {"l2_conv_2", {{"conv_2", -1, 1}}},
     {"blend_mixed_3_mixed_5", {{"mixed_3", -1, 1}, {"mixed_5", -1, 0.5F}}},
     {"channel_mixed_4_17", {{"mixed_4", 17, 1}}}},
    {"conv", "conv_2", "conv_4", "mixed", "mixed_2", "mixed_3", "mixed_4", "mixed_7", "mixed_8"}};

double relative_l2(const std::vector<float>& got, const std::vector<float>& want) {
    EXPECT_EQ(got.size(), want.size());
    if (got.size() != want.size()) return INFINITY;
    double difference = 0, size = 0;
    for (size_t i = 0; i < got.size(); ++i) {
        difference += (got[i] - want[i]) * static_cast<double>(got[i] - want[i]);
        size += static_cast<double>(want[i]) * want[i];
    }
    return std::sqrt(difference / size);
}

/// Limits of the relative error.
struct Limits {
    double gradient, activation;
};
constexpr Limits kExact{1e-4, 1e-6};
/// Sums in float, by another algorithm: single rectifiers flip.
constexpr Limits kF32{5e-3, 1e-4};
constexpr Limits kBf16{0.3, 0.02};
/// With 11 bits fewer values change sign. The error that is left is no underflow: it is the same at
/// any scale.
constexpr Limits kF16{0.12, 2e-3};

/// Every case and activation of a golden file, on one device at one precision.
void check(const GoldenFile& golden, DType type, ConvKind kind, Limits limits) {
    if (!std::filesystem::exists(golden.values) || !std::filesystem::exists(golden.weights)) {
        GTEST_SKIP() << golden.values << " or " << golden.weights
                     << " is not there; set REVERIE_SHARED to the folder";
    }
    const std::unique_ptr<Device> device = open_device({REVERIE_TEST_DEVICE, 0});
    if (type == DType::bf16 && !device->info().native_bf16)
        GTEST_SKIP() << "this device has no native bf16";
    if (type == DType::f16 && kind == ConvKind::fast && !device->info().native_f16)
        GTEST_SKIP() << "this device has no fp16 convolutions";
    const std::unique_ptr<Stream> stream = device->make_stream();
    Network network(*device, golden.weights, type, kind);
    const test::Picture picture = test::read_picture(golden.picture);
    const SafetensorsFile want(golden.values);
    const size_t step = std::stoul(want.metadata("step", "1"));
    Image rgb(*device, picture.width, picture.height, 3),
        gradient(*device, picture.width, picture.height, 3);
    device->upload(*stream, rgb.view().data, picture.planes.data(),
                   picture.planes.size() * sizeof(float));
    std::vector<float> got(picture.planes.size());
    for (const GoldenCase& c : golden.cases) {
        SCOPED_TRACE(c.name);
        std::vector<Tap> taps;
        for (const Term& t : c.terms) taps.push_back(network.tap(t.layer, t.channel, t.weight));
        ExecutionPlan& plan = network.plan(picture.width, picture.height, taps);
        plan.set_taps(*stream, taps);
        plan.gradient(*stream, rgb, 0, 0, gradient);
        device->download(*stream, got.data(), gradient.view().data, got.size() * sizeof(float));
        const double error = relative_l2(got, want.values("grad/" + std::string(c.name)));
        EXPECT_LE(error, limits.gradient);
        const double loss = std::stod(want.metadata("loss/" + std::string(c.name), "nan"));
        EXPECT_NEAR(plan.objective_value(*stream), loss,
                    std::abs(loss) * 2 * limits.activation + 1e-9);
        testing::Test::RecordProperty(c.name, std::to_string(error));
        std::cout << c.name << " gradient error " << error << "\n";
    }
    for (const char* layer : golden.activations) {
        SCOPED_TRACE(layer);
        const std::vector<Tap> taps{network.tap(layer, -1, 1)};
        ExecutionPlan& plan = network.plan(picture.width, picture.height, taps);
        plan.set_taps(*stream, taps);
        plan.gradient(*stream, rgb, 0, 0, gradient);
        const std::vector<float> all = plan.activations(*stream, taps[0].node);
        std::vector<float> some;
        for (size_t i = 0; i < all.size(); i += step) some.push_back(all[i]);
        EXPECT_LE(relative_l2(some, want.values("act/" + std::string(layer))), limits.activation);
    }
}

TEST(OwnGolden, Exact) { check(kOwn, DType::f32, ConvKind::exact, kExact); }
TEST(OwnGolden, F32) { check(kOwn, DType::f32, ConvKind::fast, {1e-4, 1e-5}); }
TEST(OwnGolden, ExactF16) { check(kOwn, DType::f16, ConvKind::exact, kF16); }
TEST(OwnGolden, F16) { check(kOwn, DType::f16, ConvKind::fast, kF16); }
TEST(Golden, GoogLeNetF16) { check(kGoogleNet, DType::f16, ConvKind::fast, kF16); }
TEST(Golden, InceptionV3F16) { check(kInceptionV3, DType::f16, ConvKind::fast, kF16); }
TEST(Golden, InceptionV3ExactF16) { check(kInceptionV3, DType::f16, ConvKind::exact, kF16); }
TEST(OwnGolden, Bf16) { check(kOwn, DType::bf16, ConvKind::fast, kBf16); }
TEST(Golden, GoogLeNetExact) { check(kGoogleNet, DType::f32, ConvKind::exact, kExact); }
TEST(Golden, GoogLeNetF32) { check(kGoogleNet, DType::f32, ConvKind::fast, kF32); }
TEST(Golden, GoogLeNetBf16) { check(kGoogleNet, DType::bf16, ConvKind::fast, kBf16); }
TEST(Golden, InceptionV3Exact) { check(kInceptionV3, DType::f32, ConvKind::exact, kExact); }
TEST(Golden, InceptionV3F32) { check(kInceptionV3, DType::f32, ConvKind::fast, kF32); }
TEST(Golden, InceptionV3Bf16) { check(kInceptionV3, DType::bf16, ConvKind::fast, kBf16); }

}  // namespace
}  // namespace reverie
