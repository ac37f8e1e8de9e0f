#include "src/dream/params.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <set>

#include "src/util/error.h"

namespace reverie::params_test {
namespace {

std::string complaint(std::string_view key, std::string_view text) {
    try {
        Params params;
        set_param(params, key, text);
    } catch (const Error& error) {
        return error.what();
    }
    return "no complaint";
}

/// A value of each kind that differs from the default.
std::string other_value(const ParamInfo& info, const Params& params) {
    if (info.is_objective()) return "0.5*other:3 - more";
    if (info.is_flag()) return number_of(params, info) == 0 ? "true" : "false";
    return number_of(params, info) == info.low ? std::to_string(info.high)
                                               : std::to_string(info.low);
}

TEST(ParamTable, KeysAreUniqueAndEachMovesItsOwnFieldOnly) {
    std::set<std::string_view> keys;
    for (const ParamInfo& info : kParams) {
        EXPECT_TRUE(keys.insert(info.key).second) << info.key;
        Params changed;
        const std::string value =
            info.is_integer() ? std::to_string(static_cast<int>(
                                    number_of(changed, info) == info.low ? info.high : info.low))
                              : other_value(info, changed);
        set_param(changed, info.key, value);
        EXPECT_FALSE(changed == Params()) << info.key;
        for (const ParamInfo& other : kParams) {
            const bool same = get_param(changed, other.key) == get_param(Params(), other.key);
            EXPECT_EQ(same, other.key != info.key) << info.key << " and " << other.key;
        }
    }
}

TEST(ParamTable, DefaultsAreAsWritten) {
    const Params params;
    EXPECT_EQ(params.objective, parse_objective("inception_4d"));
    EXPECT_EQ(params.octaves, 2);
    EXPECT_FLOAT_EQ(params.octave_ratio, 1.4F);
    EXPECT_EQ(params.iterations, 2);
    EXPECT_FLOAT_EQ(params.step, 1.5F);
    EXPECT_EQ(params.jitter, 32);
    EXPECT_FLOAT_EQ(params.chroma, 0.5F);
    EXPECT_TRUE(params.flow);
    EXPECT_FLOAT_EQ(params.zoom, 1);
    EXPECT_EQ(params.seed, 0);
    for (const ParamInfo& info : kParams) {
        if (info.is_numeric()) {
            EXPECT_GE(number_of(params, info), info.low) << info.key;
            EXPECT_LE(number_of(params, info), info.high) << info.key;
        }
        EXPECT_EQ(get_param(params, info.key), info.initial) << info.key;
    }
}

TEST(SetParam, ReadsNumbersFlagsAndExpressions) {
    Params params;
    set_param(params, "step", " +2.5 ");
    EXPECT_FLOAT_EQ(params.step, 2.5F);
    set_param(params, "rotation", "-1e1");
    EXPECT_FLOAT_EQ(params.rotation, -10);
    set_param(params, "octaves", "3.0");
    EXPECT_EQ(params.octaves, 3);
    set_param(params, "seed", "2147483647");
    EXPECT_EQ(params.seed, 2147483647);
    for (const char* off : {"false", "off", "no", "0"}) {
        params.flow = true;
        set_param(params, "flow", off);
        EXPECT_FALSE(params.flow) << off;
    }
    for (const char* on : {"true", "on", "yes", "1"}) {
        params.flow = false;
        set_param(params, "flow", on);
        EXPECT_TRUE(params.flow) << on;
    }
    set_assignment(params, "objective = a + 2*b");
    EXPECT_EQ(to_text(params.objective), "a + 2*b");
    EXPECT_THROW(set_assignment(params, "step"), UsageError);
}

TEST(SetParam, ComplainsInOneClearLine) {
    const struct {
        const char* key;
        const char* text;
        const char* complaint;
    } cases[] = {
        {"steb", "1", "unknown parameter 'steb'; did you mean step or seed?"},
        {"zzzzzzzzz", "1", "unknown parameter 'zzzzzzzzz'; reverie list params shows them all"},
        {"octaves", "13", "octaves = 13 is out of range: octaves takes 1 to 12"},
        {"octaves", "0", "octaves = 0 is out of range: octaves takes 1 to 12"},
        {"octaves", "2.5", "octaves = 2.5: octaves takes whole numbers"},
        {"octaves", "many", "octaves takes a number from 1 to 12; 'many' is none"},
        {"step", "", "step takes a number from 0 to 32; '' is none"},
        {"step", "1.5px", "step takes a number from 0 to 32; '1.5px' is none"},
        {"step", "nan", "step takes a number from 0 to 32; 'nan' is none"},
        {"step", "inf", "step takes a number from 0 to 32; 'inf' is none"},
        {"step", "-0.1", "step = -0.1 is out of range: step takes 0 to 32"},
        {"zoom", "0", "zoom = 0 is out of range: zoom takes 0.1 to 10"},
        {"seed", "2147483648", "seed = 2147483648 is out of range: seed takes 0 to 2147483647"},
        {"flow", "maybe", "flow is a switch: 'maybe' is neither true nor false"},
        {"objective", "a b", "objective 'a b', position 3: expected +, - or the end, found 'b'"},
    };
    for (const auto& c : cases) EXPECT_EQ(complaint(c.key, c.text), c.complaint);
}

Params random_params(std::mt19937& random) {
    Params params;
    std::uniform_real_distribution<double> unit(0, 1);
    for (const ParamInfo& info : kParams) {
        if (info.is_objective()) {
            set_param(params, info.key, unit(random) < 0.5 ? "0.25*x - y:3" : "y:3 + 2*z");
            continue;
        }
        const double value = info.low + unit(random) * (info.high - info.low);
        set_number(params, info,
                   info.is_numeric() && !info.is_integer() ? static_cast<float>(value)
                                                           : std::round(value));
    }
    return params;
}

TEST(ParamText, RoundTripsEveryValue) {
    std::mt19937 random(3);
    for (int i = 0; i < 300; ++i) {
        const Params params = random_params(random);
        Params back;
        for (const ParamInfo& info : kParams)
            set_param(back, info.key, get_param(params, info.key));
        EXPECT_EQ(back, params);
    }
}

TEST(MixParams, InterpolatesNumbersRoundsIntegersHoldsFlags) {
    std::mt19937 random(5);
    for (int i = 0; i < 200; ++i) {
        const Params a = random_params(random);
        const Params b = random_params(random);
        const double t = i / 199.0;
        const Params mixed = mix(a, b, t);
        for (const ParamInfo& info : kParams) {
            if (info.is_objective()) continue;
            const double expected = (1 - t) * number_of(a, info) + t * number_of(b, info);
            const double value = number_of(mixed, info);
            if (info.is_flag()) {
                EXPECT_EQ(value, t < 1 ? number_of(a, info) : number_of(b, info));
            } else {
                const double tolerance =
                    info.is_integer() ? 0.5 + 1e-6 : 1e-6 * (info.high - info.low);
                EXPECT_NEAR(value, expected, tolerance) << info.key;
                EXPECT_GE(value, static_cast<float>(info.low));
                EXPECT_LE(value, static_cast<float>(info.high));
            }
        }
        EXPECT_EQ(mix(a, b, 0), a);
        EXPECT_EQ(mix(a, b, 1), b);
    }
}

TEST(SetClamped, ClampsAndSaysSo) {
    Params params;
    const ParamInfo& octaves = find_param("octaves");
    EXPECT_FALSE(set_clamped(params, octaves, 3.4));
    EXPECT_EQ(params.octaves, 3);
    EXPECT_EQ(set_clamped(params, octaves, 99),
              "octaves = 99 is out of range (1 to 12): set to 12");
    EXPECT_EQ(params.octaves, 12);
    EXPECT_EQ(set_clamped(params, find_param("step"), -1),
              "step = -1 is out of range (0 to 32): set to 0");
    EXPECT_EQ(set_clamped(params, octaves, std::nan("")), "octaves: not a number, left at 12");
    EXPECT_EQ(set_clamped(params, octaves, std::numeric_limits<double>::infinity()),
              "octaves = inf is out of range (1 to 12): set to 12");
    EXPECT_FALSE(set_clamped(params, find_param("flow"), 0.2));
    EXPECT_FALSE(params.flow);
    EXPECT_THROW(set_clamped(params, find_param("objective"), 1), Error);
}

TEST(Readme, HoldsTheTableAsItIs) {
    std::ifstream file(REVERIE_ROOT "/src/cli/README.md");
    const std::string readme{std::istreambuf_iterator<char>(file), {}};
    const std::string begin = "<!-- params -->\n", end = "<!-- /params -->";
    const size_t from = readme.find(begin);
    const size_t to = readme.find(end);
    ASSERT_NE(from, std::string::npos);
    ASSERT_NE(to, std::string::npos);
    EXPECT_EQ(readme.substr(from + begin.size(), to - from - begin.size()), params_markdown());
}

}  // namespace
}  // namespace reverie::params_test
