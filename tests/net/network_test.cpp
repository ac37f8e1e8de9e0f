// Whole networks, at full width on tiny pictures and random weights, against plain loops in double:
// losses, activations and gradients of all kinds of objectives, rolls, tiles, faders.
#include "src/net/network.h"

#include <gtest/gtest.h>

#include "src/net/execution_plan.h"
#include "src/util/error.h"
#include "tests/support/naive_network.h"

namespace reverie::network_test {
namespace {

using test::Array;
using test::NaiveNetwork;

struct Term {
    const char* layer;
    int channel;
    float weight;
};
using Terms = std::vector<Term>;

struct Roll {
    int x = 0, y = 0;
};

double relative_l2(const std::vector<double>& got, const std::vector<double>& want) {
    EXPECT_EQ(got.size(), want.size());
    double difference = 0, size = 0;
    for (size_t i = 0; i < want.size(); ++i) {
        difference += (got[i] - want[i]) * (got[i] - want[i]);
        size += want[i] * want[i];
    }
    return std::sqrt(difference / size);
}

Array random_picture(int width, int height, uint32_t seed) {
    Array rgb = test::random_array(3, height, width, seed, 60);
    for (double& v : rgb.values) v = static_cast<float>(v + 128);
    return rgb;
}

/// result(x, y) = picture(x + left, y + top), repeated beyond the edges.
Array cut_out(const Array& picture, int left, int top, int width, int height) {
    Array cut(3, height, width);
    for (int c = 0; c < 3; ++c) {
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x)
                cut.at(c, y, x) =
                    picture.at(c, wrap(y + top, picture.height), wrap(x + left, picture.width));
        }
    }
    return cut;
}

/// A network on the CPU, and the same one in plain loops.
class Pair {
  public:
    Pair(const Graph& graph, const std::map<std::string, std::string>& metadata, DType type,
         ConvKind kind)
        : Pair(graph, test::random_filters(graph, 7), metadata, type, kind) {}
    Pair(const Graph& graph, const std::map<std::string, Filters>& filters,
         const std::map<std::string, std::string>& metadata, DType type, ConvKind kind)
        : device_(open_device({"cpu", 2})), stream_(device_->make_stream()) {
        const test::TemporaryFile file("weights.safetensors");
        test::write_weights(file.path(), graph, filters, metadata);
        network_ = std::make_unique<Network>(*device_, file.path(), type, kind);
        naive_ = std::make_unique<NaiveNetwork>(network_->weights().graph, filters);
    }

    Network& network() { return *network_; }
    NaiveNetwork& naive() { return *naive_; }
    Stream& stream() { return *stream_; }
    std::vector<Tap> taps(const Terms& terms) const {
        std::vector<Tap> taps;
        for (const Term& t : terms) taps.push_back(network_->tap(t.layer, t.channel, t.weight));
        return taps;
    }

    /// The loops' forward pass on a picture.
    void look_at(const Array& rgb) {
        const InputTransform& t = network_->weights().input;
        Array input = rgb;
        for (int c = 0; c < 3; ++c) {
            const double mean = c == 0 ? t.mean.x : (c == 1 ? t.mean.y : t.mean.z);
            for (int y = 0; y < rgb.height; ++y) {
                for (int x = 0; x < rgb.width; ++x)
                    input.at(t.bgr ? 2 - c : c, y, x) = (rgb.at(c, y, x) - mean) * t.scale;
            }
        }
        naive_->forward(input);
    }
    /// The loops' gradient, in R, G, B.
    Array naive_gradient(const std::vector<Tap>& taps) const {
        Array g = naive_->gradient(taps);
        if (!network_->weights().input.bgr) return g;
        const size_t plane = static_cast<size_t>(g.height) * g.width;
        std::swap_ranges(g.values.begin(), g.values.begin() + plane, g.values.begin() + 2 * plane);
        return g;
    }

    Array gradient(ExecutionPlan& plan, const Array& rgb, Roll roll = {}) {
        const Image image = upload(rgb), out(*device_, rgb.width, rgb.height, 3);
        plan.gradient(*stream_, image, roll.x, roll.y, out);
        return download(out);
    }
    Array tile_gradient(ExecutionPlan& plan, const Array& rgb, int left, int top) {
        const Image image = upload(rgb), out(*device_, plan.width(), plan.height(), 3);
        plan.tile_gradient(*stream_, image, left, top, out);
        return download(out);
    }

