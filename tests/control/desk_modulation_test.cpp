// What a hand does to the modulation at the desk: routes, undo, and fades that are on their way.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "src/control/desk.h"
#include "src/control/modulation_edit.h"
#include "src/control/modulation_file.h"
#include "src/control/toml_params.h"
#include "src/util/error.h"

namespace reverie {
namespace {

class DeskModulation : public ::testing::Test {
  protected:
    static Preset preset(const std::string& name) {
        const std::string amount = name == "wild" ? "2" : "1";
        return parse_preset(
            "[params]\nstep = 3\n[[modulation]]\ntarget = \"strength\"\nsource = "
            "\"beat\"\namount = " +
                amount + "\n",
            name + ".toml");
    }
    DeskWorld world() {
        DeskWorld world;
        world.load = preset;
        // A network with one layer.
        world.from_portable = [](const Objective& objective) {
            for (const Term& term : objective.terms)
                require(term.layer == "4c", "unknown layer " + term.layer);
            return objective;
        };
        return world;
    }
    static Params plain() {
        Params params;
        params.objective = parse_objective("4c");
        return params;
    }
    void ask(Request request) {
        hand_.ask(std::move(request));
        desk_.apply();
    }
    const std::vector<ModulationRoute>& routes() const { return desk_.modulation().routes; }
    std::string said() {
        std::string text;
        for (const Notice& notice : notices_.take()) text += notice.text + "\n";
        return text;
    }

