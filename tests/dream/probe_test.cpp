// The probe of the layers, against the activations that the plan gives channel by channel.
#include "src/dream/probe.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "src/net/execution_plan.h"
#include "tests/support/rig.h"

namespace reverie::probe_test {
namespace {

using test::random_picture;
using test::Rig;

constexpr int kWidth = 107, kHeight = 75;
constexpr size_t kEnough = size_t{1} << 33U;

struct Seen : testing::Test {
    Rig rig;
    Image frame = rig.up(random_picture(kWidth, kHeight, 1), kWidth, kHeight);
    Image residual;
    Objective objective = parse_objective("inception_4a - 0.5*inception_3b:7");

    void SetUp() override {
        std::vector<float> values = random_picture(kWidth, kHeight, 2);
        for (float& v : values) v = (v - 128) / 8;
        residual = rig.up(values, kWidth, kHeight);
    }
    /// Channels × height × width of a layer, as it sees the picture and its mirrored margin.
    std::vector<float> activations(const Image& picture, const std::string& layer, Extent& extent) {
        const int width = kWidth + 2 * Dreamer::kMirrored,
                  height = kHeight + 2 * Dreamer::kMirrored;
        const std::vector<float> inner = rig.down(picture);
        std::vector<float> outer(size_t{3} * width * height);
        const auto mirrored = [](int i, int size) {
            return i < 0 ? -i - 1 : (i >= size ? 2 * size - 1 - i : i);
        };
        for (int c = 0; c < 3; ++c) {
            for (int y = 0; y < height; ++y) {
                for (int x = 0; x < width; ++x) {
                    outer[(size_t{1} * c * height + y) * width + x] =
                        inner[(size_t{1} * c * kHeight +
                               mirrored(y - Dreamer::kMirrored, kHeight)) *
                                  kWidth +
                              mirrored(x - Dreamer::kMirrored, kWidth)];
                }
            }
        }
        const Image seen = rig.up(outer, width, height);
        const Image gradient(rig.device, width, height, 3);
        const std::vector<Tap> taps = resolve(rig.network, parse_objective(layer));
        ExecutionPlan& plan = rig.network.plan(width, height, taps);
        plan.set_taps(*rig.stream, taps);
        plan.gradient(*rig.stream, seen, 0, 0, gradient);
        extent = plan.extent(taps[0].node);
        return plan.activations(*rig.stream, taps[0].node);
    }
    Image dream() {
        std::vector<float> values = rig.down(frame);
        const std::vector<float> added = rig.down(residual);
        for (size_t i = 0; i < values.size(); ++i)
            values[i] = std::clamp(values[i] + added[i], 0.0F, 255.0F);
        return rig.up(values, kWidth, kHeight);
    }
    static double rms(const std::vector<float>& values, size_t from, size_t count) {
        double sum = 0;
        for (size_t i = from; i < from + count; ++i) sum += double{values[i]} * values[i];
        return std::sqrt(sum / static_cast<double>(count));
    }
    ProbeResult probe_of(const ProbeRequest& request) {
        return probe_activations(*rig.stream, rig.network, kEnough, frame, residual, objective,
                                 request, pictures);
    }
    ProbePictures pictures;
};

TEST_F(Seen, EachLayerInSourceAndDream) {
    const ProbeResult probe = probe_of({.layers = true, .layer = "inception_3b"});
    const auto named = [&](const std::string& name) {
        return std::find_if(probe.layers.begin(), probe.layers.end(),
                            [&](const ProbeResult::Layer& l) { return l.name == name; });
    };
    for (const char* layer : {"conv2/3x3", "inception_3b", "inception_3a/5x5", "inception_4a"}) {
        const auto found = named(layer);
        ASSERT_NE(found, probe.layers.end()) << layer;
        Extent extent;
        const std::vector<float> source = activations(frame, layer, extent);
        EXPECT_NEAR(found->source, rms(source, 0, source.size()), 1e-4 * found->source) << layer;
        const std::vector<float> dreamed = activations(dream(), layer, extent);
        EXPECT_NEAR(found->dream, rms(dreamed, 0, dreamed.size()), 1e-4 * found->dream) << layer;
    }
    EXPECT_EQ(named("inception_4c"), probe.layers.end());  // deeper than the objective
    EXPECT_TRUE(probe.map.empty());

    Extent extent;
    const std::vector<float> dreamed = activations(dream(), "inception_3b", extent);
    const size_t plane = size_t{1} * extent.width * extent.height;
    ASSERT_EQ(probe.layer, "inception_3b");
    ASSERT_EQ(probe.channels.size() * plane, dreamed.size());
    for (size_t c = 0; c < probe.channels.size(); ++c)
        EXPECT_NEAR(probe.channels[c], rms(dreamed, c * plane, plane), 1e-4) << "channel " << c;
}

TEST_F(Seen, WhereALayerSees) {
    // The last one is not on the way to the objective.
    for (const char* layer : {"conv2/3x3", "inception_3b", "inception_4c"}) {
        for (const int channel : {-1, 5}) {
            const ProbeResult probe = probe_of({.map = true, .layer = layer, .channel = channel});
            Extent extent;
            const std::vector<float> dreamed = activations(dream(), layer, extent);
            ASSERT_EQ(probe.layer, rig.network.find(layer).name);
            const size_t plane = size_t{1} * extent.width * extent.height;
            const size_t channels = dreamed.size() / plane;
            const int left = (extent.width - probe.map_width) / 2;
            const int top = (extent.height - probe.map_height) / 2;
            // The map covers the picture without the margin: one cell for each stride.
            EXPECT_NEAR(probe.map_width, double{kWidth} * extent.width / (kWidth + 32), 1.0)
                << layer;
            EXPECT_NEAR(probe.map_height, double{kHeight} * extent.height / (kHeight + 32), 1.0)
                << layer;
            ASSERT_EQ(probe.map.size(), size_t{1} * probe.map_width * probe.map_height);
            for (int y = 0; y < probe.map_height; ++y) {
                for (int x = 0; x < probe.map_width; ++x) {
                    double sum = 0;
                    for (size_t c = 0; c < channels; ++c) {
                        if (channel >= 0 && static_cast<int>(c) != channel) continue;
                        const double a =
                            dreamed[c * plane + size_t{1} * (y + top) * extent.width + x + left];
                        sum += a * a / (channel < 0 ? static_cast<double>(channels) : 1.0);
                    }
                    ASSERT_NEAR(probe.map[size_t{1} * y * probe.map_width + x], std::sqrt(sum),
                                1e-3);
                }
            }
        }
    }
}

TEST_F(Seen, ALayerOfAnotherNetworkIsTheObjectivesFirst) {
    const ProbeResult first = probe_of({.layers = true, .map = true});
    const ProbeResult unknown = probe_of({.layers = true, .map = true, .layer = "mixed_3"});
    EXPECT_EQ(unknown.layer, rig.network.find(objective.terms[0].layer).name);
    EXPECT_EQ(unknown.channels, first.channels);
    EXPECT_EQ(unknown.map, first.map);
    EXPECT_FALSE(unknown.map.empty());
}

TEST_F(Seen, NothingWhereNothingIsAskedForOrFits) {
    EXPECT_TRUE(probe_of({}).layers.empty());
    const ProbeResult probe = probe_activations(*rig.stream, rig.network, 1000, frame, residual,
                                                objective, {.layers = true, .map = true}, pictures);
    EXPECT_TRUE(probe.layers.empty());
    EXPECT_TRUE(probe.map.empty());
    objective.terms.clear();
    EXPECT_TRUE(probe_of({.layers = true, .map = true}).layers.empty());
}

}  // namespace
}  // namespace reverie::probe_test