    /// Checks one objective on the last picture of look_at().
    void check(const Array& rgb, const Terms& terms, double limit) {
        std::string text;
        for (const Term& t : terms) text += std::string(" ") + t.layer;
        SCOPED_TRACE(text);
        const std::vector<Tap> of = taps(terms);
        ExecutionPlan& plan = network_->plan(rgb.width, rgb.height, of);
        plan.set_taps(*stream_, of);
        EXPECT_LE(relative_l2(gradient(plan, rgb).values, naive_gradient(of).values), limit);
        const double loss = naive_->objective(of);
        EXPECT_NEAR(plan.objective_value(*stream_), loss, limit * std::abs(loss));
        for (const Tap& tap : of) {
            const std::vector<float> a = plan.activations(*stream_, tap.node);
            EXPECT_LE(relative_l2({a.begin(), a.end()}, naive_->output(tap.node).values), limit);
        }
    }

  private:
    Image upload(const Array& rgb) {
        Image image(*device_, rgb.width, rgb.height, 3);
        const std::vector<float> floats(rgb.values.begin(), rgb.values.end());
        device_->upload(*stream_, image.view().data, floats.data(), floats.size() * sizeof(float));
        return image;
    }
    Array download(const Image& image) {
        std::vector<float> floats(image.view().size());
        device_->download(*stream_, floats.data(), image.view().data,
                          floats.size() * sizeof(float));
        Array values(3, image.height(), image.width());
        values.values.assign(floats.begin(), floats.end());
        return values;
    }

    std::unique_ptr<Device> device_;
    std::unique_ptr<Stream> stream_;
    std::unique_ptr<Network> network_;
    std::unique_ptr<NaiveNetwork> naive_;
};

const std::map<std::string, std::string> kGoogleNetPlain{{"architecture", "googlenet"}};
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

// Sums are taken in double and stored as float: no rectifier of these pictures is near enough to 0
// to flip, and then nothing but roundings of 2⁻²⁴ is left.
constexpr double kExact = 2e-6;
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

/// GoogLeNet to inception_3b: enough for what does not depend on depth.
Graph shallow_googlenet() {
    Graph graph = make_googlenet({});
    graph.nodes.resize(graph.find("inception_3b") + 1);
    return graph;
}

class ShallowNetwork : public testing::Test {
  protected:
    Pair pair_{shallow_googlenet(), kGoogleNetPlain, DType::f32, ConvKind::exact};
};

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

/// The gradients at each node, in double, of terms of one weight each: at each place the guide's
/// feature with the largest dot product, or the mean of all features.
class NaiveGuides {
  public:
    /// Sees the guides at the nodes of the taps.
    NaiveGuides(Pair& pair, const std::vector<Array>& guides, const std::vector<Tap>& taps)
        : pair_(pair), taps_(taps) {
        for (const Array& guide : guides) {
            pair.look_at(guide);
            for (const Tap& tap : taps) {
                const Array& a = pair.naive().output(tap.node);
                for (int place = 0; place < a.height * a.width; ++place) {
                    std::vector<double> feature;
                    for (int c = 0; c < a.channels; ++c)
                        feature.push_back(a.at(c, place / a.width, place % a.width));
                    features_[tap.node].push_back(std::move(feature));
                }
            }
        }
    }

    /// At the last picture of look_at(); J is left in `value`.
    Array gradient(double& value) const {
        std::map<int, Array> at_nodes;
        value = 0;
        for (const Tap& tap : taps_) {
            const Array& a = pair_.naive().output(tap.node);
            Array& to = at_nodes.try_emplace(tap.node, a.channels, a.height, a.width).first->second;
            const double share = tap.weight / static_cast<double>(a.values.size());
            for (int y = 0; y < a.height; ++y) {
                for (int x = 0; x < a.width; ++x) {
                    const std::vector<double> feature = pulled_to(tap, a, y, x);
                    for (int c = 0; c < a.channels; ++c) {
                        to.at(c, y, x) += share * feature[c];
                        value += share * feature[c] * a.at(c, y, x);
                    }
                }
            }
        }
        return pair_.naive().gradient(at_nodes);
    }

  private:
    std::vector<double> pulled_to(const Tap& tap, const Array& a, int y, int x) const {
        const std::vector<std::vector<double>>& features = features_.at(tap.node);
        if (tap.rule == TapRule::guide_mean) {
            std::vector<double> mean(a.channels, 0.0);
            for (const std::vector<double>& feature : features) {
                for (int c = 0; c < a.channels; ++c) mean[c] += feature[c] / features.size();
            }
            return mean;
        }
        double most = -1;
        const std::vector<double>* best = nullptr;
        for (const std::vector<double>& feature : features) {
            double dot = 0;
            for (int c = 0; c < a.channels; ++c) dot += feature[c] * a.at(c, y, x);
            if (dot <= most) continue;
            most = dot;
            best = &feature;
        }
        return *best;
    }