    Notices notices_;
    Desk desk_{plain(), notices_, world()};
    DeskClient hand_ = desk_.join("hand");
};

TEST_F(DeskModulation, RoutesComeAndGoAndAreUndone) {
    ask(request::SetRoute{0, new_route("strength", "beat", false), ""});
    ask(request::SetRoute{1, new_route("4c:17", "sine", true), ""});
    ASSERT_EQ(routes().size(), 2U);
    EXPECT_EQ(routes()[1].layers, parse_objective("4c:17")) << "found in the network";
    const std::vector<ModulationRoute> both = routes();
    ModulationRoute changed = both[0];
    changed.curve = ModulationCurve::cube;
    ask(request::SetRoute{0, changed, ""});
    ask(request::RemoveRoute{1});
    ASSERT_EQ(routes().size(), 1U);
    EXPECT_EQ(routes()[0], changed);
    ask(request::Undo{});
    ask(request::Undo{});
    EXPECT_EQ(routes(), both);
    ask(request::Undo{});
    ask(request::Undo{});
    EXPECT_TRUE(routes().empty());
    for (int i = 0; i < 4; ++i) ask(request::Redo{});
    ASSERT_EQ(routes().size(), 1U);
    EXPECT_EQ(routes()[0], changed);
    EXPECT_EQ(desk_.params(), plain()) << "the parameters are not concerned";
    EXPECT_EQ(said(), "");
}

TEST_F(DeskModulation, AHandAtAFaderIsOneStep) {
    ask(request::SetRoute{0, new_route("strength", "beat", false), ""});
    ask(request::Touch{route_control(0)});
    for (int i = 1; i <= 20; ++i) {
        ask(request::SetRouteAmount{0, 0.1 * i});
        desk_.advance(0.2);
    }
    ask(request::Release{route_control(0)});
    EXPECT_NEAR(routes()[0].amount, 2, 1e-9);
    ask(request::Undo{});
    EXPECT_EQ(routes()[0], new_route("strength", "beat", false));
}

TEST_F(DeskModulation, UndoOfAPresetTakesBackWhatMovesToo) {
    ask(request::SetRoute{0, new_route("zoom", "level", false), ""});
    const Modulation before = desk_.modulation();
    ask(request::LoadPreset{"calm", 2});
    desk_.advance(1);
    ASSERT_EQ(routes().size(), 2U) << "half of both";
    ask(request::Undo{});
    EXPECT_EQ(desk_.modulation(), before);
    EXPECT_EQ(desk_.params(), plain());
    desk_.advance(5);
    EXPECT_EQ(desk_.modulation(), before) << "the fade does not come back";
}

TEST_F(DeskModulation, WhatIsChangedInAFadeStays) {
    ask(request::LoadPreset{"calm", 0});
    ask(request::LoadPreset{"wild", 2});
    desk_.advance(1);
    EXPECT_NEAR(routes()[0].amount, 1.5, 1e-9);
    ask(request::SetRouteAmount{0, -3});
    desk_.advance(0.5);
    EXPECT_EQ(routes()[0].amount, -3);
    desk_.advance(5);
    EXPECT_EQ(routes()[0].amount, -3);
    EXPECT_EQ(desk_.params().step, 3);
}

TEST_F(DeskModulation, SaysWhatItCannotDoAndLosesNothing) {
    ask(request::SetRoute{0, new_route("strength", "beat", false), ""});
    const Modulation before = desk_.modulation();
    const struct {
        Request request;
        const char* words;
    } cases[] = {
        {request::RemoveRoute{1}, "there is no modulation 2; there are 1"},
        {request::RemoveRoute{-1}, "there is no modulation 0"},
        {request::SetRouteAmount{7, 1}, "there is no modulation 8"},
        {request::SetRoute{2, new_route("zoom", "beat", false), ""}, "there is no modulation 3"},
        {request::SetRoute{1, new_route("flow", "beat", false), ""}, "flow is no number"},
        {request::SetRoute{1, new_route("strenght", "beat", false), ""}, "unknown parameter"},
        {request::SetRoute{1, new_route("5b", "beat", false), ""}, "unknown layer 5b"},
    };
    for (const auto& c : cases) {
        ask(c.request);
        EXPECT_NE(said().find(c.words), std::string::npos) << c.words;
        EXPECT_EQ(desk_.modulation(), before) << c.words;
    }
    for (size_t i = 1; i < kMostRoutes; ++i)
        ask(request::SetRoute{static_cast<int>(i), new_route("zoom", "low", false), ""});
    EXPECT_EQ(said(), "");
    ask(request::SetRoute{static_cast<int>(kMostRoutes), new_route("zoom", "low", false), ""});
    EXPECT_NE(said().find("remove one first"), std::string::npos);
    EXPECT_EQ(routes().size(), kMostRoutes);
}

/// The reader of files is the judge of what is in order.
bool can_be_read(const ModulationRoute& route) {
    std::ostringstream text;
    text << toml::table{{"modulation", modulation_tables({{route}})}};
    Modulation read = read_modulation(parse_toml(text.str(), "m.toml"), "m.toml");
    read.routes[0].at = route.at;
    read.routes[0].layers = route.layers;
    return read.routes[0] == route;
}

TEST(ModulationEdit, WhatAHandMakesAFileHolds) {
    for (const char* target : {"strength", "zoom", "octaves", "rotation", "half_life", "4c:17"}) {
        for (const ModulationSource& source : kModulationSources) {
            if (source.is_named()) continue;  // the name is a placeholder
            for (const bool tempo : {false, true}) {
                const ModulationRoute made = new_route(target, std::string(source.name), tempo);
                EXPECT_NE(made.amount, 0);
                EXPECT_EQ(made.beats > 0, source.wave() && tempo);
                EXPECT_TRUE(can_be_read(made)) << target << " " << source.name;
                for (const ModulationSource& other : kModulationSources) {
                    if (other.is_named()) continue;
                    EXPECT_TRUE(can_be_read(with_source(made, std::string(other.name), tempo)))
                        << source.name << " " << other.name;
                }
            }
        }
    }
    EXPECT_TRUE(can_be_read(with_source(new_route("zoom", "sine", true), "theremin", true)));
}

TEST(ModulationEdit, NumbersOutOfRangeArePutInOrder) {
    ModulationRoute wrong;
    wrong.target = "strength";
    wrong.source = "saw";
    wrong.amount = std::numeric_limits<double>::quiet_NaN();
    wrong.attack_s = -1;
    wrong.release_s = HUGE_VAL;
    wrong.beats = wrong.hz = 1e9;
    wrong.phase = 7;
    wrong.low = 3;
    wrong.high = 2;
    const ModulationRoute ordered = in_order(wrong);
    EXPECT_TRUE(can_be_read(ordered));
    EXPECT_EQ(*ordered.low, 2);
    EXPECT_EQ(*ordered.high, 3);
    EXPECT_EQ(in_order(ordered), ordered);
}

TEST(ModulationEdit, ARouteWhoseSmoothingIsTurnedStaysWhereItStood) {
    Modulation modulation{{new_route("strength", "level", false)}};
    modulation.routes[0].attack_s = 10;
    Heard loud;
    loud.sound.level = 1;
    const auto hear = [&](double) { return loud; };
    Modulator modulator;
    modulator.set(modulation);
    modulator.at(0, Params(), hear);
    modulator.at(4, Params(), hear);
    const float stood = modulator.values()[0];
    EXPECT_GT(stood, 0.2F);
    modulation.routes[0].attack_s = 20;
    modulator.set(modulation);
    modulator.at(4.01, Params(), hear);
    EXPECT_NEAR(modulator.values()[0], stood, 0.01F);
    // Another source is another story.
    modulation.routes[0] = with_source(modulation.routes[0], "low", false);
    modulator.set(modulation);
    modulator.at(4.02, Params(), hear);
    EXPECT_EQ(modulator.values()[0], 0);
}

}  // namespace
}  // namespace reverie
