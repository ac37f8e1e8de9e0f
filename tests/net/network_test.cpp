// Whole networks, at full width on tiny pictures and random weights, against plain loops in double:
// losses, activations and gradients of all kinds of objectives, rolls, tiles, faders.
#include "src/net/network.h"

#include <gtest/gtest.h>

#include "src/net/execution_plan.h"
#include "src/util/error.h"
#include "tests/net/network_pair.h"

namespace reverie::network_test {
namespace {

const std::map<std::string, std::string> kGoogleNetLrn{{"architecture", "googlenet"},
                                                       {"lrn", "across_channels"},
                                                       {"channel_order", "BGR"},
                                                       {"input_mean", "104 117 123"},
                                                       {"input_scale", "0.02"}};
const std::map<std::string, std::string> kInceptionV3{{"architecture", "inception_v3"}};

const std::vector<Terms> kGoogleNetObjectives = {
    {{"inception_5b", -1, 1}},
    {{"loss3/classifier", 17, 1}, {"loss3/classifier", -1, -0.5F}},
    {{"conv1/7x7_s2", -1, 1}},
    {{"conv2", 100, 1}},
    {{"inception_4b/5x5_reduce", 23, 1}, {"inception_4b/5x5_reduce", -1, 0.1F}},
    {{"inception_4d/5x5", 3, -2}, {"inception_4d/pool_proj", -1, 1}},
    {{"pool2/3x3_s2", -1, 1}},
    {{"inception_3b/pool", -1, 1}, {"pool3/3x3_s2", 5, 1}},
    {{"inception_4c", -1, 1}, {"inception_4c/1x1", 3, 0.5F}},
    {{"conv2", -1, 1.2F},
     {"inception_3b", -1, 0.8F},
     {"inception_4c", 17, 1},
     {"inception_4d/3x3", -1, -0.3F},
     {"pool4/3x3_s2", -1, 0.5F},
     {"inception_5a", 100, -1}},
};

/// The last channel of some layers, which are narrower in that network.
const std::vector<Terms> kHalfObjectives = {
    {{"inception_5b", -1, 1}, {"inception_5b", 511, 1}},
    {{"conv1/7x7_s2", 31, 1}},
    {{"inception_4b/5x5_reduce", 15, 1}, {"inception_4b/5x5_reduce", -1, 0.1F}},
    {{"inception_3b/pool", -1, 1}, {"pool3/3x3_s2", 239, 1}},
    {{"conv2", 95, 1.2F},
     {"inception_3b", -1, 0.8F},
     {"inception_4c", 17, 1},
     {"inception_4d/3x3", -1, -0.3F},
     {"inception_5a", 415, -1}},
};

const std::vector<Terms> kInceptionV3Objectives = {
    {{"mixed_10", -1, 1}},
    {{"softmax/logits", 3, 1}, {"softmax/logits", -1, 0.01F}},
    {{"conv", -1, 1}, {"conv_3", 79, -1}},
    {{"mixed_3/tower_1/pool", -1, 1}, {"mixed_3/tower/conv", 1, -1}},
    {{"mixed_9/tower_1/mixed/conv_1", -1, 1}, {"mixed_9/tower_2/pool", 100, 1}},
    {{"pool", -1, 1},
     {"mixed", -1, -0.5F},
     {"mixed_2/tower/conv", 47, 1},
     {"mixed_5/tower_1/conv_2", -1, 1},
     {"mixed_6", 500, 1},
     {"mixed_8", -1, -0.2F},
     {"mixed_10/tower_2/pool", 7, 1}},
};

// Sums in float, by another algorithm: single rectifiers may flip.
constexpr double kFast = 1e-2;

void check_all(const Graph& graph, const std::map<std::string, std::string>& metadata,
               const std::vector<Terms>& objectives, int width, int height) {
    Pair exact(graph, metadata, DType::f32, ConvKind::exact);
    Pair fast(graph, metadata, DType::f32, ConvKind::fast);
    const Array rgb = random_picture(width, height, 3);
    exact.look_at(rgb);
    fast.look_at(rgb);
    for (const Terms& terms : objectives) {
        exact.check(rgb, terms, kExact);
        fast.check(rgb, terms, kFast);
    }
}

TEST(WholeNetwork, GoogLeNet) {
    check_all(make_googlenet({}), kGoogleNetPlain, kGoogleNetObjectives, 65, 47);
}

TEST(WholeNetwork, GoogLeNetWithLrnInBgr) {
    check_all(make_googlenet(LrnConstants{}), kGoogleNetLrn, kGoogleNetObjectives, 47, 65);
}

TEST(WholeNetwork, InceptionV3) {
    check_all(make_inception_v3(), kInceptionV3, kInceptionV3Objectives, 81, 75);
}

TEST(WholeNetwork, Inception5h) {
    const LrnConstants lrn{11, 1.1e-3F, 0.5F, 2};
    check_all(make_googlenet(lrn, GoogLeNetVariant::inception5h),
              {{"architecture", "inception5h"}, {"lrn", "11 0.0011 0.5 2"}}, kGoogleNetObjectives,
              62, 47);
    check_all(make_googlenet({}, GoogLeNetVariant::inception5h), {{"architecture", "inception5h"}},
              {{{"conv2", -1, 1}}}, 39, 44);
}

TEST(WholeNetwork, GoogLeNetOfTorchvision) {
    check_all(make_googlenet({}, GoogLeNetVariant::torchvision),
              {{"architecture", "googlenet_torchvision"}}, kGoogleNetObjectives, 65, 47);
}

TEST(WholeNetwork, HalfGoogLeNet) {
    check_all(make_googlenet({}, GoogLeNetVariant::half), {{"architecture", "googlenet_half"}},
              kHalfObjectives, 65, 47);
}

TEST(WholeNetwork, TheSmallOneThatIsEmbedded) {
    const Weights weights = load_weights(REVERIE_ROOT "/weights/googlenet_half.safetensors");
    Pair pair(weights.graph, weights.filters, {{"architecture", "googlenet_half"}}, DType::f32,
              ConvKind::exact);
    const Array rgb = random_picture(51, 37, 3);
    pair.look_at(rgb);
    for (const Terms& terms : kHalfObjectives) pair.check(rgb, terms, kExact);
}

TEST(WholeNetwork, InceptionV3OfTorchvision) {
    check_all(make_inception_v3(InceptionV3Variant::torchvision),
              {{"architecture", "inception_v3_torchvision"}}, kInceptionV3Objectives, 77, 79);
}

TEST_F(ShallowNetwork, FadersReplanNothing) {
    const Array rgb = random_picture(33, 17, 4);
    pair_.look_at(rgb);
    const std::vector<Tap> first = pair_.taps({{"conv2", -1, 1}, {"inception_3b", -1, 1}});
    ExecutionPlan& plan = pair_.network().plan(33, 17, first);
    for (const Terms& terms : std::vector<Terms>{{{"conv2", -1, 1}, {"inception_3b", -1, 1}},
                                                 {{"conv2", -1, -3}, {"inception_3b", -1, 0.25F}},
                                                 {{"conv2", 7, 1}},
                                                 {{"inception_3b", 300, 1}},
                                                 {{"inception_3a/3x3", -1, 1}, {"3b", -1, 0.5F}}}) {
        const std::vector<Tap> taps = pair_.taps(terms);
        plan.set_taps(pair_.stream(), taps);
        EXPECT_LE(relative_l2(pair_.gradient(plan, rgb).values, pair_.naive_gradient(taps).values),
                  kExact)
            << terms[0].layer;
    }
    EXPECT_EQ(&pair_.network().plan(33, 17, first), &plan);
    EXPECT_EQ(&pair_.network().plan(33, 17, pair_.taps({{"inception_3b", 5, -1}})), &plan);
}

TEST_F(ShallowNetwork, RollingThePictureRollsTheGradientBack) {
    const Array rgb = random_picture(33, 17, 5);
    const std::vector<Tap> taps = pair_.taps({{"inception_3a", -1, 1}});
    ExecutionPlan& plan = pair_.network().plan(33, 17, taps);
    plan.set_taps(pair_.stream(), taps);
    for (const Roll roll : {Roll{5, 3}, Roll{-7, 16}, Roll{100, -50}}) {
        pair_.look_at(cut_out(rgb, -roll.x, -roll.y, 33, 17));
        const Array want = cut_out(pair_.naive_gradient(taps), roll.x, roll.y, 33, 17);
        EXPECT_LE(relative_l2(pair_.gradient(plan, rgb, roll).values, want.values), kExact);
    }
}

TEST_F(ShallowNetwork, ATilesGradientIsThatOfTheCutOut) {
    const Array rgb = random_picture(33, 17, 6);
    const std::vector<Tap> taps = pair_.taps({{"inception_3a", -1, 1}});
    struct Tile {
        int left, top, width, height;
    };
    for (const Tile t : {Tile{0, 0, 19, 11}, Tile{14, 6, 19, 11}, Tile{25, 12, 19, 11},
                         Tile{-5, -3, 19, 11}, Tile{3, 2, 50, 40}}) {
        ExecutionPlan& plan = pair_.network().plan(t.width, t.height, taps);
        plan.set_taps(pair_.stream(), taps);
        pair_.look_at(cut_out(rgb, t.left, t.top, t.width, t.height));
        EXPECT_LE(relative_l2(pair_.tile_gradient(plan, rgb, t.left, t.top).values,
                              pair_.naive_gradient(taps).values),
                  kExact)
            << t.left << ", " << t.top;
    }
}

TEST_F(ShallowNetwork, PlansShareMemoryAndGiveTheSameBitsAgain) {
    const Array small = random_picture(7, 5, 7), large = random_picture(33, 17, 8);
    const std::vector<Tap> taps = pair_.taps({{"inception_3b", -1, 1}});
    const auto gradient = [&](const Array& rgb) {
        ExecutionPlan& plan = pair_.network().plan(rgb.width, rgb.height, taps);
        plan.set_taps(pair_.stream(), taps);
        EXPECT_EQ(plan.memory_bytes(), pair_.network().memory_needed(rgb.width, rgb.height, taps));
        return pair_.gradient(plan, rgb).values;
    };
    const std::vector<double> first = gradient(small);
    const std::vector<double> second = gradient(large);
    EXPECT_EQ(gradient(small), first);
    EXPECT_EQ(gradient(large), second);
}

TEST_F(ShallowNetwork, OnePixelIsAPicture) {
    const Array rgb = random_picture(1, 1, 9);
    pair_.look_at(rgb);
    pair_.check(rgb, {{"inception_3b", -1, 1}, {"conv1", 5, -1}}, kExact);
}

/// In bf16 each value keeps 8 bits; rectifiers and the argmax of pools flip, so gradients differ
/// far more than activations.
TEST(NetworkInBf16, ActivationsKeepTheirAccuracy) {
    Pair pair(shallow_googlenet(), kGoogleNetPlain, DType::bf16, ConvKind::exact);
    const Array rgb = random_picture(33, 17, 10);
    pair.look_at(rgb);
    const std::vector<Tap> taps = pair.taps({{"inception_3b", -1, 1}});
    ExecutionPlan& plan = pair.network().plan(33, 17, taps);
    plan.set_taps(pair.stream(), taps);
    EXPECT_LE(relative_l2(pair.gradient(plan, rgb).values, pair.naive_gradient(taps).values), 0.3);
    for (const char* layer : {"conv1", "conv2", "inception_3a", "inception_3b"}) {
        const Tap tap = pair.network().tap(layer, -1, 1);
        const std::vector<float> a = plan.activations(pair.stream(), tap.node);
        EXPECT_LE(relative_l2({a.begin(), a.end()}, pair.naive().output(tap.node).values), 0.01)
            << layer;
    }
}

template <class F>
std::string message_of(F f) {
    try {
        f();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

TEST(CutNetwork, OffersWhatItsWeightsReach) {
    const Graph graph = make_googlenet({});
    std::map<std::string, Filters> filters = test::random_filters(graph, 7);
    // inception_3a without its 5×5 branch, and nothing after it that could be reached.
    for (auto at = filters.begin(); at != filters.end();) {
        const bool kept =
            at->first.rfind("conv", 0) == 0 ||
            (at->first.rfind("inception_3a", 0) == 0 && at->first.find("5x5") == std::string::npos);
        at = kept || at->first == "inception_4a/3x3" ? std::next(at) : filters.erase(at);
    }
    Pair pair(graph, filters, kGoogleNetPlain, DType::f32, ConvKind::exact);
    std::vector<std::string> names;
    for (const LayerInfo& layer : pair.network().layers()) names.push_back(layer.name);
    EXPECT_EQ(names, (std::vector<std::string>{"conv1/7x7_s2", "pool1/3x3_s2", "conv2/3x3_reduce",
                                               "conv2/3x3", "pool2/3x3_s2", "inception_3a/1x1",
                                               "inception_3a/3x3_reduce", "inception_3a/3x3",
                                               "inception_3a/pool", "inception_3a/pool_proj"}));
    const Array rgb = random_picture(33, 17, 11);
    pair.look_at(rgb);
    pair.check(rgb, {{"inception_3a/3x3", -1, 1}, {"inception_3a/pool_proj", 3, -1}}, kExact);
    const std::string beyond =
        " is beyond these weights, which end at inception_3a/pool_proj; "
        "`reverie list layers` names all";
    EXPECT_EQ(message_of([&] { pair.network().find("inception_3a"); }),
              "layer inception_3a" + beyond);
    EXPECT_EQ(message_of([&] { pair.network().find("4c"); }), "layer inception_4c" + beyond);
    EXPECT_EQ(message_of([&] { pair.network().find("inception_5b/output"); }),
              "layer inception_5b" + beyond);
}

TEST_F(ShallowNetwork, LayersHaveOtherNames) {
    const Network& network = pair_.network();
    EXPECT_EQ(network.find("conv1").name, "conv1/7x7_s2");
    EXPECT_EQ(network.find("conv2").name, "conv2/3x3");
    EXPECT_EQ(network.find("3a").name, "inception_3a");
    EXPECT_EQ(network.find("3a/1x1").name, "inception_3a/1x1");
    EXPECT_EQ(network.find("inception_3b/output").name, "inception_3b");
    EXPECT_EQ(network.find("3b/output").name, "inception_3b");
    EXPECT_EQ(network.find("inception_3b/pool").channels, 256);
    EXPECT_EQ(network.find("inception_3b").channels, 480);
}

TEST_F(ShallowNetwork, WhatIsNotThereIsSaid) {
    Network& network = pair_.network();
    EXPECT_EQ(message_of([&] {
                  network.find("inception_3x");
              }).rfind("unknown layer 'inception_3x' in googlenet; did you mean inception_3a", 0),
              0U);
    EXPECT_NE(message_of([&] { network.find("zzz"); }).find("`reverie list layers` names all"),
              std::string::npos);
    EXPECT_EQ(message_of([&] { network.find("input"); }).substr(0, 22), "unknown layer 'input' ");
    EXPECT_EQ(message_of([&] { network.tap("3a", 256, 1); }),
              "inception_3a has no channel 256; it has channels 0 to 255");
    EXPECT_EQ(message_of([&] { network.tap("3a", -2, 1); }),
              "inception_3a has no channel -2; it has channels 0 to 255");
    EXPECT_EQ(message_of([&] { network.plan(8, 8, {}); }),
              "the objective is empty: nothing to dream");
    EXPECT_EQ(message_of([&] { network.plan(0, 5, {network.tap("3a", 0, 1)}); }),
              "a picture of 0x5 has no pixels");
    ExecutionPlan& plan = network.plan(8, 8, {network.tap("conv2", 0, 1)});
    EXPECT_EQ(message_of([&] { plan.set_taps(pair_.stream(), {network.tap("3a", 0, 1)}); }),
              "the plan does not reach inception_3a");
}

TEST(InceptionV3, ATooSmallPictureIsRefused) {
    Graph graph = make_inception_v3();
    graph.nodes.resize(graph.find("mixed") + 1);
    Pair pair(graph, kInceptionV3, DType::f32, ConvKind::exact);
    Network& network = pair.network();
    const Tap mixed = network.tap("mixed", -1, 1);
    EXPECT_NE(message_of([&] {
                  network.plan(20, 300, {mixed});
              }).find("a picture of 20x300 is too small for "),
              std::string::npos);
    EXPECT_NO_THROW(network.plan(75, 75, {mixed}));
}

}  // namespace
}  // namespace reverie::network_test
