// Fades of parameters, compared with mixes of the presets at their ends.
#include "src/control/live_params.h"

#include <gtest/gtest.h>

#include "src/control/preset_library.h"
#include "src/util/error.h"

namespace reverie {
namespace {

Params preset(const std::string& name, Params params = {}) {
    load_preset(name).apply(params);
    return params;
}

TEST(LiveParams, APresetFadesInAndArrives) {
    LiveParams params{Params()};
    const Params from = params.now(), to = preset("bold");
    params.load("bold", 2);
    EXPECT_EQ(params.now(), from);
    params.advance(0.5);
    EXPECT_EQ(params.now(), mix(from, to, 0.25));
    params.advance(0.7);
    params.advance(5);
    EXPECT_EQ(params.now(), to);
    EXPECT_EQ(params.preset(), "bold");
    EXPECT_THROW(params.load("no such", 1), UsageError);
    EXPECT_EQ(params.now(), to);
}

TEST(LiveParams, WhatIsSetByHandStaysSetInAFade) {
    LiveParams params{Params()};
    params.load("bold", 2);
    Params hand;
    hand.strength = 0.3F;
    params.set(hand, {"strength"});
    params.advance(1);
    EXPECT_EQ(params.now().strength, 0.3F);
    params.advance(2);
    Params expected = preset("bold");
    expected.strength = 0.3F;
    EXPECT_EQ(params.now(), expected);
}

TEST(LiveParams, TheCrossfaderGoesFromOneEndToTheOther) {
    LiveParams params{Params()};
    params.crossfade("fur", "bold", 0);
    EXPECT_EQ(params.now(), preset("fur"));
    params.crossfade("fur", "bold", 0.25F);
    EXPECT_EQ(params.now(), mix(preset("fur"), preset("bold"), 0.25));
    params.run_crossfade(1, 3);
    params.advance(1.5);
    EXPECT_TRUE(params.crossfade().running);
    EXPECT_NEAR(params.crossfade().position, 0.75, 1e-6);
    params.advance(1.5);
    EXPECT_FALSE(params.crossfade().running);
    EXPECT_EQ(params.now(), preset("bold"));
}

}  // namespace
}  // namespace reverie
