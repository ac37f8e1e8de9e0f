// What the network thinks it sees: channels' answers against plain loops over all activations, words
// against sums by hand, and what is shown of them over time against the exponentials that it follows.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/ops.h"
#include "src/dream/sight/channel_watch.h"
#include "src/dream/sight/impression.h"
#include "src/dream/sight/word_strengths.h"
#include "src/net/execution_plan.h"
#include "tests/support/rig.h"

namespace reverie::sight_words_test {
namespace {

NamedChannel named(const char* layer, int channel) {
    NamedChannel one;
    one.layer = layer;
    one.channel = channel;
    return one;
}

NamedChannel spoken(std::vector<std::string> words, float sure, float median, float strong) {
    NamedChannel one;
    one.words = std::move(words);
    one.sure = sure;
    one.usual = UsualAnswer{median, strong};
    return one;
}

TEST(ChannelWatch, FindsTheLargestActivationInsideThePicture) {
    constexpr int kMargin = 16, kEdge = kMargin + 24;
    test::Rig rig;
    ChannelWatch watch(rig.network);
    const Size size = ChannelWatch::seen_size(333, 177);
    EXPECT_NEAR(double{1} * size.width * size.height, ChannelWatch::kPixels, 400);
    EXPECT_NEAR(double{1} * size.width / size.height, 333.0 / 177, 0.02);
    EXPECT_EQ(ChannelWatch::seen_size(2000, 20).height, ChannelWatch::kLeastSide);
    // A picture of the size that it is seen at: nothing is resized.
    const Image frame =
        rig.up(test::random_picture(size.width, size.height, 3), size.width, size.height);
    const std::vector<NamedChannel> channels{named("inception_4a", 5), named("inception_3b", 77),
                                             named("inception_4a", 200)};
    const std::vector<ChannelAnswer> answers =
        watch.measure(*rig.stream, frame.cview(), channels, true);
    ASSERT_EQ(answers.size(), channels.size());

    const int width = size.width + 2 * kMargin, height = size.height + 2 * kMargin;
    const Image mirrored(rig.network.device(), width, height, 3);
    rig.network.device().ops().mirror(*rig.stream, frame, kMargin, mirrored);
    bool any = false;
    for (size_t i = 0; i < channels.size(); ++i) {
        const Tap tap = rig.network.tap(channels[i].layer, -1, 1);
        ExecutionPlan& plan = rig.network.plan(width, height, {tap});
        plan.forward(*rig.stream, mirrored);
        const std::vector<float> values = plan.activations(*rig.stream, tap.node);
        const Extent extent = plan.extent(tap.node);
        float largest = 0;
        double largest_x = 0.5, largest_y = 0.5;
        for (int y = 0; y < extent.height; ++y) {
            for (int x = 0; x < extent.width; ++x) {
                const double middle_x = (x + 0.5) * width / extent.width;
                const double middle_y = (y + 0.5) * height / extent.height;
                if (middle_x < kEdge || middle_x > width - kEdge || middle_y < kEdge ||
                    middle_y > height - kEdge)
                    continue;
                const size_t at =
                    (static_cast<size_t>(channels[i].channel) * extent.height + y) * extent.width +
                    x;
                if (values[at] <= largest) continue;
                largest = values[at];
                largest_x = (middle_x - kMargin) / size.width;
                largest_y = (middle_y - kMargin) / size.height;
            }
        }
        any = any || largest > 0;
        EXPECT_NEAR(answers[i].peak, largest, 1e-3 * largest) << channels[i].layer;
        EXPECT_NEAR(answers[i].x, largest_x, 1e-5) << channels[i].layer;
        EXPECT_NEAR(answers[i].y, largest_y, 1e-5) << channels[i].layer;
    }
    EXPECT_TRUE(any);
}

TEST(ChannelWatch, DoesNotWaitForAPlanInAShow) {
    test::Rig rig;
    ChannelWatch watch(rig.network);
    const Image frame = rig.up(test::random_picture(97, 160, 4), 97, 160);
    const std::vector<NamedChannel> channels{named("inception_3a", 1)};
    std::vector<ChannelAnswer> answers;
    while (answers.empty())  // until it is made beside
        answers = watch.measure(*rig.stream, frame.cview(), channels, false);
    const auto again = watch.measure(*rig.stream, frame.cview(), channels, true);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(answers[0].peak, again[0].peak);
    EXPECT_TRUE(watch.measure(*rig.stream, {}, channels, true).empty());
    EXPECT_TRUE(watch.measure(*rig.stream, frame.cview(), {}, true).empty());
}

TEST(SeenWords, AreTheMeanOfThreeWitnesses) {
    const ChannelNames names({spoken({"eyes", "dog"}, 0.5F, 1, 3), spoken({"dogs"}, 1, 0, 2),
                              spoken({"dog"}, 0.8F, 2, 4), spoken({"dog"}, 1, 0, 10),
                              spoken({"moon"}, 1, 5, 6), NamedChannel{"", 0, {"sun"}}});
    const std::vector<ChannelAnswer> answers{{2, 0.1F, 0.2F}, {3, 0.3F, 0.4F}, {3, 0.5F, 0.6F},
                                             {1, 0.7F, 0.8F}, {4, 0, 0},       {9, 0, 0}};
    const std::vector<SeenWord> seen = seen_words(names, answers);
    ASSERT_EQ(seen.size(), 2U) << "less than usual, and what is usual is not known";
    // eyes: 0.5·½; dog: half of that, 1·1.5, 0.8·½, 1·0.1, of which three count.
    EXPECT_EQ(seen[0].word, "dog") << "as it is spelled first";
    EXPECT_FLOAT_EQ(seen[0].strength, (1.5F + 0.4F + 0.125F) / 3);
    EXPECT_EQ(seen[0].channel, 1U);
    EXPECT_FLOAT_EQ(seen[0].x, 0.3F);
    EXPECT_FLOAT_EQ(seen[0].y, 0.4F);
    EXPECT_EQ(seen[1].word, "eyes");
    EXPECT_FLOAT_EQ(seen[1].strength, 0.25F / 3);
    EXPECT_EQ(seen[1].channel, 0U);
}

std::vector<SeenWord> two(float eyes, float moon) {
    return {{"eyes", eyes, 0, 0.25F, 0.5F}, {"moon", moon, 1, 0.75F, 0.5F}};
}

TEST(Impression, FollowsWhatIsSeenSmoothly) {
    Impression impression(2);
    impression.see(two(0.8F, 0.1F), 1);
    EXPECT_EQ(impression.words(), std::vector<std::string>{"eyes"}) << "the moon is too weak";
    double expected = 0;
    for (int i = 0; i < 17; ++i) {
        impression.advance(0.05);
        expected = 0.8 * (1 - std::exp(-0.05 * (i + 1) / Impression::kEaseS));
        ASSERT_NEAR(impression.shown()[0].strength, expected, 1e-4);
    }
    EXPECT_FLOAT_EQ(impression.shown()[0].x, 0.25F);
    // Seen no more: its smoothed strength halves, and it stays while that is above kStay.
    impression.see({}, 0.7);
    impression.advance(10);
    EXPECT_NEAR(impression.shown()[0].strength, 0.8 * std::exp(-0.7), 1e-3);
    impression.see({}, 5);
    impression.advance(0.1);
    ASSERT_EQ(impression.words().size(), 1U) << "it fades";
    impression.advance(10);
    EXPECT_TRUE(impression.words().empty());
}

TEST(Impression, DoesNotExchangeWordsThatAreAboutAsStrong) {
    Impression impression(1);
    for (int i = 0; i < 25; ++i) {
        impression.see(i % 2 == 0 ? two(0.7F, 0.6F) : two(0.6F, 0.7F), 0.5);
        impression.advance(0.5);
        ASSERT_EQ(impression.words(), std::vector<std::string>{"eyes"});
    }
    float before = impression.shown()[0].strength;
    std::string word = "eyes";
    for (int i = 0; i < 200; ++i) {
        if (i % 10 == 0) impression.see(two(0.4F, 1), 0.5);
        impression.advance(0.05);
        const ShownWord shown = impression.shown()[0];
        // It fades before the other one appears: neither jumps.
        EXPECT_LT(std::abs(shown.strength - before), 0.2F);
        before = shown.strength;
        word = shown.word;
    }
    EXPECT_EQ(word, "moon");
    EXPECT_NEAR(before, 1, 0.01);
}

TEST(Impression, ShowsAPictureOnce) {
    Impression impression(3);
    impression.see({{"eyes", 1, 7, 0, 0}, {"dog", 0.9F, 7, 0, 0}, {"fur", 0.5F, 2, 0, 0}}, 1);
    EXPECT_EQ(impression.words().size(), 2U);
    EXPECT_EQ(impression.shown()[0].word, "eyes");
    EXPECT_EQ(impression.shown()[1].word, "fur");
}

}  // namespace
}  // namespace reverie::sight_words_test
