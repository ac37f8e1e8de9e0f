// Inception v3 against values that numpy computed in float64 from a description of its own
// (tools/make_golden_v3.py). Filters, biases and the picture follow from formulas on both sides, so
// that no trained weights are needed.
#include <gtest/gtest.h>

#include <cmath>

#include "src/net/execution_plan.h"
#include "src/net/network.h"
#include "src/net/safetensors.h"
#include "tests/support/naive_network.h"

namespace reverie {
namespace {

constexpr int kWidth = 111, kHeight = 107;

/// −1 … 1: SplitMix64 (Steele et al. 2014) from the FNV-1a hash of the name.
std::vector<float> uniform(const std::string& name, size_t count) {
    uint64_t seed = 0xCBF29CE484222325U;
    for (const char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    std::vector<float> values(count);
    for (float& v : values) {
        seed += 0x9E3779B97F4A7C15U;
        uint64_t z = seed;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        z ^= z >> 31U;
        v = static_cast<float>(static_cast<double>(z >> 40U) * 0x1p-23 - 1);
    }
    return values;
}

std::map<std::string, Filters> filters_of(const Graph& graph) {
    std::map<std::string, Filters> filters;
    for (const Node& node : graph.nodes) {
        if (node.kind != NodeKind::convolution) continue;
        const int fan_in =
            graph.nodes[node.inputs[0]].channels * node.kernel_height * node.kernel_width;
        Filters& f = filters[node.name];
        f.weights = uniform(node.name + ".weight", static_cast<size_t>(fan_in) * node.channels);
        f.bias = uniform(node.name + ".bias", node.channels);
        const auto reach = static_cast<float>(std::sqrt(6.0 / fan_in));
        for (float& w : f.weights) w *= reach;
        for (float& b : f.bias) b *= 0.25F;
    }
    return filters;
}

std::vector<float> picture() {
    std::vector<float> rgb;
    for (int c = 0; c < 3; ++c) {
        for (int y = 0; y < kHeight; ++y) {
            for (int x = 0; x < kWidth; ++x)
                rgb.push_back(
                    static_cast<float>((x * x + 3 * y * y + 5 * x * y / 2 + 70 * c) % 256));
        }
    }
    return rgb;
}

void check(ConvKind kind, double limit, DType type = DType::f32) {
    const test::TemporaryFile file("golden_v3.safetensors");
    const Graph graph = make_inception_v3();
    test::write_weights(file.path(), graph, filters_of(graph), {{"architecture", "inception_v3"}});
    const std::unique_ptr<Device> device = open_device({REVERIE_TEST_DEVICE, 2});
    if (type == DType::f16 && kind == ConvKind::fast && !device->info().native_f16)
        GTEST_SKIP() << "this device has no fp16 convolutions";
    const std::unique_ptr<Stream> stream = device->make_stream();
    Network network(*device, file.path(), type, kind);
    const std::vector<float> rgb = picture();
    const Image image(*device, kWidth, kHeight, 3), gradient(*device, kWidth, kHeight, 3);
    device->upload(*stream, image.view().data, rgb.data(), rgb.size() * sizeof(float));
    const std::vector<Tap> taps{network.tap("softmax/logits", -1, 1)};
    ExecutionPlan& plan = network.plan(kWidth, kHeight, taps);
    plan.set_taps(*stream, taps);
    plan.gradient(*stream, image, 0, 0, gradient);
    const SafetensorsFile golden(REVERIE_ROOT "/tests/data/inception_v3.safetensors");
    const size_t step = std::stoul(golden.metadata("step", ""));
    for (const std::string& name : golden.names()) {
        SCOPED_TRACE(name);
        const std::string layer = name.substr(std::string("act/").size());
        const std::vector<float> all = plan.activations(*stream, network.find(layer).node);
        const std::vector<float> want = golden.values(name);
        ASSERT_EQ(want.size(), (all.size() + step - 1) / step);
        double difference = 0, size = 0, square = 0;
        for (size_t i = 0; i < want.size(); ++i) {
            const double d = all[i * step] - static_cast<double>(want[i]);
            difference += d * d;
            size += static_cast<double>(want[i]) * want[i];
        }
        EXPECT_LE(std::sqrt(difference / size), limit);
        for (const float v : all) square += static_cast<double>(v) * v / all.size();
        const double loss = std::stod(golden.metadata("loss/" + layer, "nan"));
        EXPECT_NEAR(square, loss, 2 * limit * loss);
    }
}

TEST(OwnGoldenInceptionV3, Exact) { check(ConvKind::exact, 1e-6); }
TEST(OwnGoldenInceptionV3, ExactF16) { check(ConvKind::exact, 1e-2, DType::f16); }
TEST(OwnGoldenInceptionV3, F16) { check(ConvKind::fast, 1e-2, DType::f16); }
TEST(OwnGoldenInceptionV3, F32) { check(ConvKind::fast, 1e-4); }

}  // namespace
}  // namespace reverie
