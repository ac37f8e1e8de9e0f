#include "src/dream/objective.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "src/dream/masks/mask_name.h"
#include "src/util/error.h"

namespace reverie::objective_test {
namespace {

std::string complaint(std::string_view text) {
    try {
        parse_objective(text);
    } catch (const Error& error) {
        return error.what();
    }
    return "no complaint";
}

TEST(ParseObjective, ReadsEveryForm) {
    const struct {
        const char* text;
        std::vector<Term> terms;
    } cases[] = {
        {"inception_4c", {{"inception_4c", -1, 1}}},
        {"inception_4c/3x3", {{"inception_4c/3x3", -1, 1}}},
        {"conv1/7x7_s2", {{"conv1/7x7_s2", -1, 1}}},
        {"4c", {{"4c", -1, 1}}},
        {"2*4c", {{"4c", -1, 2}}},
        {"3e-4d", {{"3e", -1, 1}, {"4d", -1, -1}}},
        {"1e-3*4d", {{"4d", -1, 1e-3F}}},
        {"-0.5*x", {{"x", -1, -0.5F}}},
        {"- .5 * x : 7", {{"x", 7, -0.5F}}},
        {"+x-y", {{"x", -1, 1}, {"y", -1, -1}}},
        {"0.8*inception_3b + 1.0*inception_4c:17 - 0.3*inception_4d",
         {{"inception_3b", -1, 0.8F}, {"inception_4c", 17, 1}, {"inception_4d", -1, -0.3F}}},
        {"0.8*inception_3b+1.0*inception_4c:17-0.3*inception_4d",
         {{"inception_3b", -1, 0.8F}, {"inception_4c", 17, 1}, {"inception_4d", -1, -0.3F}}},
        {"  a\t+\n b  ", {{"a", -1, 1}, {"b", -1, 1}}},
        {"a + a:0 + 2*a", {{"a", -1, 3}, {"a", 0, 1}}},
        {"guide", {{"guide", -1, 1}}},
        {"0*a", {{"a", -1, 0}}},
        {"guide(4c)", {{"guide(4c)", -1, 1}}},
        {"a - 0.5*guide( 4c , mean ) + guide(4c)",
         {{"a", -1, 1}, {"guide(4c,mean)", -1, -0.5F}, {"guide(4c)", -1, 1}}},
        {"2*word:eyes - word : dog", {{"word:eyes", -1, 2}, {"word:dog", -1, -1}}},
        {"2*class:goldfish - class : #117 + class:\"Great White -- shark!\"@room",
         {{"class:goldfish", -1, 2},
          {"class:#117", -1, -1},
          {"class:Great_White_shark@room", -1, 1}}},
        {"4d @ person - 0.5*3b:7@room", {{"4d@person", -1, 1}, {"3b@room", 7, -0.5F}}},
        {"a@1-bright+a+2*a@1-bright", {{"a@1-bright", -1, 3}, {"a", -1, 1}}},
        {"word:eyes@motion + guide(4c, mean)@dark",
         {{"word:eyes@motion", -1, 1}, {"guide(4c,mean)@dark", -1, 1}}},
        {"a@mask.png - b@\"my masks/no-1.png\"",
         {{"a@mask.png", -1, 1}, {"b@my masks/no-1.png", -1, -1}}},
    };
    for (const auto& c : cases) EXPECT_EQ(parse_objective(c.text).terms, c.terms) << c.text;
}

TEST(ParseObjective, SaysWhereAndWhatWasExpected) {
    const struct {
        const char* text;
        const char* complaint;
    } cases[] = {
        {"", "objective '', position 1: expected a layer, found the end"},
        {"   ", "objective '   ', position 4: expected a layer, found the end"},
        {"a +", "objective 'a +', position 4: expected a layer or a weight, found the end"},
        {"a + + b", "objective 'a + + b', position 5: expected a layer or a weight, found '+'"},
        {"0.5 * ", "objective '0.5 * ', position 7: expected a layer, found the end"},
        {"a b", "objective 'a b', position 3: expected +, - or the end, found 'b'"},
        {"a*2",
         "objective 'a*2', position 2: expected +, - or the end (a weight stands before its layer, "
         "as in "
         "0.5*inception_4c), found '*'"},
        {"a:x", "objective 'a:x', position 3: expected a channel number (from 0), found 'x'"},
        {"a:-1", "objective 'a:-1', position 3: expected a channel number (from 0), found '-'"},
        {"a:99999999999",
         "objective 'a:99999999999', position 3: expected a channel number that fits, found '9'"},
        {"1e99*a", "objective '1e99*a', position 1: expected a weight of ordinary size, found '1'"},
        {"a,b", "objective 'a,b', position 2: expected +, - or the end, found ','"},
        {"guide()",
         "objective 'guide()', position 7: expected a layer, as in guide(inception_4c), found ')'"},
        {"guide(4c, men)", "objective 'guide(4c, men)', position 11: expected mean, found 'm'"},
        {"guide(4c", "objective 'guide(4c', position 9: expected ) or , mean), found the end"},
        {"word:+a", "objective 'word:+a', position 6: expected a word, as in word:eyes, found '+'"},
        {"a@persons",
         "objective 'a@persons', position 3: expected a mask (person, room, motion, bright, "
         "dark, brush, alpha, second or a picture's file), found 'p'"},
        {"a@", "objective 'a@', position 3: expected a mask, as in @person, found the end"},
        {"a@\"x.png",
         "objective 'a@\"x.png', position 3: expected a file's name between two \", found '\"'"},
        {"a + 2*class:+b",
         "objective 'a + 2*class:+b', position 13: expected a class, as in class:goldfish or "
         "class:#1, found '+'"},
        {"class:#b",
         "objective 'class:#b', position 8: expected a class number (from 0), found 'b'"},
        {"class:#99999999999",
         "objective 'class:#99999999999', position 8: expected a class number that fits, found "
         "'9'"},
        {"class:\"b",
         "objective 'class:\"b', position 7: expected a class's name between two \", "
         "found '\"'"},
        {"class:\" - \"",
         "objective 'class:\" - \"', position 12: expected a class, found the end"},
    };
    for (const auto& c : cases) EXPECT_EQ(complaint(c.text), c.complaint);
}

TEST(ParseObjective, KnowsWhatATermIsAbout) {
    const struct {
        const char* text;
        Subject::Kind kind;
        const char* name;
        const char* mask = "";
    } cases[] = {{"4c:7", Subject::Kind::layer, "4c"},
                 {"word:eyes", Subject::Kind::word, "eyes"},
                 {"class:#117", Subject::Kind::of_class, "#117"},
                 {"class:goldfish@1-alpha", Subject::Kind::of_class, "goldfish", "1-alpha"},
                 {"guide(a/b)", Subject::Kind::guide, "a/b"},
                 {"guide(a/b, mean)", Subject::Kind::guide_mean, "a/b"},
                 {"4c:7@1-room", Subject::Kind::layer, "4c", "1-room"},
                 {"word:eyes@a.png", Subject::Kind::word, "eyes", "a.png"},
                 {"guide(a/b, mean)@dark", Subject::Kind::guide_mean, "a/b", "dark"}};
    for (const auto& c : cases) {
        const Term term = parse_objective(c.text).terms[0];
        EXPECT_EQ(subject_of(term).kind, c.kind) << c.text;
        EXPECT_EQ(subject_of(term).name, c.name) << c.text;
        EXPECT_EQ(subject_of(term).mask, c.mask) << c.text;
        EXPECT_EQ(name_of(subject_of(term)), term.layer) << c.text;
        EXPECT_EQ(everywhere(term), everywhere(at_mask(term, "dark"))) << c.text;
        EXPECT_EQ(at_mask(everywhere(term), c.mask), term) << c.text;
    }
}

Objective random_objective(std::mt19937& random) {
    const char* layers[] = {"conv1", "4c", "3e", "inception_4c/3x3_reduce", "mixed_10", "a.b"};
    const char* masks[] = {"", "", "person", "1-dark", "a/b.png", "1-a b-\xc3\xa9.png"};
    std::uniform_int_distribution<int> count(1, 6), layer(0, 5), channel(-1, 20), kind(0, 4);
    std::uniform_real_distribution<float> exponent(-30, 30);
    Objective objective;
    for (int i = count(random); i > 0; --i) {
        Term term{layers[layer(random)], channel(random), std::exp(exponent(random))};
        term = at_mask(term, masks[layer(random)]);
        if (kind(random) == 0) term.weight = 1;
        if (kind(random) < 2) term.weight = -term.weight;
        bool present = false;
        for (const Term& other : objective.terms)
            present |= other.layer == term.layer && other.channel == term.channel;
        if (!present) objective.terms.push_back(term);
    }
    return objective;
}

TEST(MaskName, IsAKindAndWhetherItIsInverted) {
    const auto is = [](const char* text, MaskKind kind, bool inverted, const char* file = "") {
        const std::optional<MaskName> mask = read_mask_name(text);
        EXPECT_EQ(mask, (MaskName{kind, inverted, file})) << text;
    };
    is("person", MaskKind::person, false);
    is("room", MaskKind::person, true);
    is("1-room", MaskKind::person, false);
    is("1-dark", MaskKind::bright, false);
    is("brush", MaskKind::brush, false);
    is("1-brush", MaskKind::brush, true);
    is("a.png", MaskKind::picture, false, "a.png");
    is("1-./a", MaskKind::picture, true, "./a");
    for (const char* text : {"", "1-", "persona", "1-1-room", "mask"})
        EXPECT_EQ(read_mask_name(text), std::nullopt) << text;
    EXPECT_EQ(masks_of(parse_objective("a@room + b - c@dark + d@room + e@1-dark")),
              (std::vector<std::string>{"room", "dark", "1-dark"}));
}

TEST(ObjectiveText, RoundTrips) {
    std::mt19937 random(7);
    for (int i = 0; i < 2000; ++i) {
        const Objective objective = random_objective(random);
        EXPECT_EQ(parse_objective(to_text(objective)), objective) << to_text(objective);
    }
    EXPECT_EQ(to_text(parse_objective("-0.5*x:3 + y - 2*z")), "-0.5*x:3 + y - 2*z");
    EXPECT_EQ(to_text({}), "");
    const Objective a = parse_objective("a + 0.123456*b"), b = parse_objective("-c:3");
    EXPECT_EQ(to_short_text(mix(a, b, 0.002F)), "a + 0.12*b");
    EXPECT_EQ(to_short_text(mix(a, b, 0.5F)), "0.5*a + 0.06*b - 0.5*c:3");
    EXPECT_EQ(to_short_text(parse_objective("0.001*a")), "0.001*a");
}

std::map<std::pair<std::string, int>, double> as_map(const Objective& objective) {
    std::map<std::pair<std::string, int>, double> weights;
    for (const Term& term : objective.terms) weights[{term.layer, term.channel}] += term.weight;
    return weights;
}

TEST(MixObjectives, InterpolatesEachWeight) {
    std::mt19937 random(11);
    for (int i = 0; i < 500; ++i) {
        const Objective a = random_objective(random);
        const Objective b = random_objective(random);
        const float t = static_cast<float>(i) / 499;
        auto expected = as_map({});
        for (const auto& [name, weight] : as_map(a)) expected[name] += (1.0 - t) * weight;
        for (const auto& [name, weight] : as_map(b))
            expected[name] += static_cast<double>(t) * weight;
        auto mixed = as_map(mix(a, b, t));
        for (const auto& [name, weight] : expected) {
            EXPECT_NEAR(mixed[name], weight,
                        1e-6 * (std::abs(as_map(a)[name]) + std::abs(as_map(b)[name])));
        }
        EXPECT_LE(mix(a, b, t).terms.size(), expected.size());
    }
}

TEST(MixObjectives, DropsWhatEndsAtZero) {
    const Objective a = parse_objective("x + y");
    const Objective b = parse_objective("z - y");
    EXPECT_EQ(to_text(mix(a, b, 0)), "x + y");
    EXPECT_EQ(to_text(mix(a, b, 1)), "-y + z");
    EXPECT_EQ(to_text(mix(a, b, 0.5F)), "0.5*x + 0.5*z");
}

}  // namespace
}  // namespace reverie::objective_test
