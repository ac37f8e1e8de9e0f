// Guides: gradients towards the features of a picture, against plain loops in double.
#include "tests/net/network_pair.h"

namespace reverie::network_test {
namespace {

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
        {nearest("inception_3b/5x5", 1), mean("3b", 0.1F)},
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

}  // namespace
}  // namespace reverie::network_test
