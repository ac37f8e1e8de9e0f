// Terms with masks: gradients and values against plain loops in double.
#include <algorithm>

#include "tests/net/network_pair.h"

namespace reverie::network_test {
namespace {

constexpr int kWidth = 33, kHeight = 17, kMargin = 2;

Array random_mask(int width, int height, uint32_t seed) {
    Array mask = test::random_array(1, height, width, seed, 0.5);
    for (double& v : mask.values) v = static_cast<float>(std::clamp(v + 0.5, 0.0, 1.0));
    return mask;
}

/// Bilinear, beyond the edges their values.
double read(const Array& mask, double x, double y) {
    x = std::clamp(x, 0.0, mask.width - 1.0);
    y = std::clamp(y, 0.0, mask.height - 1.0);
    const int left = std::min(static_cast<int>(x), std::max(0, mask.width - 2));
    const int above = std::min(static_cast<int>(y), std::max(0, mask.height - 2));
    const int right = std::min(left + 1, mask.width - 1),
              below = std::min(above + 1, mask.height - 1);
    const double tx = x - left, ty = y - above;
    return (1 - ty) * ((1 - tx) * mask.at(0, above, left) + tx * mask.at(0, above, right)) +
           ty * ((1 - tx) * mask.at(0, below, left) + tx * mask.at(0, below, right));
}

class MaskedNetwork : public ShallowNetwork {
  protected:
    /// The mask at each pixel of a node's output, where the whole picture is rolled by `roll`.
    Array at_node(const Array& mask, const Array& a, Roll roll) const {
        Array at(1, a.height, a.width);
        const auto place = [&](int i, int n, int size, int shift, int of_mask) {
            double v = (i + 0.5) * size / n - shift;
            v -= std::floor(v / size) * size;
            return (v - kMargin) * of_mask / (size - 2.0 * kMargin) - 0.5;
        };
        for (int y = 0; y < a.height; ++y) {
            for (int x = 0; x < a.width; ++x)
                at.at(0, y, x) = read(mask, place(x, a.width, kWidth, roll.x, mask.width),
                                      place(y, a.height, kHeight, roll.y, mask.height));
        }
        return at;
    }

    /// J and its gradient at the picture of look_at().
    Array naive(const std::vector<Tap>& taps, const std::vector<Array>& masks, Roll roll,
                double& value) {
        std::map<int, Array> at_nodes;
        value = 0;
        for (const Tap& tap : taps) {
            const Array& a = pair_.naive().output(tap.node);
            Array& to = at_nodes.try_emplace(tap.node, a.channels, a.height, a.width).first->second;
            const Array mask = tap.mask >= 0 ? at_node(masks[tap.mask], a, roll) : Array();
            const double pixels = a.height * a.width;
            for (int c = 0; c < a.channels; ++c) {
                if (tap.channel >= 0 && c != tap.channel) continue;
                const double share = tap.weight / (tap.channel >= 0 ? pixels : pixels * a.channels);
                for (int y = 0; y < a.height; ++y) {
                    for (int x = 0; x < a.width; ++x) {
                        const double m = tap.mask >= 0 ? mask.at(0, y, x) : 1;
                        const double v = a.at(c, y, x);
                        to.at(c, y, x) += share * m * (tap.channel >= 0 ? 1 : 2 * v);
                        value += share * m * (tap.channel >= 0 ? v : v * v);
                    }
                }
            }
        }
        return pair_.naive().gradient(at_nodes);
    }

    Tap tap(const char* layer, int channel, float weight, int mask) {
        Tap tap = pair_.network().tap(layer, channel, weight);
        tap.mask = mask;
        return tap;
    }
    ExecutionPlan& plan_of(const std::vector<Tap>& taps, const std::vector<Array>& masks) {
        on_device_.clear();
        std::vector<Pixels<const float>> planes;
        for (const Array& mask : masks) {
            on_device_.push_back(pair_.upload(mask));
            planes.push_back(on_device_.back());
        }
        ExecutionPlan& plan = pair_.network().plan(kWidth, kHeight, taps);
        plan.set_taps(pair_.stream(), taps);
        plan.set_masks(planes, kMargin);
        return plan;
    }

