#include "src/cli/manual.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "src/cli/commands.h"
#include "src/cli/complete.h"
#include "src/cli/roff.h"
#include "src/control/preset_library.h"
#include "src/dream/params.h"
#include "src/media/pattern.h"
#include "src/ui/overlay/keys.h"

namespace reverie {
namespace {

using Words = std::vector<std::string>;

/// What `reverie PATH --help` prints.
std::string help_of(const Words& path) {
    std::vector<const char*> arguments{"reverie"};
    for (const std::string& word : path) arguments.push_back(word.c_str());
    arguments.push_back("--help");
    testing::internal::CaptureStdout();
    parse_command_line(static_cast<int>(arguments.size()), arguments.data());
    std::fflush(stdout);
    return testing::internal::GetCapturedStdout();
}

Words matches(const std::string& text, const char* pattern) {
    const std::regex regex(pattern, std::regex::multiline);
    Words found;
    for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at)
        found.push_back((*at)[1]);
    return found;
}

/// The options that --help shows, of the program and each command that has no commands of its own.
std::map<Words, Words> options_in_help(const Words& path = {}) {
    const std::string help = help_of(path);
    std::map<Words, Words> all;
    const size_t commands = help.find("\nSubcommands:\n");
    if (commands == std::string::npos || path.empty())
        all[path] = matches(help.substr(0, commands), "^  (?:-\\w,)?(--[a-z0-9-]+)");
    if (commands == std::string::npos) return all;
    for (const std::string& name : matches(help.substr(commands), "^  (\\w+) ")) {
        Words inner = path;
        inner.push_back(name);
        all.merge(options_in_help(inner));
    }
    return all;
}

/// The manual's text without its escapes, from a heading to the next.
std::string section(const std::string& heading) {
    static const std::string kPage =
        std::regex_replace(manual_page(), std::regex(R"(\\f[BIR]|\\(?=-))"), "");
    const size_t from = kPage.find("\n.S" + heading);
    if (from == std::string::npos) return "";
    return kPage.substr(from + 1, kPage.find("\n.S", from + 1) - from);
}

bool has_term(const std::string& text, const std::string& term) {
    return std::regex_search(
        text, std::regex("\n\\.TP\n(-., )?" + std::regex_replace(term, std::regex("[.|]"), "\\$&") +
                         "[ ,\n]"));
}

TEST(Pages, KnowEveryOptionOfHelp) {
    const std::map<Words, Words> all = options_in_help();
    EXPECT_GT(all.size(), 25U);
    const CommandInfo program = command_tree();
    for (const auto& [path, options] : all) {
        std::string name = "reverie";
        for (const std::string& word : path) name += " " + word;
        const std::string text = section(path.empty() ? "H OPTIONS OF ALL" : "S " + name);
        ASSERT_FALSE(text.empty()) << name;
        EXPECT_FALSE(options.empty()) << name;
        Words typed = path;
        typed.emplace_back("--");
        const Completions completed = complete(program, typed);
        for (const std::string& option : options) {
            EXPECT_TRUE(std::any_of(completed.words.begin(), completed.words.end(),
                                    [&](const Completion& c) { return c.text == option; }))
                << name << " " << option;
            if (option != "--help") {
                EXPECT_TRUE(has_term(text, option)) << name << " " << option;
            }
        }
    }
}

TEST(Pages, KnowEveryTable) {
    for (const ParamInfo& info : kParams)
        EXPECT_TRUE(has_term(section("H PARAMETERS"), std::string(info.key))) << info.key;
    for (const EmbeddedFile& preset : embedded_presets())
        EXPECT_TRUE(has_term(section("H PRESETS"), std::string(preset.name))) << preset.name;
    for (const std::string& name : pattern_names())
        EXPECT_TRUE(has_term(section("H SOURCES"), pattern_spec(name))) << name;
    EXPECT_TRUE(has_term(section("S Overlay"), "Tab"));
}

TEST(Roff, TextIsSafe) {
    EXPECT_EQ(roff_text("a\\b"), "a\\eb");
    EXPECT_EQ(roff_text("360×240 …"), "360\\[u00D7]240 \\[u2026]");
    EXPECT_EQ(roff_text("--keep-interlaced, cross-fade, a - b, (-1)"),
              "\\-\\-keep\\-interlaced, cross-fade, a \\- b, (\\-1)");
}

TEST(Roff, NoLineOfTextIsAMacro) {
    RoffPage page("ODD", 1, "2026-01-02", "odd 1");
    page.heading("NAME");
    page.paragraph(".png and 'frames'");
    page.item("'a", "B", ".hidden");
    page.example(".one\n'two'");
    EXPECT_EQ(page.text(),
              ".TH ODD 1 \"2026-01-02\" \"odd 1\" \"User Commands\"\n"
              ".SH NAME\n\\&.png and 'frames'\n"
              ".TP\n\\fB'a\\fR \\fIB\\fR\n\\&.hidden\n"
              ".PP\n.nf\n.RS 4\n\\&.one\n\\&'two'\n.RE\n.fi\n");
}

TEST(Roff, LinesAreShort) {
    RoffPage page("ODD", 1, "2026-01-02", "odd 1");
    std::string text;
    for (int i = 0; i < 97; ++i) text += "word-" + std::to_string(i * i) + " ";
    page.paragraph(text);
    std::istringstream lines(page.text());
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

TEST(Keys, EachKeyHasItsLine) {
    const std::string text = keys_text();
    size_t shown = 0;
    for (const Shortcut& shortcut : shortcuts()) {
        if (shortcut.keys.empty()) continue;
        ++shown;
        EXPECT_NE(text.find(std::string(shortcut.help) + "\n"), std::string::npos) << shortcut.help;
    }
    const std::string table = keys_markdown();
    EXPECT_EQ(static_cast<size_t>(std::count(table.begin(), table.end(), '\n')), shown + 2);
}

TEST(Readme, HoldsTheKeysAsTheyAre) {
    std::ifstream file(REVERIE_ROOT "/README.md");
    const std::string readme{std::istreambuf_iterator<char>(file), {}};
    const std::string begin = "<!-- keys -->\n", end = "<!-- /keys -->";
    const size_t from = readme.find(begin);
    ASSERT_NE(from, std::string::npos);
    const size_t to = readme.find(end);
    ASSERT_NE(to, std::string::npos);
    EXPECT_EQ(readme.substr(from + begin.size(), to - from - begin.size()), keys_markdown());
}

}  // namespace
}  // namespace reverie
