// Modulation: how it is written, and how it is played.
#include "src/control/modulation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <sstream>

#include "src/control/modulation_file.h"
#include "src/control/preset.h"
#include "src/control/score.h"
#include "src/control/toml_params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

Modulation modulation_of(const std::string& text) {
    return read_modulation(parse_toml(text, "m.toml"), "m.toml");
}

std::string complaint_about(const std::string& route) {
    try {
        modulation_of("[[modulation]]\n" + route + "\n");
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

const std::string kStrength = "target = \"strength\"\nsource = ";

TEST(ReadModulation, ReadsWhatItWrites) {
    const Modulation read = modulation_of(
        "[[modulation]]\ntarget = \"strength\"\nsource = \"beat\"\namount = 1.5\ncurve = "
        "\"square\"\n"
        "attack = 0.02\nrelease = 0.3\nlow = 0.25\nhigh = 3\n"
        "[[modulation]]\ntarget = \"4c:17\"\nsource = \"sine\"\nbeats = 8\nphase = 0.5\namount = "
        "-1\n"
        "[[modulation]]\ntarget = \"zoom\"\nsource = \"theremin\"\n");
    ASSERT_EQ(read.routes.size(), 3U);
    EXPECT_EQ(read.routes[0].amount, 1.5);
    EXPECT_EQ(read.routes[0].curve, ModulationCurve::square);
    EXPECT_EQ(*read.routes[0].low, 0.25);
    EXPECT_EQ(read.routes[1].beats, 8);
    EXPECT_EQ(read.routes[1].at, "m.toml:10");
    EXPECT_NE(read.unknown_sources().find("theremin"), std::string::npos);
    std::ostringstream text;
    text << toml::table{{"modulation", modulation_tables(read)}};
    Modulation again = modulation_of(text.str());
    ASSERT_EQ(again.routes.size(), 3U);
    for (size_t i = 0; i < 3; ++i) again.routes[i].at = read.routes[i].at;
    EXPECT_EQ(again, read);
}

TEST(ReadModulation, ComplainsWithFileAndLine) {
    const struct {
        std::string route, complaint;
    } cases[] = {
        {"source = \"beat\"", "m.toml:1: the modulation has no target"},
        {"target = \"strength\"", "m.toml:1: the modulation has no source"},
        {"target = \"strenght\"\nsource = \"beat\"",
         "m.toml:2: unknown parameter 'strenght'; did you"},
        {"target = \"flow\"\nsource = \"beat\"", "m.toml:2: flow is no number"},
        {"target = \"4c + 4d\"\nsource = \"beat\"", "m.toml:2: '4c + 4d' is not one layer"},
        {"target = \"4c 4d\"\nsource = \"beat\"", "m.toml:2: objective '4c 4d', position 4"},
        {kStrength + "3", "m.toml:3: source takes a string"},
        {kStrength + "\"sine\"", "m.toml:1: sine is a wave"},
        {kStrength + "\"sine\"\nhz = 1\nbeats = 2", "m.toml:1: sine is a wave"},
        {kStrength + "\"level\"\nhz = 1", "m.toml:1: level is no wave"},
        {kStrength + "\"beat\"\ncurve = \"sqare\"", "m.toml:4: curve 'sqare' is none of linear"},
        {kStrength + "\"beat\"\namount = nan", "m.toml:4: amount takes a number"},
        {kStrength + "\"beat\"\nattack = -1", "m.toml:4: attack takes a number from 0 to 60"},
        {kStrength + "\"sine\"\nhz = 999", "m.toml:4: hz takes a number"},
        {kStrength + "\"beat\"\nlow = 2\nhigh = 1", "m.toml:1: low is above high"},
        {kStrength + "\"beat\"\namout = 2", "m.toml:4: unknown key 'amout'"},
        {kStrength + "\"activation:4c + 4d\"", "m.toml:3: '4c + 4d' is not one layer"},
        {kStrength + "\"activation:4c\"\nhz = 1", "m.toml:1: activation:4c is no wave"},
    };
    for (const auto& c : cases)
        EXPECT_EQ(complaint_about(c.route).find(c.complaint), 0U) << c.route << "\n"
                                                                  << complaint_about(c.route);
    EXPECT_THROW(modulation_of("[modulation]\ntarget = \"step\"\n"), Error);
}

TEST(ReadModulation, StandsInPresetsAndScores) {
    const std::string route = "[[modulation]]\ntarget = \"step\"\nsource = \"low\"\n";
    EXPECT_EQ(parse_preset("[params]\nstep = 2\n" + route, "p.toml").modulation.routes.size(), 1U);
    EXPECT_EQ(
        parse_score("[[keyframe]]\nat = 0\nstep = 2\n" + route, "s.toml").modulation.routes.size(),
        1U);
}

/// A route of a wave or a pulse, and its value by its definition.
TEST(Modulator, PlaysEachSource) {
    const double kPi = std::numbers::pi;
    const auto part = [](double x) { return x - std::floor(x); };
    const struct {
        const char* route;
        std::function<double(double)> value;  ///< of the time
    } cases[] = {
        {"source = \"sine\"\nhz = 0.5", [&](double t) { return std::sin(kPi * t); }},
        {"source = \"sine\"\nbeats = 4\nphase = 0.25", [&](double t) { return std::cos(kPi * t); }},
        {"source = \"saw\"\nhz = 2", [&](double t) { return 2 * part(2 * t) - 1; }},
        {"source = \"square\"\nhz = 2", [&](double t) { return part(2 * t) < 0.5 ? 1.0 : -1.0; }},
        {"source = \"triangle\"\nhz = 1",
         [&](double t) { return std::asin(std::sin(2 * kPi * t)) * 2 / kPi; }},
        {"source = \"beat\"", [&](double t) { return 1 - part(2 * t); }},
        {"source = \"bar\"\ncurve = \"square\"",
         [&](double t) { return std::pow(1 - part(t / 2), 2); }},
        {"source = \"level\"\ncurve = \"root\"", [](double t) { return std::sqrt(t / 10); }},
        {"source = \"theremin\"", [](double) { return 0.0; }},
    };
    for (const auto& c : cases) {
        Modulator modulator;
        modulator.set(modulation_of(
            std::string("[[modulation]]\ntarget = \"rotation\"\namount = 10\n") + c.route + "\n"));
        const auto hear = [](double t) {
            Heard heard;
            heard.sound.level = static_cast<float>(t / 10);
            heard.beat = 2 * t;  // 120 bpm
            return heard;
        };
        for (int i = 0; i < 90; ++i) {
            const double t = 0.013 + i * 0.11;
            Params base;
            base.rotation = 3;
            EXPECT_NEAR(modulator.at(t, base, hear).rotation, 3 + 10 * c.value(t), 0.01)
                << c.route << " at " << t;
        }
    }
}

TEST(Modulator, OfARandomWaveIsSmoothWanderingAndTheSameAgain) {
    const Modulation wave = modulation_of(
        "[[modulation]]\ntarget = \"rotation\"\nsource = \"random\"\nhz = 1\namount = 100\n");
    Modulator one, other;
    one.set(wave);
    other.set(wave);
    double low = 1e9, high = -1e9, before = 0;
    for (int i = 0; i < 3000; ++i) {
        const double t = i / 30.0;
        const double value = one.at(t, Params(), [](double) { return Heard(); }).rotation;
        EXPECT_EQ(other.at(t, Params(), [](double) { return Heard(); }).rotation, value);
        if (i > 0) {
            EXPECT_LT(std::abs(value - before), 2 * 100 * 1.5 * 0.04 + 0.1) << i;
        }
        before = value;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    EXPECT_LT(low, -60);
    EXPECT_GT(high, 60);
}

TEST(Modulator, FollowsARiseAndAFallAsSlowlyAsItIsTold) {
    Modulator modulator;
    modulator.set(
        modulation_of("[[modulation]]\ntarget = \"strength\"\nsource = \"level\"\n"
                      "attack = 0.2\nrelease = 0.5\n"));
    const auto hear = [](double t) {
        Heard heard;
        heard.sound.level = t >= 1 && t < 3 ? 1 : 0;
        return heard;
    };
    Params base;
    base.strength = 0;
    for (double t = 0; t < 5; t += 1 / 24.0) {
        const double value = modulator.at(t, base, hear).strength;
        const double there = t < 1 ? 0 : 1 - std::exp(-(std::min(t, 3.0) - 1) / 0.2);
        const double expected = t < 3 ? there : there * std::exp(-(t - 3) / 0.5);
        EXPECT_NEAR(value, expected, 0.06) << t;
    }
}

TEST(Modulator, AddsUpRoutesAndKeepsToLimits) {
    Modulator modulator;
    modulator.set(modulation_of(
        "[[modulation]]\ntarget = \"strength\"\nsource = \"level\"\namount = 0.4\n"
        "[[modulation]]\ntarget = \"strength\"\nsource = \"low\"\namount = -9\nlow = 0.3\n"
        "[[modulation]]\ntarget = \"octaves\"\nsource = \"level\"\namount = 0.6\n"
        "[[modulation]]\ntarget = \"octaves\"\nsource = \"level\"\namount = 0.6\n"
        "[[modulation]]\ntarget = \"step\"\nsource = \"level\"\namount = 1000\n"));
    Heard heard;
    heard.sound.level = 1;
    const auto hear = [&](double) { return heard; };
    const Params moved = modulator.at(0.5, Params(), hear);
    EXPECT_FLOAT_EQ(moved.strength, 1.4F);
    EXPECT_EQ(moved.octaves, 3);  // 2 + 1.2, rounded once
    EXPECT_EQ(moved.step, 32);
    heard.sound.low = 1;
    EXPECT_FLOAT_EQ(modulator.at(0.6, Params(), hear).strength, 0.3F);
}

TEST(Modulator, MovesLayersAsTheNetworkNamesThem) {
    Modulation modulation = modulation_of(
        "[[modulation]]\ntarget = \"4c\"\nsource = \"level\"\namount = 2\n"
        "[[modulation]]\ntarget = \"4d:3\"\nsource = \"low\"\n");
    modulation.find_layers([](Objective layer) {
        layer.terms[0].layer = "inception_" + layer.terms[0].layer;
        return layer;
    });
    Modulator modulator;
    modulator.set(modulation);
    Heard heard;
    heard.sound.level = 0.5F;
    Params base;
    base.objective = parse_objective("inception_3a - inception_4c");
    const Params moved = modulator.at(0, base, [&](double) { return heard; });
    ASSERT_EQ(moved.objective.terms.size(), 3U);
    EXPECT_EQ(moved.objective.terms[0].weight, 1);
    EXPECT_EQ(moved.objective.terms[1].weight, 0);
    // The term stays, although its weight is 0: so the dream's plan stays the same.
    EXPECT_EQ(moved.objective.terms[2], (Term{"inception_4d", 3, 0}));
    modulation.routes[0].at = "p.toml:4";
    try {
        modulation.find_layers([](const Objective&) -> Objective { throw Error("no such layer"); });
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "p.toml:4: no such layer");
    }
}

TEST(Modulator, MissesNothingBetweenTwoPictures) {
    Modulator modulator;
    modulator.set(modulation_of("[[modulation]]\ntarget = \"strength\"\nsource = \"onset\"\n"));
    const auto hear = [](double t) {
        Heard heard;
        heard.sound.onset = std::abs(t - 0.51) < 0.001 ? 1 : 0;
        return heard;
    };
    Params base;
    base.strength = 0;
    std::vector<double> seen;
    for (int i = 0; i < 10; ++i) seen.push_back(modulator.at(i / 10.0, base, hear).strength);
    EXPECT_EQ(seen[5], 0);
    EXPECT_GT(seen[6], 0.3);
}

TEST(MixModulation, FadesWhatIsNotTheSame) {
    const Modulation a = modulation_of(
        "[[modulation]]\ntarget = \"strength\"\nsource = \"beat\"\n"
        "[[modulation]]\ntarget = \"zoom\"\nsource = \"low\"\n");
    const Modulation b =
        modulation_of("[[modulation]]\ntarget = \"strength\"\nsource = \"beat\"\namount = 3\n");
    const Modulation mixed = mix(a, b, 0.25);
    ASSERT_EQ(mixed.routes.size(), 2U);
    EXPECT_DOUBLE_EQ(mixed.routes[0].amount, 0.75 * 1 + 0.25 * 3);
    EXPECT_DOUBLE_EQ(mixed.routes[1].amount, 0.75);
    EXPECT_EQ(mix(a, b, 0).routes.size(), 2U);
    EXPECT_EQ(mix(a, b, 1).routes.size(), 1U);
    // A source that continues does not start again.
    Modulator modulator;
    modulator.set(a);
    Heard heard;
    heard.sound.low = 1;
    heard.beat = 0.5;
    modulator.at(1, Params(), [&](double) { return heard; });
    modulator.set(mixed);
    EXPECT_EQ(modulator.values()[1], 1);
}

/// What a picture does to a parameter, by the definition of the smoothing.
TEST(Modulator, FollowsThePicture) {
    Modulation moves = modulation_of(
        "[[modulation]]\ntarget = \"rotation\"\nsource = \"motion\"\namount = 10\n"
        "[[modulation]]\ntarget = \"pan_x\"\nsource = \"presence\"\nattack = 1\nrelease = 1\n"
        "[[modulation]]\ntarget = \"pan_y\"\nsource = \"activation:4c:17\"\namount = -1\n"
        "[[modulation]]\ntarget = \"chroma\"\nsource = \"activation:9z\"\n");
    moves.find_layers([](const Objective& objective) {
        if (to_text(objective) == "9z") throw Error("no such layer");
        return parse_objective("inception_" + to_text(objective));
    });
    EXPECT_NE(moves.unknown_sources().find("activation:9z"), std::string::npos);
    const SightWish wish = moves.wish();
    EXPECT_TRUE(wish.motion && wish.presence);
    ASSERT_EQ(wish.layers.size(), 1U);
    EXPECT_EQ(wish.layers[0], (Term{"inception_4c", 17, 1}));
    EXPECT_FALSE(moves.hears());
    Modulator modulator;
    modulator.set(moves);
    const auto deaf = [](double) { return Heard(); };
    const Params base;
    modulator.at(0, base, deaf);
    Seen seen;
    seen.motion = 1;
    seen.presence = 1;
    seen.layers = {{{"inception_4c", 17, 1}, 0.5F}};
    modulator.see(seen);
    const Params risen = modulator.at(0.2, base, deaf);
    EXPECT_NEAR(risen.rotation, 10 * (1 - std::exp(-0.2 / 0.1)), 1e-3);  // a tenth of a second
    EXPECT_NEAR(risen.pan_x, 1 - std::exp(-0.2), 1e-4);
    EXPECT_NEAR(risen.pan_y, -0.5 * (1 - std::exp(-0.2 / 0.1)), 1e-4);
    EXPECT_EQ(risen.chroma, base.chroma);
    modulator.see({});
    const Params fallen = modulator.at(0.7, base, deaf);
    EXPECT_NEAR(fallen.rotation, risen.rotation * std::exp(-0.5 / 0.1), 1e-3);
    EXPECT_NEAR(fallen.pan_x, risen.pan_x * std::exp(-0.5), 1e-4);
}

TEST(Modulation, GoesAlongToAnotherNetwork) {
    Modulation moves = modulation_of(
        "[[modulation]]\ntarget = \"3a\"\nsource = \"activation:4c\"\n"
        "[[modulation]]\ntarget = \"strength\"\nsource = \"activation:3a\"\n");
    moves.find_layers([](const Objective& objective) { return objective; });
    moves.map_layers([](const Objective& objective) {
        if (objective.terms[0].layer == "3a") throw Error("nothing like it");
        return parse_objective("mixed_5");
    });
    EXPECT_TRUE(moves.routes[0].layers.terms.empty());
    EXPECT_EQ(to_text(moves.routes[0].watched), "mixed_5");
    EXPECT_TRUE(moves.routes[1].watched.terms.empty());
    EXPECT_NE(moves.unknown_sources().find("activation:3a"), std::string::npos);
}

}  // namespace
}  // namespace reverie