    std::vector<Image> on_device_;
};

TEST_F(MaskedNetwork, EachTermCountsWhereItsMaskIs) {
    const std::vector<Array> masks{random_mask(29, 13, 1), random_mask(5, 7, 2)};
    const std::vector<std::vector<Tap>> objectives{
        {tap("3b", -1, 1, 0)},
        {tap("3b", 7, -2, 1)},
        {tap("inception_3b/3x3", -1, 1, 0)},
        {tap("inception_3b/3x3", 3, 1, 1), tap("3b", -1, 0.3F, -1)},
        {tap("pool2/3x3_s2", -1, 1, 0), tap("3a", -1, 0.5F, 1)},
        {tap("3b", -1, 1, 0), tap("3b", -1, -0.6F, 1), tap("3b", 5, 2, 0), tap("conv2", -1, 1, -1)},
        {tap("inception_3b/3x3_reduce", -1, 1, 1)},
    };
    const Array rgb = random_picture(kWidth, kHeight, 13);
    for (const std::vector<Tap>& taps : objectives) {
        for (const Roll roll : {Roll{}, Roll{5, -3}}) {
            SCOPED_TRACE(pair_.network().weights().graph.nodes[taps[0].node].name);
            // Rolled right by x: what the network sees, and the gradient, is rolled back then.
            pair_.look_at(cut_out(rgb, -roll.x, -roll.y, kWidth, kHeight));
            double value = 0;
            const Array rolled = naive(taps, masks, roll, value);
            const Array want = cut_out(rolled, roll.x, roll.y, kWidth, kHeight);
            ExecutionPlan& plan = plan_of(taps, masks);
            EXPECT_LE(relative_l2(pair_.gradient(plan, rgb, roll).values, want.values), kExact);
            EXPECT_NEAR(plan.objective_value(pair_.stream()), value, kExact * std::abs(value));
        }
    }
}

TEST_F(MaskedNetwork, AMaskOfOneIsNone) {
    const Array rgb = random_picture(kWidth, kHeight, 14);
    Array one(1, 3, 3);
    std::fill(one.values.begin(), one.values.end(), 1.0);
    pair_.network().set_guides({{23, 17, std::vector<float>(3 * 23 * 17, 90)}});
    const auto taps = [&](int mask) {
        Tap guide = pair_.network().guide_tap("3b", TapRule::guide, 0.4F);
        Tap mean = pair_.network().guide_tap("3a", TapRule::guide_mean, 0.3F);
        guide.mask = mean.mask = mask;
        return std::vector<Tap>{tap("3b", -1, 1, mask), guide, mean};
    };
    const std::vector<double> want = pair_.gradient(plan_of(taps(-1), {}), rgb).values;
    EXPECT_LE(relative_l2(pair_.gradient(plan_of(taps(0), {one}), rgb).values, want), kExact);
    // A mask that nobody set is one, too.
    EXPECT_LE(relative_l2(pair_.gradient(plan_of(taps(0), {}), rgb).values, want), kExact);
    // Half of a mask is half of the gradient, a guide's too.
    std::fill(one.values.begin(), one.values.end(), 0.5);
    std::vector<double> half = want;
    for (double& v : half) v /= 2;
    ExecutionPlan& plan = plan_of(taps(0), {one});
    EXPECT_LE(relative_l2(pair_.gradient(plan, rgb).values, half), kExact);
    const double value = plan.objective_value(pair_.stream());
    ExecutionPlan& whole = plan_of(taps(-1), {});
    pair_.gradient(whole, rgb);
    EXPECT_NEAR(value, whole.objective_value(pair_.stream()) / 2, kExact * std::abs(value));
}

TEST_F(MaskedNetwork, AFaderReplansNothing) {
    const Array mask = random_mask(9, 9, 3);
    std::vector<Tap> taps{tap("3b", -1, 1, 0)};
    ExecutionPlan& plan = plan_of(taps, {mask});
    taps[0].weight = -3;
    taps[0].mask = 5;
    EXPECT_EQ(&pair_.network().plan(kWidth, kHeight, taps), &plan);
    taps[0].mask = kMostMasks;
    EXPECT_THROW(plan.set_taps(pair_.stream(), taps), Error);
}

}  // namespace
}  // namespace reverie::network_test
