// What keeps an installation going without a device: the walk through presets, the watchdog, and
// the state that is restored.
#include <gtest/gtest.h>

#include "src/control/modulation_edit.h"
#include "src/show/installation/preset_walk.h"
#include "src/show/show_state.h"
#include "src/show/watchdog.h"
#include "src/util/error.h"

namespace reverie {
namespace {

TEST(PresetWalk, GoesThroughAllOfThemInTime) {
    PresetWalk walk({"a", "b", "c"}, 10);
    std::string seen;
    for (int i = 0; i < 450; ++i) {
        if (const auto due = walk.advance(0.1)) seen += *due;
    }
    EXPECT_EQ(seen, "abca");
    EXPECT_EQ(walk.next(), "b");
    EXPECT_NEAR(walk.left_s(), 5, 0.2);
}

TEST(PresetWalk, IsSkippedFollowedAndStopped) {
    PresetWalk walk({"a", "b", "c"}, 10);
    walk.advance(9);
    EXPECT_EQ(walk.skip(), "a");
    EXPECT_EQ(walk.left_s(), 10);
    walk.follow("c");
    EXPECT_EQ(walk.next(), "a");
    walk.follow("mine");
    EXPECT_EQ(walk.next(), "a");
    walk.set_every(0);
    EXPECT_EQ(walk.advance(1e6), std::nullopt);
    walk.set_every(2);
    EXPECT_EQ(walk.advance(1.9), std::nullopt);
    EXPECT_EQ(walk.advance(0.2), "a");
}

TEST(PresetWalk, WhatCannotBeUsedIsLeftOut) {
    PresetWalk walk({"a", "b", "c"}, 1);
    EXPECT_EQ(walk.skip(), "a");
    EXPECT_TRUE(walk.drop("a"));
    EXPECT_EQ(walk.skip(), "b");
    EXPECT_EQ(walk.skip(), "c");
    EXPECT_TRUE(walk.drop("c"));
    EXPECT_EQ(walk.skip(), "b");
    EXPECT_FALSE(walk.drop("b"));
    EXPECT_EQ(walk.skip(), std::nullopt);
    EXPECT_EQ(walk.advance(100), std::nullopt);
    EXPECT_EQ(walk.next(), "");
    EXPECT_EQ(PresetWalk({}, 5).advance(6), std::nullopt);
}

/// The health of a show without problems, a second later.
ShowHealth well(const ShowHealth& before) {
    ShowHealth health = before;
    health.time_s += 1;
    health.changed = true;
    health.dreams += 6;
    return health;
}

TEST(Watchdog, LeavesAloneWhatMoves) {
    Watchdog dog;
    ShowHealth health;
    for (int i = 0; i < 100'000; ++i) {
        health = well(health);
        ASSERT_EQ(dog.look(health), Remedy::none);
    }
    EXPECT_EQ(dog.reason(), "");
}

TEST(Watchdog, OpensAStuckSourceAgainEverMoreRarely) {
    Watchdog dog;
    ShowHealth health;
    std::vector<double> opened;
    for (int i = 0; i < 4000; ++i) {
        health = well(health);
        health.source_age_s = i;
        if (dog.look(health) == Remedy::reopen_source) opened.push_back(health.time_s);
    }
    ASSERT_GT(opened.size(), 5U);
    EXPECT_NEAR(opened[0], WatchdogPatience().source_s + 1, 1.1);
    for (size_t i = 2; i < opened.size(); ++i)
        EXPECT_GE(opened[i] - opened[i - 1], opened[i - 1] - opened[i - 2]);
    EXPECT_LE(opened.back() - opened[opened.size() - 2], 601);
    EXPECT_EQ(dog.reopened(), static_cast<int64_t>(opened.size()));
    EXPECT_NE(dog.reason(), "");
    // It recovers, and hangs again soon.
    for (int i = 0; i < 20; ++i) {
        health = well(health);
        health.source_age_s = 0.03;
        EXPECT_EQ(dog.look(health), Remedy::none);
    }
}

TEST(Watchdog, ACameraThatRepeatsItselfIsOpenedAgain) {
    Watchdog dog;
    ShowHealth health;
    int opened = 0;
    for (int i = 0; i < 100; ++i) {
        health = well(health);
        health.source_repeats = true;
        opened += dog.look(health) == Remedy::reopen_source ? 1 : 0;
    }
    EXPECT_EQ(opened, 1);
    // Not while it may stand still.
    Watchdog other;
    for (int i = 0; i < 1000; ++i) {
        health = well(health);
        health.may_stand = true;
        ASSERT_EQ(other.look(health), Remedy::none);
    }
}

TEST(Watchdog, GivesUpOnDeadDreamsAndOnAPictureThatStands) {
    const WatchdogPatience patience;
    for (const bool dreams : {true, false}) {
        Watchdog dog;
        ShowHealth health;
        Remedy remedy = Remedy::none;
        int seconds = 0;
        for (; seconds < 1000 && remedy == Remedy::none; ++seconds) {
            const ShowHealth before = health;
            health = well(health);
            if (dreams) health.changed = false;
            if (!dreams) health.dreams = before.dreams;
            remedy = dog.look(health);
        }
        EXPECT_EQ(remedy, Remedy::give_up);
        EXPECT_NEAR(seconds, dreams ? patience.picture_s : patience.dreams_s, 3);
    }
    // Held on purpose.
    Watchdog dog;
    ShowHealth health;
    health.may_stand = true;
    health.dreams_expected = false;
    for (int i = 0; i < 1000; ++i) {
        health.time_s += 1;
        ASSERT_EQ(dog.look(health), Remedy::none);
    }
    // A machine that slept for an hour.
    health = well(health);
    health.time_s += 3600;
    EXPECT_EQ(dog.look(health), Remedy::none);
}

ShowState some_state() {
    ShowState state;
    state.source = "camera:Brio \"4K\"";
    state.network = "inception_v3";
    state.preset = "fur";
    state.params.strength = 1.37F;
    state.params.octave_ratio = 1.4F;
    state.params.objective = parse_objective("0.8*inception_3b + inception_4c:17");
    state.params.flow = false;
    state.installation.thresholds.moving_above = 0.021F;
    state.installation.attract = AttractMode::memory;
    state.installation.walk_s = 90;
    state.installation.dream_when_still = true;
    state.layout = {"wipe", true, true, true, 270, 2, 1};
    state.outputs = {{"stream", "rtmp://a.example/live/key"}, {"record", ""}};
    return state;
}

TEST(ShowState, IsReadBackAsItWas) {
    EXPECT_EQ(parse_state(to_toml(some_state()), "s"), some_state());
    EXPECT_EQ(parse_state(to_toml(ShowState()), "s"), ShowState());
    // What moves, also by a source of another version; and that nothing does.
    ShowState moved = some_state();
    moved.modulation = Modulation{{new_route("strength", "beat", false),
                                   with_source(new_route("4c:17", "sine", true), "theremin", true),
                                   new_route("zoom", "activation:3b:5", false)}};
    ShowState read = parse_state(to_toml(moved), "s");
    for (ModulationRoute& route : read.modulation->routes) route.at.clear();
    EXPECT_EQ(read, moved);
    moved.modulation = Modulation();
    EXPECT_EQ(parse_state(to_toml(moved), "s"), moved);
    // What is painted.
    ShowState painted = some_state();
    painted.brush = {true, {{{{0.1F, 1.0F / 3}, {-0.2F, 1}}, 0.07F, 0.4F, true}, {{{0, 0}}}}};
    EXPECT_EQ(parse_state(to_toml(painted), "s"), painted);
    // What is left out has its default.
    EXPECT_EQ(parse_state("version = 1\n", "s"), ShowState());
}

TEST(ShowState, WhatIsDamagedIsNamedWithItsLine) {
    const auto complaint = [](const std::string& text) -> std::string {
        try {
            parse_state(text, "live.toml");
            return "";
        } catch (const Error& error) {
            return error.what();
        }
    };
    const std::pair<const char*, const char*> cases[] = {
        {"", "live.toml: it does not say its version"},
        {"version = 7\n", "version 7, newer"},
        {"version = 1\nwalk_s = \"x\"\n", "live.toml:2: walk_s takes a number from 0"},
        {"version = 1\nstill_below = nan\n", "live.toml:2: still_below"},
        {"version = 1\nmoving_above = 3\n", "live.toml:2: moving_above takes a number from 0 to 1"},
        {"version = 1\nfill = 1\n", "live.toml:2: fill takes true or false"},
        {"version = 1\nrotation = 45\n", "live.toml:2: rotation"},
        {"version = 1\nattract = \"dance\"\n", "live.toml:2: attract = dance"},
        {"version = 1\nattract = 3\n", "attract takes a string"},
        {"version = 1\nparams = 3\n", "live.toml:2: params"},
        {"version = 1\n[params]\nstep = 99\n", "live.toml:3: step = 99 is out of range"},
        {"version = 1\nmodulation = 3\n", "live.toml:2: modulation"},
        {"version = 1\nbrush = 3\n", "live.toml:2: brush"},
        {"version = 1\n[brush]\nstrokes = [{radius = 9, path = [0, 0]}]\n", "no brush has painted"},
        {"version = 1\noutputs = 3\n", "live.toml:2: outputs"},
        {"version = 1\noutputs = [1]\n", "live.toml:2: an output"},
        {"version = 1\nsource = [\n", "live.toml:"},
    };
    for (const auto& [text, words] : cases)
        EXPECT_NE(complaint(text).find(words), std::string::npos) << text << complaint(text);
    // Cut off anywhere, it is read or refused, and nothing else happens.
    const std::string whole = to_toml(some_state());
    for (size_t length = 0; length < whole.size(); ++length) complaint(whole.substr(0, length));
}

}  // namespace
}  // namespace reverie
