#include "src/control/preset.h"

#include <gtest/gtest.h>

#include "src/util/error.h"

namespace reverie {
namespace {

TEST(ParsePreset, SetsWhatItNamesAndNothingElse) {
    const Preset preset = parse_preset(
        "title = \"A\"\ndescription = \"B\"\n[params]\nobjective = \"a - 2*b\"\noctaves = 3\nstep "
        "= 2\nflow = false\n",
        "a.toml");
    EXPECT_EQ(preset.title, "A");
    EXPECT_EQ(preset.description, "B");
    Params params, expected;
    params.seed = expected.seed = 9;
    preset.apply(params);
    expected.objective = parse_objective("a - 2*b");
    expected.octaves = 3;
    expected.step = 2;
    expected.flow = false;
    EXPECT_EQ(params, expected);
}

TEST(ParsePreset, ComplainsWithFileAndLine) {
    const struct {
        const char* text;
        const char* complaint;
    } cases[] = {
        {"[params]\nstep = \"big\"\n", "p.toml:2: step takes a number, not a string"},
        {"[params]\n\nstep = true\n", "p.toml:3: step takes a number, not true or false"},
        {"[params]\nflow = 1\n", "p.toml:2: flow takes true or false, not a number"},
        {"[params]\nobjective = 3\n",
         "p.toml:2: objective takes an expression in quotes, not a number"},
        {"[params]\nobjective = \"a b\"\n",
         "p.toml:2: objective 'a b', position 3: expected +, - or the end, found 'b'"},
        {"[params]\nstep = [1, 2]\n", "p.toml:2: step takes a number, not an array"},
        {"[params]\nstep = 33\n", "p.toml:2: step = 33 is out of range: step takes 0 to 32"},
        {"[params]\noctaves = 2.5\n", "p.toml:2: octaves = 2.5: octaves takes whole numbers"},
        {"[params]\nstep = nan\n", "p.toml:2: step = nan is out of range: step takes 0 to 32"},
        {"title = \"x\"\n[params]\nstepp = 1\n",
         "p.toml:3: unknown parameter 'stepp'; did you mean step?"},
        {"titel = \"x\"\n",
         "p.toml:1: unknown key 'titel'; a preset has title, description, [params] "
         "and [[modulation]]; did you mean title?"},
        {"title = 3\n", "p.toml:1: title takes a string, not a number"},
        {"params = 3\n", "p.toml:1: params is not a table; write [params] on a line of its own"},
    };
    for (const auto& c : cases) {
        try {
            parse_preset(c.text, "p.toml");
            ADD_FAILURE() << c.text;
        } catch (const Error& error) {
            EXPECT_STREQ(error.what(), c.complaint);
        }
    }
}

TEST(ParsePreset, BrokenTomlIsOneLineWithItsNumber) {
    try {
        parse_preset("title = \"x\"\n[params\nstep = 1\n", "p.toml");
        FAIL();
    } catch (const Error& error) {
        const std::string what = error.what();
        EXPECT_EQ(what.rfind("p.toml:2: ", 0), 0U) << what;
        EXPECT_EQ(what.find('\n'), std::string::npos);
    }
}

}  // namespace
}  // namespace reverie
