#include "src/cli/options.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "src/cli/commands.h"
#include "src/media/rate_text.h"
#include "src/render/param_schedule.h"
#include "src/render/recipe.h"
#include "src/util/error.h"
#include "src/util/size.h"
#include "src/util/time_text.h"

namespace reverie {
namespace {

TEST(ParseSize, ReadsSidesAndKeepsTheAspect) {
    const struct {
        const char* text;
        SizeRequest request;
        Size of_640x360, of_7x5;
    } cases[] = {
        {"640x360", {640, 360}, {640, 360}, {640, 360}},
        {"320x", {320, 0}, {320, 180}, {320, 228}},
        {"x90", {0, 90}, {160, 90}, {126, 90}},
        {"1x1", {1, 1}, {1, 1}, {1, 1}},
        {"2x", {2, 0}, {2, 2}, {2, 2}},
        {"32768x32768", {32768, 32768}, {32768, 32768}, {32768, 32768}},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(parse_size(c.text), c.request) << c.text;
        EXPECT_EQ(choose_size(c.request, 640, 360), c.of_640x360) << c.text;
        EXPECT_EQ(choose_size(c.request, 7, 5), c.of_7x5) << c.text;
    }
    EXPECT_EQ(choose_size({}, 33, 17), (Size{33, 17}));
    for (const char* wrong : {"", "x", "640", "0x360", "640x0", "-1x5", "640x360x3", "40000x10",
                              "6.4x3", "axb", "640 x 360"}) {
        EXPECT_THROW(parse_size(wrong), UsageError) << wrong;
    }
}

TEST(ParseSeconds, ReadsClocksAndSeconds) {
    EXPECT_DOUBLE_EQ(parse_seconds("12.5", "--start"), 12.5);
    EXPECT_DOUBLE_EQ(parse_seconds("12.5s", "--start"), 12.5);
    EXPECT_DOUBLE_EQ(parse_seconds("0", "--start"), 0);
    EXPECT_DOUBLE_EQ(parse_seconds("1:30", "--start"), 90);
    EXPECT_DOUBLE_EQ(parse_seconds("1:02:03.5", "--start"), 3723.5);
    for (const char* wrong :
         {"", "x", "-1", "1:", ":1", "1.5:2", "1:2:3:4", "nan", "inf", "5%", "1:3s"}) {
        EXPECT_THROW(parse_seconds(wrong, "--start"), UsageError) << wrong;
    }
    try {
        parse_seconds("soon", "--duration");
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_STREQ(error.what(),
                     "--duration soon: expected a time, as in 12.5, 12.5s, 1:30 or 1:02:03");
    }
}

TEST(ParseRate, KnowsTheRatesOfNtsc) {
    EXPECT_EQ(parse_rate("25"), (Rational{25, 1}));
    EXPECT_EQ(parse_rate("12.5"), (Rational{12500, 1000}));
    EXPECT_EQ(parse_rate("29.97"), (Rational{30000, 1001}));
    EXPECT_EQ(parse_rate("23.976"), (Rational{24000, 1001}));
    EXPECT_EQ(parse_rate("59.94"), (Rational{60000, 1001}));
    EXPECT_EQ(parse_rate("30000/1001"), (Rational{30000, 1001}));
    for (const char* wrong : {"", "0", "-5", "25/0", "0/1", "fast", "1e9", "25/1/1"}) {
        EXPECT_THROW(parse_rate(wrong), UsageError) << wrong;
    }
}

TEST(ClockText, IsShort) {
    EXPECT_EQ(clock_text(-1), "0:00");
    EXPECT_EQ(clock_text(7.4), "0:07");
    EXPECT_EQ(clock_text(59.6), "1:00");
    EXPECT_EQ(clock_text(125), "2:05");
    EXPECT_EQ(clock_text(3723), "1:02:03");
}

TEST(ParamSchedule, WhatIsSetByHandWinsOverScoreAndPreset) {
    ParamOptions options;
    options.preset = "classic";
    options.score = "journey";
    options.sets = {"octaves=5", "chroma=2"};
    options.seed = 11;
    const ParamSchedule schedule(options, Params());
    for (const double time_s : {0.0, 3.3, 10.0}) {
        const Params params = schedule.at(time_s, 10);
        EXPECT_EQ(params.octaves, 5);
        EXPECT_FLOAT_EQ(params.chroma, 2);
        EXPECT_EQ(params.seed, 11);
    }
    EXPECT_NE(schedule.at(0, 10).objective, schedule.at(6, 10).objective);
    EXPECT_FLOAT_EQ(schedule.at(0, 10).strength, 0);
    EXPECT_TRUE(schedule.needs_duration());
    options.objective = "4c";
    const ParamSchedule held(options, Params());
    EXPECT_EQ(to_text(held.at(6, 10).objective), "4c");
}

TEST(ParamSchedule, EachObjectiveCanBeReplaced) {
    ParamOptions options;
    options.preset = "classic";
    std::vector<ScheduledObjective> met;
    const auto replace = [&met](const ScheduledObjective& scheduled) {
        met.push_back(scheduled);
        return parse_objective("3a");
    };
    ParamSchedule preset(options, Params());
    preset.each_objective(replace);
    ASSERT_EQ(met.size(), 1U);
    EXPECT_EQ(to_text(met[0].objective), "inception_4c");
    EXPECT_EQ(met[0].where.rfind("presets/classic.toml:", 0), 0U) << met[0].where;
    EXPECT_FALSE(met[0].by_hand);
    EXPECT_EQ(to_text(preset.at(0, 10).objective), "3a");

    options.score = "journey";
    ParamSchedule score(options, Params());
    met.clear();
    score.each_objective(replace);
    EXPECT_GT(met.size(), 5U);
    for (const double time_s : {0.0, 3.3, 10.0})
        EXPECT_EQ(to_text(score.at(time_s, 10).objective), "3a");

    // A score does not change what the command line sets.
    options.objective = "4c";
    ParamSchedule held(options, Params());
    met.clear();
    held.each_objective(replace);
    ASSERT_EQ(met.size(), 1U);
    EXPECT_TRUE(met[0].by_hand);
    EXPECT_EQ(to_text(held.at(6, 10).objective), "3a");
}

TEST(ParamSchedule, WrongValuesByHandAreWrongUse) {
    for (const char* wrong : {"steb=1", "step=99", "step", "objective=a b", "=1"}) {
        ParamOptions options;
        options.sets = {wrong};
        EXPECT_THROW(ParamSchedule(options, Params()), UsageError) << wrong;
    }
}

TEST(Recipe, NamesNoPlaces) {
    const std::pair<const char*, const char*> cases[] = {
        {"clip.mp4", "clip.mp4"},
        {"/srv/show/clip.mp4", "clip.mp4"},
        {"frames/", "frames"},
        {"frames/%05d.png", "%05d.png"},
        {"odd?name.mp4", "odd?name.mp4"},
        {"pattern:walker", "pattern:walker"},
        {"camera:0", "camera:0"},
        {"-", "-"},
        {"", ""},
        {"/", "/"},
        {"https://me:secret@host.org/a/clip.mp4?token=secret#1", "clip.mp4"},
        {"https://host.org/a/b?path=/etc/x", "b"},
    };
    for (const auto& [path, name] : cases) EXPECT_EQ(without_place(path), name) << path;
}

std::string complaint(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "reverie");
    try {
        parse_command_line(static_cast<int>(arguments.size()), arguments.data());
    } catch (const UsageError& error) {
        return error.what();
    }
    return "no complaint";
}

TEST(CommandLine, ComplainsInOneClearLine) {
    const struct {
        std::vector<const char*> arguments;
        const char* complaint;
    } cases[] = {
        {{},
         "there is no command after reverie; use one of live, render, still, zoom, draft, atlas, "
         "sees, "
         "show, queue, list, weights, doctor, lab"},
        {{"rendr"}, "unknown command 'rendr'; did you mean render?"},
        {{"fly", "away"}, "unknown command 'fly'; reverie --help shows what there is"},
        {{"list", "presents"}, "unknown command 'presents'; did you mean presets?"},
        {{"lab"},
         "there is no command after reverie lab; use one of gradient, flow, bench, coherence, "
         "late, mask, usual, beats, shots"},
        {{"live", "--stream", "--headless"},
         "--stream: its value is missing before --headless; reverie live --help shows what there "
         "is"},
        {{"render", "a", "-o", "--overwrite"},
         "--output: its value is missing before --overwrite; reverie render --help shows what "
         "there is"},
        {{"render", "a", "-o", "b", "--scroe", "x"},
         "unexpected '--scroe'; did you mean --score, --size or --shot?"},
        {{"render", "a", "-o", "b", "extra"},
         "unexpected 'extra'; reverie render --help shows what there is"},
        {{"render", "a"}, "--output is required; reverie render --help shows what there is"},
        {{"doctor", "--precision", "f64"},
         "--precision: f64 not in {auto,f32,bf16,f16,exact}; reverie doctor --help shows what "
         "there "
         "is"},
    };
    for (const auto& c : cases) EXPECT_EQ(complaint(c.arguments), c.complaint);
    EXPECT_EQ(complaint({"--quiet", "render", "a", "-o", "b", "--threads", "2", "--set", "a=1",
                         "--set", "b=2"}),
              "no complaint");
    EXPECT_EQ(complaint({"list", "params", "--device", "cpu"}), "no complaint");
}

}  // namespace
}  // namespace reverie
