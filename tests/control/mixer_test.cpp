// The mixing desk against objectives written by hand.
#include "src/control/mixer.h"

#include <gtest/gtest.h>

namespace reverie {
namespace {

TEST(Mixer, TakesOverAnObjectiveAndGivesItBack) {
    Mixer mixer;
    const Objective objective = parse_objective("0.8*a + b:17 - 0.3*c");
    mixer.follow(objective, {});
    EXPECT_EQ(mixer.objective(), objective);
    EXPECT_EQ(mixer.at("c").weight, -0.3F);
    EXPECT_EQ(mixer.at("b").weight, 0);
    EXPECT_EQ(mixer.channels_of("b"), std::vector<int>{17});
}

TEST(Mixer, TwoSpellingsOfALayerAreOneStrip) {
    Mixer mixer;
    mixer.follow(parse_objective("0.5*4c + 0.25*inception_4c"),
                 [](const std::string& name) { return name == "4c" ? "inception_4c" : name; });
    EXPECT_EQ(mixer.objective(), parse_objective("0.75*inception_4c"));
}

TEST(Mixer, MutedAndSilentStripsAreRemembered) {
    Mixer mixer;
    mixer.follow(parse_objective("a + 0.5*b + 0.25*c"), {});
    mixer.set_muted("b", -1, true);
    EXPECT_EQ(mixer.objective(), parse_objective("a + 0.25*c"));
    mixer.set_solo("c", -1, true);
    EXPECT_EQ(mixer.objective(), parse_objective("0.25*c"));
    mixer.set_solo("b", -1, true);
    EXPECT_EQ(mixer.objective(), parse_objective("0.25*c")) << "muted, though alone";
    mixer.set_solo("b", -1, false);
    mixer.set_solo("c", -1, false);
    mixer.set_muted("b", -1, false);
    EXPECT_EQ(mixer.objective(), parse_objective("a + 0.5*b + 0.25*c"));
}

TEST(Mixer, ItsOwnObjectiveComingBackForgetsNothing) {
    Mixer mixer;
    const Objective first = parse_objective("a + b");
    mixer.follow(first, {});
    mixer.set_muted("b", -1, true);
    const Objective said = mixer.objective();
    mixer.follow(first, {});  // the loop is one frame behind
    mixer.follow(said, {});
    EXPECT_TRUE(mixer.at("b").muted);
    EXPECT_EQ(mixer.at("b").weight, 1);
    mixer.follow(parse_objective("c"), {});
    EXPECT_EQ(mixer.strips().size(), 1U);
}

TEST(Mixer, AnUndoKeepsWhatIsSilentAsFarAsItAgrees) {
    Mixer mixer;
    mixer.follow(parse_objective("a + b + c"), {});
    mixer.set_solo("a", -1, true);
    mixer.objective();
    mixer.follow(parse_objective("0.5*a"), {}, true);
    EXPECT_TRUE(mixer.at("a").solo);
    mixer.set_solo("a", -1, false);
    EXPECT_EQ(mixer.objective(), parse_objective("0.5*a + b + c"));
    mixer.set_solo("a", -1, true);
    mixer.objective();
    mixer.follow(parse_objective("a + b"), {}, true);
    EXPECT_FALSE(mixer.any_solo()) << "b is heard, so nobody is alone";
}

}  // namespace
}  // namespace reverie
