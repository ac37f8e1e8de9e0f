#include "src/cli/roff.h"

#include <fmt/format.h>

#include <cctype>
#include <cstdint>
#include <sstream>

namespace reverie {
namespace {

constexpr size_t kLineWidth = 78;

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

/// The code point that begins at `at`, which then is where the next one does. The program's own
/// texts are well-formed.
uint32_t next_code_point(std::string_view text, size_t& at) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(at++);
    if (first < 0x80) return first;
    const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    uint32_t code = first & (0x3FU >> more);
    for (int i = 0; i < more && at < text.size(); ++i) code = code << 6 | (byte(at++) & 0x3FU);
    return code;
}

}  // namespace

std::string roff_text(std::string_view text) {
    std::string out;
    for (size_t at = 0; at < text.size();) {
        const size_t here = at;
        const uint32_t code = next_code_point(text, at);
        if (code == '\\') {
            out += "\\e";
        } else if (code == '-') {
            const bool joins =
                here > 0 && is_letter(text[here - 1]) && at < text.size() && is_letter(text[at]);
            const size_t word = text.substr(0, here).find_last_of(" ([") + 1;
            out += joins && text[word] != '-' ? "-" : "\\-";
        } else if (code < 0x80) {
            out += static_cast<char>(code);
        } else {
            out += fmt::format("\\[u{:04X}]", code);
        }
    }
    return out;
}

RoffPage::RoffPage(std::string_view name, int section, std::string_view date,
                   std::string_view source) {
    text_ = fmt::format(".TH {} {} \"{}\" \"{}\" \"User Commands\"\n", name, section, date, source);
}

void RoffPage::macro(std::string_view name, std::string_view argument) {
    text_ += fmt::format(".{}{}{}\n", name, argument.empty() ? "" : " ", argument);
}

/// Words in lines of a width that editors and mandoc like.
void RoffPage::filled(std::string_view text) {
    std::istringstream words(roff_text(text));
    std::string line;
    const auto end_line = [&] {
        // A line that begins so would be a macro.
        if (line.starts_with('.') || line.starts_with('\'')) line.insert(0, "\\&");
        text_ += line + "\n";
        line.clear();
    };
    for (std::string word; words >> word;) {
        if (!line.empty() && line.size() + 1 + word.size() > kLineWidth) end_line();
        line += (line.empty() ? "" : " ") + word;
    }
    if (!line.empty()) end_line();
    after_heading_ = false;
}

void RoffPage::heading(std::string_view title) {
    macro("SH", roff_text(title));
    after_heading_ = true;
}

void RoffPage::subheading(std::string_view title) {
    macro("SS", roff_text(title));
    after_heading_ = true;
}

void RoffPage::paragraph(std::string_view text) {
    if (!after_heading_) macro("PP");
    filled(text);
}

void RoffPage::item(std::string_view term, std::string_view placeholder, std::string_view text) {
    macro("TP");
    text_ += fmt::format("\\fB{}\\fR", roff_text(term));
    if (!placeholder.empty()) text_ += fmt::format(" \\fI{}\\fR", roff_text(placeholder));
    text_ += "\n";
    filled(text);
}

void RoffPage::example(std::string_view lines) {
    if (!after_heading_) macro("PP");
    after_heading_ = false;
    macro("nf");
    macro("RS", "4");
    std::istringstream stream{std::string(lines)};
    for (std::string line; std::getline(stream, line);) {
        const std::string shown = roff_text(line);
        text_ += (shown.starts_with('.') || shown.starts_with('\'') ? "\\&" : "") + shown + "\n";
    }
    macro("RE");
    macro("fi");
}

}  // namespace reverie
