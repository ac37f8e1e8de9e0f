// Words and guides as terms of an objective.
#include <gtest/gtest.h>

#include "src/dream/dreamer.h"
#include "src/dream/objective_map.h"
#include "src/util/error.h"
#include "tests/support/rig.h"

namespace reverie {
namespace {

using test::Rig;

std::string message_of(Rig& rig, const char* objective) {
    try {
        resolve(rig.network, parse_objective(objective));
    } catch (const Error& error) {
        return error.what();
    }
    return "no complaint";
}

ChannelNames names() {
    return ChannelNames({{"inception_4c", 17, {"eyes", "dog"}, 0.9F},
                         {"inception_3b", 5, {"eye"}, 0.3F},
                         {"inception_4d", 8, {"arch"}, 0.5F}});
}

TEST(Resolve, AWordIsAllItsChannelsByHowSureTheyAre) {
    Rig rig;
    rig.network.set_names(names());
    const auto taps = [&](const char* text) { return resolve(rig.network, parse_objective(text)); };
    const std::vector<Tap> got = taps("2*word:eyes - word:Arches");
    const std::vector<Tap> want = taps("1.5*inception_4c:17 + 0.5*inception_3b:5 - inception_4d:8");
    ASSERT_EQ(got.size(), want.size());
    for (size_t i = 0; i < got.size(); ++i) {
        EXPECT_EQ(got[i].node, want[i].node);
        EXPECT_EQ(got[i].channel, want[i].channel);
        EXPECT_FLOAT_EQ(got[i].weight, want[i].weight);
    }
}

TEST(Resolve, SaysWhatIsMissing) {
    Rig rig;
    EXPECT_EQ(message_of(rig, "word:eyes"),
              "word:eyes: no channel of this network is named; try layers and channels, or "
              "--weights embedded");
    EXPECT_EQ(message_of(rig, "class:goldfish"),
              "class:goldfish: these weights have no classifier (they end at inception_5b); try "
              "--weights with one, or word:goldfish");
    EXPECT_EQ(message_of(rig, "guide(4c)"),
              "guide(4c) has no picture to follow; try --guide PICTURE");
    rig.network.set_names(names());
    EXPECT_EQ(message_of(rig, "word:eyez"),
              "word:eyez: no channel is called that; did you mean eye or eyes?");
    rig.network.set_guides({{40, 40, std::vector<float>(3 * 40 * 40, 100)}});
    EXPECT_EQ(message_of(rig, "guide(4c, mean)"), "no complaint");
    EXPECT_EQ(message_of(rig, "guide(inception_4x)").substr(0, 29),
              "unknown layer 'inception_4x' ");
}

TEST(Resolve, MasksAreNumberedInTheirOrder) {
    Rig rig;
    rig.network.set_names(names());
    const std::vector<Tap> taps =
        resolve(rig.network, parse_objective("3a@room + 4c - word:eyes@dark + 3b@room"));
    std::vector<int> masks;
    for (const Tap& tap : taps) masks.push_back(tap.mask);
    EXPECT_EQ(masks, (std::vector<int>{0, -1, 1, 1, 0}));
    EXPECT_EQ(message_of(rig, "3a@no/such.png"),
              "@no/such.png: there is no such file for a mask; try its whole path");
    EXPECT_EQ(message_of(rig,
                         "3a@person+3a@room+3a@motion+3a@bright+3a@dark+3a@1-person+3a@1-room+"
                         "3a@1-motion+3a@1-dark"),
              "there are 9 masks in the objective, and 8 is the most");
}

TEST(Resolve, OtherNetworksTakeWhatIsNearest) {
    Rig rig;
    Network small(rig.device, REVERIE_ROOT "/weights/googlenet_half.safetensors", DType::f32);
    rig.network.set_names(names());
    rig.network.set_guides({{40, 40, std::vector<float>(3 * 40 * 40, 100)}});
    const Objective said = parse_objective("word:arch + 0.5*guide(inception_4c, mean)");
    EXPECT_EQ(to_text(map_objective(said, rig.network, small)),
              "inception_4d + 0.5*guide(inception_4c,mean)");
    small.set_names(names());
    small.set_guides(rig.network.guides());
    EXPECT_EQ(map_objective(said, rig.network, small), said);
    EXPECT_EQ(from_portable(said, small), said);
}

}  // namespace
}  // namespace reverie
