#include "src/cli/complete.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "src/control/preset_library.h"
#include "src/dream/params.h"
#include "src/media/pattern.h"

namespace reverie {
namespace {

Completions at(const std::vector<std::string>& words) {
    static const CommandInfo kProgram = command_tree();
    return complete(kProgram, words);
}

std::vector<std::string> words_at(const std::vector<std::string>& words) {
    std::vector<std::string> texts;
    for (const Completion& each : at(words).words) texts.push_back(each.text);
    return texts;
}

using Words = std::vector<std::string>;

TEST(Complete, CommandsAndTheirCommands) {
    EXPECT_EQ(words_at({"ren"}), Words{"render"});
    EXPECT_EQ(words_at({"list", "pre"}), Words{"presets"});
    EXPECT_EQ(words_at({"--device", "cpu", "weights", "f"}), Words{"fetch"});
    EXPECT_EQ(words_at({"weights", "fetch", "inception5"}), Words{"inception5h"});
    EXPECT_EQ(words_at({"nonsense", "x"}), Words{});
    EXPECT_EQ(words_at({}), words_at({""}));
}

TEST(Complete, OptionsOfTheCommandAndOfAll) {
    EXPECT_EQ(words_at({"render", "a.mp4", "--sc"}), Words{"--score"});
    EXPECT_EQ(words_at({"render", "--thr"}), Words{"--threads"});
    EXPECT_EQ(words_at({"still", "--sc"}), Words{});
    // An option that was given is not offered again, unless it may be repeated.
    EXPECT_EQ(words_at({"render", "--seed", "1", "--se"}), (Words{"--second", "--set"}));
    EXPECT_EQ(words_at({"render", "--set", "step=1", "--set"}), Words{"--set"});
    for (const Completion& each : at({"live", "--"}).words)
        EXPECT_FALSE(each.help.empty()) << each.text;
}

TEST(Complete, ValuesOfOptionsInBothSpellings) {
    Words all;
    for (const LibraryEntry& entry : list_presets()) all.push_back(entry.name);
    EXPECT_EQ(words_at({"render", "--preset", ""}), all);
    const Words f = words_at({"live", "--preset", "f"});
    EXPECT_EQ(f, (Words{"filigree", "fur"}));
    EXPECT_EQ(words_at({"live", "--preset=f"}), (Words{"--preset=filigree", "--preset=fur"}));
    EXPECT_EQ(words_at({"doctor", "--precision", "b"}), Words{"bf16"});
    EXPECT_EQ(words_at({"live", "--walk-presets", "fur,ey"}), Words{"fur,eyes"});
    EXPECT_EQ(words_at({"draft", "--presets", "fur,ey"}), Words{"fur,eyes"});
    EXPECT_EQ(words_at({"draft", "--vary", "half"}), Words{"half_life="});
    EXPECT_EQ(words_at({"zoom", "--score", "jour"}), Words{"journey"});
    EXPECT_EQ(words_at({"render", "--weights", "embedded-"}), Words{"embedded-small"});
    EXPECT_EQ(words_at({"render", "--duration", ""}), Words{});
    EXPECT_FALSE(at({"render", "--duration", ""}).files);
}

TEST(Complete, ParametersAndTheirValues) {
    const Completions keys = at({"render", "--set", ""});
    EXPECT_TRUE(keys.goes_on);
    ASSERT_EQ(keys.words.size(), kParams.size());
    for (size_t i = 0; i < kParams.size(); ++i)
        EXPECT_EQ(keys.words[i].text, std::string(kParams[i].key) + "=");
    EXPECT_EQ(words_at({"render", "--set", "flow=t"}), Words{"flow=true"});
    EXPECT_EQ(words_at({"render", "--set=flow="}), (Words{"--set=flow=true", "--set=flow=false"}));
    EXPECT_EQ(words_at({"render", "--set", "stop=1"}), Words{});
    const Words layers = words_at({"render", "--set", "objective=0.5*inception_4c/5x5"});
    EXPECT_NE(std::find(layers.begin(), layers.end(), "objective=0.5*inception_4c/5x5"),
              layers.end());
}

TEST(Complete, SourcesAndFiles) {
    const Completions all = at({"render", ""});
    EXPECT_TRUE(all.files);
    for (const std::string& name : pattern_names()) {
        EXPECT_TRUE(std::any_of(all.words.begin(), all.words.end(), [&](const Completion& each) {
            return each.text == pattern_spec(name);
        })) << name;
    }
    EXPECT_EQ(words_at({"live", "pattern:inkb"}), Words{"pattern:inkblot"});
    EXPECT_TRUE(at({"render", "a", "-o", ""}).files);
    // A preset may be a file, but if a name matches, files are not offered.
    EXPECT_TRUE(at({"render", "--preset", "./"}).files);
    EXPECT_FALSE(at({"render", "--preset", "f"}).files);
}

TEST(Complete, NamesWhatEachOptionTakes) {
    // The parser's default name for a value says nothing: each option has a better one.
    const auto check = [](const CommandInfo& command, const auto& self) -> void {
        for (const OptionInfo& option : command.options)
            EXPECT_NE(option.value, "TEXT") << command.name << " " << option.names.front();
        for (const OptionInfo& argument : command.arguments)
            EXPECT_NE(argument.value, "TEXT") << command.name << " " << argument.names.front();
        for (const CommandInfo& each : command.commands) self(each, self);
    };
    check(command_tree(), check);
}

TEST(Complete, TextIsALineForEach) {
    Completions completions;
    completions.words = {{"a", "first"}, {"b", ""}};
    completions.files = completions.goes_on = true;
    EXPECT_EQ(to_text(completions), "a\tfirst\nb\t\n:files\n:goes-on\n");
}

}  // namespace
}  // namespace reverie