    Pair& pair_;
    std::vector<Tap> taps_;
    std::map<int, std::vector<std::vector<double>>> features_;
};

TEST_F(ShallowNetwork, GuidesPullTowardsTheirBestMatch) {
    Network& network = pair_.network();
    const std::vector<Array> guides{random_picture(23, 17, 11), random_picture(15, 21, 12)};
    std::vector<GuidePicture> pictures;
    for (const Array& guide : guides)
        pictures.push_back({guide.width, guide.height, {guide.values.begin(), guide.values.end()}});
    network.set_guides(pictures);
    const auto nearest = [&](const char* layer, float weight) {
        return network.guide_tap(layer, TapRule::guide, weight);
    };
    const auto mean = [&](const char* layer, float weight) {
        return network.guide_tap(layer, TapRule::guide_mean, weight);
    };
    const std::vector<std::vector<Tap>> objectives{
        {nearest("3b", 1)},
        {nearest("inception_3b/3x3", -2)},
        {nearest("pool2/3x3_s2", 1), mean("3a", 0.5F)},
        {mean("3b", 1), mean("conv2", -0.3F)},
        {nearest("3b", 1), nearest("3a", 0.7F), nearest("conv2", -1), mean("3b", -0.4F)},
        {nearest("inception_3b/3x3_reduce", 1)},
    };
    const Array rgb = random_picture(33, 17, 13);
    for (const std::vector<Tap>& taps : objectives) {
        SCOPED_TRACE(network.weights().graph.nodes[taps[0].node].name);
        const NaiveGuides naive(pair_, guides, taps);
        pair_.look_at(rgb);
        double value = 0;
        const Array want = naive.gradient(value);
        ExecutionPlan& plan = network.plan(33, 17, taps);
        plan.set_taps(pair_.stream(), taps);
        EXPECT_LE(relative_l2(pair_.gradient(plan, rgb).values, want.values), kExact);
        EXPECT_NEAR(plan.objective_value(pair_.stream()), value, kExact * std::abs(value));
    }
}

TEST_F(ShallowNetwork, GuidesAreTermsLikeOthers) {
    Network& network = pair_.network();
    const Array guide = random_picture(39, 27, 14), rgb = random_picture(33, 17, 15);
    network.set_guides({{guide.width, guide.height, {guide.values.begin(), guide.values.end()}}});
    const std::vector<Tap> guided{network.guide_tap("3b", TapRule::guide, 3)};
    const std::vector<Tap> plain = pair_.taps({{"3b", -1, 1}, {"3a", 7, -1}});
    const auto gradient = [&](const std::vector<Tap>& taps) {
        ExecutionPlan& plan = network.plan(33, 17, taps);
        plan.set_taps(pair_.stream(), taps);
        return pair_.gradient(plan, rgb).values;
    };
    std::vector<Tap> all = plain;
    all.insert(all.end(), guided.begin(), guided.end());
    std::vector<double> sum = gradient(plain);
    const std::vector<double> more = gradient(guided);
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
    EXPECT_LE(relative_l2(gradient(all), sum), kExact);
    // A fader of a guide replans nothing.
    ExecutionPlan& plan = network.plan(33, 17, all);
    all.back().weight = -1;
    EXPECT_EQ(&network.plan(33, 17, all), &plan);
    network.set_guides({});
    EXPECT_THROW(network.guide_tap("3b", TapRule::guide, 1), Error);
}

TEST(CollectFeatures, LeavesOutEvenly) {
    constexpr int kPlaces = 777, kMost = 256;
    std::vector<float> ramp(2 * kPlaces);
    for (int i = 0; i < kPlaces; ++i) {
        ramp[i] = static_cast<float>(i);
        ramp[kPlaces + i] = 5;
    }
    const GuideFeatures features = collect_features({ramp}, 2, kMost);
    ASSERT_EQ(features.count(), kMost);
    for (int n = 0; n < features.count(); ++n) {
        EXPECT_NEAR(features.values[2 * n], (n + 0.5) * kPlaces / features.count(), 2.1);
        EXPECT_EQ(features.values[2 * n + 1], 5);
    }
    EXPECT_NEAR(features.mean[0], (kPlaces - 1) / 2.0, 1e-3);
    EXPECT_EQ(collect_features({ramp, {1, 2}}, 2, kMost).count(), kMost);
    EXPECT_EQ(collect_features({{1, 2, 3, 4}}, 2, kMost).values, (std::vector<float>{1, 3, 2, 4}));
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
